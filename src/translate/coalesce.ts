/**
 * Units that an isolate is fetching just now are joined, not fetched again. Only plain results are shared, and only
 * those that do not depend on who asked: a leader that was refused for its own account's reasons sends its joiners to
 * fetch for themselves. The leader must keep its work alive with `waitUntil`, or its joiners would hang when its own
 * client leaves; should it be lost all the same, joiners wait with a limit and the flight is replaced after a while.
 */
import { FLIGHT_MS } from "../bounds.ts";
import type { UnitResult } from "./translate.ts";
import type { Unit } from "./unit.ts";

/** What a leader leaves to its joiners: a result, or nothing. */
type Landing = UnitResult | undefined;

interface Flight {
  readonly startedAt: number;
  readonly landing: Promise<Landing>;
}

/** A unit that another request is fetching. */
export interface Joined {
  readonly unit: Unit;
  readonly landing: Promise<Landing>;
}

/** A request's part in the flights of its units. */
export interface Boarding {
  /** Units that this request must fetch and then land. */
  readonly led: readonly Unit[];
  /** Units that another request is fetching, with what it will leave. Never rejects. */
  readonly joined: readonly Joined[];
  /** Ends the led flights, in any case: without a result their joiners go on by themselves. */
  land(resultOf: (unit: Unit) => Landing): void;
}

/** The flights of an isolate. */
export interface Flights {
  /** `lost` are the landings that the request has waited for in vain: their flights are replaced. */
  board(units: readonly Unit[], now: number, lost?: ReadonlySet<Promise<unknown>>): Boarding;
}

function isShared(result: Landing): boolean {
  if (result === undefined) return false;
  return result.ok || result.failure.code.startsWith("translator_") || result.failure.code === "storage_unavailable";
}

/** Makes an isolate's flights. */
export function createFlights(): Flights {
  const flights = new Map<string, Flight>();
  return {
    board(units, now, lost) {
      const led: Unit[] = [];
      const joined: Joined[] = [];
      const own = new Map<Unit, { flight: Flight; resolve: (landing: Landing) => void }>();
      for (const unit of units) {
        const flight = flights.get(unit.key);
        if (flight !== undefined && now - flight.startedAt < FLIGHT_MS && !lost?.has(flight.landing)) {
          joined.push({ unit, landing: flight.landing });
          continue;
        }
        const { promise: landing, resolve } = Promise.withResolvers<Landing>();
        const started = { startedAt: now, landing };
        flights.set(unit.key, started);
        own.set(unit, { flight: started, resolve });
        led.push(unit);
      }
      return {
        led,
        joined,
        land(resultOf) {
          for (const [unit, { flight, resolve }] of own) {
            const result = resultOf(unit);
            resolve(isShared(result) ? result : undefined);
            if (flights.get(unit.key) === flight) flights.delete(unit.key);
          }
        },
      };
    },
  };
}
