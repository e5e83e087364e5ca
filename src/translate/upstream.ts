/**
 * Tier 4, the provider, within the quota and behind the circuit: the characters of all misses are reserved before
 * anything is sent, and settled after by what was billed. What an attempt without an answer cost is unknown, so it
 * stays spent.
 */
import { PROVIDER_TOTAL_MS } from "../bounds.ts";
import type { Failure } from "../errors.ts";
import { reserveQuota } from "../limits/quota.ts";
import type { Trace } from "../observe.ts";
import { batchesOf } from "../provider/batches.ts";
import type { Circuit } from "../provider/circuit.ts";
import { runBatches } from "../provider/run.ts";
import { charactersOf, type ProviderAccount } from "../provider/wire.ts";
import { STORAGE_UNAVAILABLE, StorageUnavailable, storageCause } from "../storage.ts";
import type { TierContext, UnitResult } from "./translate.ts";
import type { Unit } from "./unit.ts";

/** What the provider made of the misses. */
export interface Upstream {
  readonly results: ReadonlyMap<Unit, UnitResult>;
  readonly charactersBilled: number;
  readonly charactersLeft: number | undefined;
}

/** Nothing was sent, and each unit has the same failure. */
function unsent(units: readonly Unit[], failure: Failure, charactersLeft?: number): Upstream {
  const results = new Map(units.map((unit): [Unit, UnitResult] => [unit, { ok: false, failure }]));
  return { results, charactersBilled: 0, charactersLeft };
}

/** Without D1 nothing new is translated; units that a cache has answered are answered all the same. */
function noteStorage(trace: Trace): (error: unknown) => undefined {
  return (error) => {
    if (!(error instanceof StorageUnavailable)) throw error;
    trace.note({ cause: storageCause(error) });
  };
}

/** Translates units that no cache holds. `session_over` where the reserving statement found the session ended. */
export async function translateUpstream(
  context: TierContext,
  circuit: Circuit,
  account: ProviderAccount,
  units: readonly Unit[],
): Promise<Upstream | "session_over"> {
  const { clock, trace } = context;
  const now = clock();
  const admission = circuit.admit(now);
  if (!admission.admitted) {
    trace.note({ circuit: "open" });
    const retryAfterSeconds = Math.max(1, Math.ceil(admission.retryAfterMs / 1000));
    return unsent(units, {
      code: "translator_unavailable",
      detail: "The translator has been failing; it is left alone for a moment.",
      retryAfterSeconds,
    });
  }
  let reported = false;
  try {
    const batches = batchesOf(units);
    const characters = batches.reduce((sum, { call }) => sum + charactersOf(call), 0);
    const address = await context.hashedAddress();
    const reserving = () =>
      reserveQuota({ ...context, address, now, report: trace.event, note: trace.note }, characters);
    const quota = await trace.timed("d1", reserving).catch(noteStorage(trace));
    if (quota === undefined) return unsent(units, STORAGE_UNAVAILABLE);
    if (quota.outcome === "session_over") return quota.outcome;
    if (quota.outcome === "refused") return unsent(units, quota.failure, quota.left);

    const results = new Map<Unit, UnitResult>();
    let billed = 0;
    const calling = { account, fetch: context.fetch, clock, deadline: clock() + PROVIDER_TOTAL_MS, trace };
    for (const { batch, result } of await runBatches(calling, batches)) {
      admission.note(result.health, clock());
      reported = true;
      billed += result.billed;
      batch.units.forEach((row, i) => {
        row.forEach((unit, j) => {
          const translation = result.ok ? result.translations[i]?.[j] : undefined;
          if (translation !== undefined) results.set(unit, { ok: true, source: "azure", translation });
          else if (!result.ok) results.set(unit, { ok: false, failure: result.failure });
        });
      });
    }
    await quota.settle(characters - billed);
    return { results, charactersBilled: billed, charactersLeft: quota.left + characters - billed };
  } finally {
    // An admission that led to no call tells nothing, but another may have the probe.
    if (!reported) admission.note("unknown", clock());
  }
}
