/**
 * Tier 4, the provider, within the quota: the characters of all misses are reserved before anything is sent, and
 * settled after by what was billed. What an attempt without an answer cost is unknown, so it stays spent.
 */
import { PROVIDER_TOTAL_MS, SETTLE_WAIT_MS } from "../bounds.ts";
import { secondsToMidnight, utcDay } from "../days.ts";
import { within } from "../deadline.ts";
import type { Failure } from "../errors.ts";
import { giveBack, type Reserve, type ReserveResult, reserveCharacters } from "../limits/quota-store.ts";
import { batchesOf } from "../provider/batches.ts";
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

function quotaFailure(subject: string, now: number): Failure {
  const retryAfterSeconds = secondsToMidnight(now);
  return subject === "total"
    ? {
        code: "budget_exhausted",
        detail: "This service has translated all that it may today (UTC).",
        retryAfterSeconds,
      }
    : {
        code: "quota_exceeded",
        detail: "This account has had translated all that it may today (UTC).",
        retryAfterSeconds,
      };
}

/** Nothing was sent, and each unit has the same failure. */
function unsent(units: readonly Unit[], failure: Failure, charactersLeft: number | undefined): Upstream {
  const results = new Map(units.map((unit): [Unit, UnitResult] => [unit, { ok: false, failure }]));
  return { results, charactersBilled: 0, charactersLeft };
}

/** Gives back what was not billed. Waited for briefly, so that the next request finds it settled; then it goes on behind. */
async function settle(context: TierContext, reserve: Reserve, unbilled: number): Promise<void> {
  if (unbilled <= 0) return;
  const settled = giveBack(context.db, reserve, unbilled).catch(() => context.trace.note({ unsettled: unbilled }));
  context.waitUntil(settled);
  await within(SETTLE_WAIT_MS, settled);
}

/** Translates units that no cache holds. `session_over` where the reserving statement found the session ended. */
export async function translateUpstream(
  context: TierContext,
  account: ProviderAccount,
  units: readonly Unit[],
): Promise<Upstream | "session_over"> {
  const { caller, config, clock, trace } = context;
  const now = clock();
  const batches = batchesOf(units);
  const reserve: Reserve = {
    day: utcDay(now),
    characters: batches.reduce((sum, { call }) => sum + charactersOf(call), 0),
    subjects: [
      { subject: `account:${caller.accountId}`, cap: config.dailyCharacters.perAccount },
      { subject: "total", cap: config.dailyCharacters.total },
    ],
  };
  let reserved: ReserveResult;
  try {
    reserved = await trace.timed("d1", () => reserveCharacters(context.db, caller.sessionId, reserve, now));
  } catch (error) {
    // The units of the request that a cache holds are answered all the same.
    if (!(error instanceof StorageUnavailable)) throw error;
    trace.note({ cause: storageCause(error) });
    return unsent(units, STORAGE_UNAVAILABLE, undefined);
  }
  if (reserved.outcome === "session_over") return "session_over";
  if (reserved.outcome === "full") {
    const failure = quotaFailure(reserved.subject, now);
    if (failure.code === "budget_exhausted") trace.event({ kind: "budget_exhausted", severity: "alarm" });
    return unsent(units, failure, reserved.left);
  }
  const results = new Map<Unit, UnitResult>();
  const done = await runBatches(
    { account, fetch: context.fetch, clock, deadline: clock() + PROVIDER_TOTAL_MS, trace },
    batches,
  );
  for (const { batch, result } of done) {
    batch.units.forEach((row, i) => {
      row.forEach((unit, j) => {
        const translation = result.ok ? result.translations[i]?.[j] : undefined;
        if (translation !== undefined) results.set(unit, { ok: true, source: "azure", translation });
        else if (!result.ok) results.set(unit, { ok: false, failure: result.failure });
      });
    });
  }
  const billed = done.reduce((sum, { result }) => sum + result.billed, 0);
  await settle(context, reserve, reserve.characters - billed);
  return { results, charactersBilled: billed, charactersLeft: reserved.left + reserve.characters - billed };
}
