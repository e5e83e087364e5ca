/** Flights whose leader is lost, late or at fault. The waits are real code under a clock and timers that the test moves. */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { D1_WAIT_MS, FLIGHT_MS, JOIN_WAIT_MS } from "../../src/bounds.ts";
import type { Failure } from "../../src/errors.ts";
import { createFlights } from "../../src/translate/coalesce.ts";
import { fetchMisses } from "../../src/translate/misses.ts";
import type { UnitResult } from "../../src/translate/translate.ts";
import type { Unit } from "../../src/translate/unit.ts";
import { aroundDb, hanging } from "../bindings.ts";
import { emulated } from "../provider/emulated.ts";
import { startWorker, type Tokens } from "../worker.ts";
import { NOON } from "./account.ts";
import { fetching, unitOf } from "./fetching.ts";

const azure = emulated("economics-flights");

let tokens: Tokens;
let now: number;

beforeAll(async () => {
  tokens = await startWorker({ clock: () => NOON }).signIn();
});
beforeEach(async () => {
  now = NOON;
  await azure.tell({ reset: true });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => vi.useRealTimers());

const isolate = () => fetching(azure.env, tokens, () => now);

/** Moves clock and timers together. */
async function pass(ms: number): Promise<void> {
  now += ms;
  await vi.advanceTimersByTimeAsync(ms);
}

/** What a unit came to, as `source: text` or an error's code. */
async function outcome(fetched: ReturnType<typeof fetchMisses>, unit: Unit): Promise<string> {
  const upstream = await fetched;
  const result = upstream === "session_over" ? undefined : upstream.results.get(unit);
  return result?.ok ? `${result.source}: ${result.translation.text}` : (result?.failure.code ?? "nothing");
}

const calls = async () => (await azure.status()).counters.calls;

describe("a leader that never lands", () => {
  test("is waited for ten seconds, then its joiners fetch for themselves, in one call", async () => {
    const { flights, context } = isolate();
    const unit = unitOf("lost");
    flights.board([unit], now);
    let over = 0;
    const joiners = Array.from({ length: 5 }, () =>
      fetchMisses(context(), [unit]).finally(() => {
        over += 1;
      }),
    );
    await pass(JOIN_WAIT_MS - 1);
    expect([over, await calls()]).toEqual([0, 0]);
    await pass(1);
    for (const joiner of joiners) expect(await outcome(joiner, unit)).toMatch(/^(azure|memory): \[es\] lost$/);
    expect(await calls()).toBe(1);
  });

  test("leaves a joiner whose wait ends later what others have fetched in its place meanwhile", async () => {
    const { flights, context } = isolate();
    const unit = unitOf("fetched meanwhile");
    flights.board([unit], now);
    const first = fetchMisses(context(), [unit]);
    await pass(3000);
    const second = fetchMisses(context(), [unit]);
    await pass(JOIN_WAIT_MS - 3000);
    expect(await outcome(first, unit)).toBe("azure: [es] fetched meanwhile");
    await pass(3000);
    expect(await outcome(second, unit)).toBe("memory: [es] fetched meanwhile");
    expect(await calls()).toBe(1);
  });

  test("does not keep a request from the units that it leads itself", async () => {
    const { flights, context } = isolate();
    const [lost, own] = [unitOf("lost again"), unitOf("its own")];
    flights.board([lost], now);
    const asked = fetchMisses(context(), [lost, own]);
    await vi.waitUntil(async () => (await calls()) === 1, { interval: 0 });
    await pass(JOIN_WAIT_MS);
    expect([await outcome(asked, own), await outcome(asked, lost)]).toEqual([
      "azure: [es] its own",
      "azure: [es] lost again",
    ]);
  });

  test("is joined for 25 seconds, and then taken for lost by who comes new", () => {
    const { flights } = isolate();
    const unit = unitOf("old flight");
    flights.board([unit], now);
    expect(flights.board([unit], now + FLIGHT_MS - 1)).toMatchObject({ led: [], joined: [{ unit }] });
    expect(flights.board([unit], now + FLIGHT_MS)).toMatchObject({ led: [unit], joined: [] });
  });

  test("and lands after all, leaves the flight that replaced it alone", async () => {
    const { flights } = isolate();
    const unit = unitOf("two flights");
    const late = flights.board([unit], now);
    const second = flights.board([unit], now + FLIGHT_MS);
    late.land(() => undefined);
    const [joined] = flights.board([unit], now + FLIGHT_MS).joined;
    const result: UnitResult = { ok: true, source: "azure", translation: { text: "[es] two flights" } };
    second.land(() => result);
    expect(await joined?.landing).toBe(result);
    expect(flights.board([unit], now + FLIGHT_MS).led).toEqual([unit]);
  });
});

describe("a leader", () => {
  test("gives its work to `waitUntil` before it waits for any of it", async () => {
    const { context } = isolate();
    const kept: Promise<unknown>[] = [];
    const unit = unitOf("kept alive");
    fetchMisses(context({ waitUntil: (work) => kept.push(work) }), [unit]).catch(() => undefined);
    expect(kept).toHaveLength(1);
    const joiner = fetchMisses(context(), [unit]);
    await kept[0];
    expect(await outcome(joiner, unit)).toBe("azure: [es] kept alive");
    expect(await calls()).toBe(1);
  });

  test("at fault fails alone, and its joiners fetch for themselves", async () => {
    const { context } = isolate();
    const unit = unitOf("at fault");
    const leader = fetchMisses(context({ hashedAddress: () => Promise.reject(new Error("a fault")) }), [unit]);
    const joiners = [fetchMisses(context(), [unit]), fetchMisses(context(), [unit])];
    await expect(leader).rejects.toThrow("a fault");
    for (const joiner of joiners) expect(await outcome(joiner, unit)).toBe("azure: [es] at fault");
    expect(await calls()).toBe(1);
  });

  test("whose database is silent makes nobody wait a second time", async () => {
    const { context } = isolate();
    const unit = unitOf("silence");
    const db = aroundDb(env.DB, hanging);
    const asked = Array.from({ length: 5 }, () => fetchMisses(context({ db }), [unit]));
    await pass(0);
    await pass(D1_WAIT_MS);
    for (const each of asked) expect(await outcome(each, unit)).toBe("storage_unavailable");
  });
});

test("joiners are left what does not depend on who asked, and nothing else", async () => {
  const unit = unitOf("landed");
  const failure = (code: Failure["code"]): UnitResult => ({
    ok: false,
    // Every code that fetching can fail with has just these fields.
    failure: { code, detail: "", retryAfterSeconds: 1 } as Failure,
  });
  const leftBy = async (result: UnitResult) => {
    const flights = createFlights();
    const leader = flights.board([unit], now);
    const [joined] = flights.board([unit], now).joined;
    leader.land(() => result);
    const left = await joined?.landing;
    expect([undefined, result]).toContain(left);
    return left !== undefined;
  };
  expect(await leftBy({ ok: true, source: "azure", translation: { text: "" } })).toBe(true);
  const shared = ["translator_busy", "translator_unavailable", "translator_refused", "storage_unavailable"] as const;
  for (const code of shared) expect([code, await leftBy(failure(code))]).toEqual([code, true]);
  for (const code of ["quota_exceeded", "budget_exhausted"] as const)
    expect([code, await leftBy(failure(code))]).toEqual([code, false]);
});
