/** Misses, fetched by this request or joined where another of the isolate is fetching them already. */
import { JOIN_ROUNDS, JOIN_WAIT_MS } from "../bounds.ts";
import { LATE, within } from "../deadline.ts";
import type { Circuit } from "../provider/circuit.ts";
import type { ProviderAccount } from "../provider/wire.ts";
import type { Boarding, Flights } from "./coalesce.ts";
import type { TierContext, UnitResult } from "./translate.ts";
import type { Unit } from "./unit.ts";
import { translateUpstream, type Upstream } from "./upstream.ts";

/** Called with what this request itself had translated, before anybody joins it: so that the caches have it first. */
type Keep = (results: Upstream["results"]) => void;

/** What fetching works with. */
export interface MissesContext {
  readonly tiers: TierContext;
  readonly flights: Flights;
  readonly circuit: Circuit;
  readonly account: ProviderAccount;
  /** What the isolate holds by now: another request may have fetched a unit while this one waited. */
  readonly find: (unit: Unit) => UnitResult | undefined;
  readonly keep: Keep;
}

const NOTHING: Upstream = { results: new Map(), charactersBilled: 0, charactersLeft: undefined };

/** Fetches the led units and lands them, whatever happens. */
async function lead(
  { tiers, circuit, account, keep }: MissesContext,
  { led, land }: Boarding,
): Promise<Upstream | "session_over"> {
  let results: Upstream["results"] = NOTHING.results;
  try {
    if (led.length === 0) return NOTHING;
    const upstream = await translateUpstream(tiers, circuit, account, led);
    if (upstream === "session_over") return upstream;
    results = upstream.results;
    keep(results);
    return upstream;
  } finally {
    land((unit) => results.get(unit));
  }
}

/** Every unit's result. A request that forbids storing neither joins nor is joined. */
export async function fetchMisses(context: MissesContext, misses: readonly Unit[]): Promise<Upstream | "session_over"> {
  const { tiers, flights, find } = context;
  const results = new Map<Unit, UnitResult>();
  let charactersBilled = 0;
  let charactersLeft: number | undefined;
  const lost = new Set<Promise<unknown>>();
  const stillMissing = (units: readonly Unit[]) =>
    units.filter((unit) => {
      const found = find(unit);
      if (found !== undefined) results.set(unit, found);
      return found === undefined;
    });
  let waiting = stillMissing(misses);
  for (let round = 0; waiting.length > 0; round += 1) {
    const alone = !tiers.mayStore || round === JOIN_ROUNDS;
    const boarding: Boarding = alone
      ? { led: waiting, joined: [], land: () => undefined }
      : flights.board(waiting, tiers.clock(), lost);
    const leading = lead(context, boarding);
    tiers.waitUntil(leading.catch(() => undefined));
    const landings = boarding.joined.map(async ({ unit, landing }): Promise<[Unit, UnitResult | undefined]> => {
      const landed = await within(JOIN_WAIT_MS, landing);
      if (landed !== LATE) return [unit, landed];
      lost.add(landing);
      return [unit, undefined];
    });
    const upstream = await leading;
    if (upstream === "session_over") return upstream;
    for (const [unit, result] of upstream.results) results.set(unit, result);
    charactersBilled += upstream.charactersBilled;
    charactersLeft = upstream.charactersLeft ?? charactersLeft;
    const again: Unit[] = [];
    for (const [unit, result] of await Promise.all(landings)) {
      if (result === undefined) again.push(unit);
      else results.set(unit, result);
    }
    waiting = stillMissing(again);
  }
  return { results, charactersBilled, charactersLeft };
}
