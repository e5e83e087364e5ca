/**
 * From units to answers: each tier is asked once for all that is still missing, cheapest first. The isolate's state
 * comes in `TierState`, a request's means in `TierContext`; which units there are, and how they are answered, is the
 * route's business.
 */
import type { Verified } from "../auth/access-token.ts";
import { KV_KEYS_PER_READ } from "../bounds.ts";
import type { Config } from "../config.ts";
import type { Failure } from "../errors.ts";
import type { Lookups } from "../limits/lookups.ts";
import type { Trace } from "../observe.ts";
import type { Phrasebook } from "../phrasebook/phrasebook.ts";
import type { Circuit } from "../provider/circuit.ts";
import type { Flights } from "./coalesce.ts";
import type { Hits } from "./hits.ts";
import { readFromKv, writeToKv } from "./kv-cache.ts";
import { isTranslated } from "./languages.ts";
import type { Memory } from "./memory.ts";
import { fetchMisses } from "./misses.ts";
import type { Translation, Unit } from "./unit.ts";
import type { Upstream } from "./upstream.ts";

/** Where a translation came from. */
export type Source = "memory" | "phrasebook" | "kv" | "azure" | "same";

/** What a unit came to. */
export type UnitResult =
  | { readonly ok: true; readonly source: Source; readonly translation: Translation }
  | { readonly ok: false; readonly failure: Failure };

/** What an isolate keeps for translating. */
export interface TierState {
  readonly memory: Memory;
  readonly phrasebook: Phrasebook;
  readonly lookups: Lookups;
  readonly flights: Flights;
  readonly circuit: Circuit;
  readonly hits: Hits;
}

/** What one request works with. */
export interface TierContext {
  readonly db: D1Database;
  readonly kv: KVNamespace;
  readonly fetch: typeof fetch;
  readonly clock: () => number;
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly config: Config;
  readonly caller: Verified;
  readonly trace: Trace;
  /** The keyed hash of the caller's address prefix, for the quota of new accounts. */
  readonly hashedAddress: () => Promise<string>;
  /** False where the request forbids that its texts be kept (`Cache-Control: no-store`). */
  readonly mayStore: boolean;
}

/** All units' results by key, and what they cost. `charactersLeft` is known where D1 was asked. */
export interface Translated {
  readonly results: ReadonlyMap<string, UnitResult>;
  readonly charactersBilled: number;
  readonly charactersLeft: number | undefined;
}

type Results = Map<string, UnitResult>;

function inPhrasebook(unit: Unit): unit is Unit & { readonly from: string } {
  return unit.textType === "plain" && unit.from !== undefined;
}

/** Tiers that need no I/O. */
function fromIsolate(state: TierState, unit: Unit, now: number): UnitResult | undefined {
  if (unit.from === unit.to) return { ok: true, source: "same", translation: { text: unit.text } };
  const kept = state.memory.get(unit.key, now);
  if (kept !== undefined) return { ok: true, source: "memory", translation: kept };
  return fromPhrasebook(state, unit);
}

function fromPhrasebook({ phrasebook }: TierState, unit: Unit): UnitResult | undefined {
  const hit = inPhrasebook(unit) ? phrasebook.find(unit.text, unit.from, unit.to) : undefined;
  if (hit === undefined) return undefined;
  const pronunciation = unit.toScript === undefined ? undefined : hit.reading?.pronunciation;
  return { ok: true, source: "phrasebook", translation: { text: hit.text, pronunciation } };
}

/** KV for what is missing, beside the first read of a language that the isolate does not have yet. */
async function fromStorage(
  state: TierState,
  context: TierContext,
  missing: readonly Unit[],
  results: Results,
  now: number,
): Promise<void> {
  const { caller, config, trace, mayStore } = context;
  const granted = config.rateLimited ? state.lookups(caller.accountId, missing.length, now) : missing.length;
  const languages = missing.filter(inPhrasebook).flatMap(({ from, to }) => [from, to]);
  const [found] = await Promise.all([
    trace.timed("kv", () => readFromKv(context.kv, missing.slice(0, Math.min(granted, KV_KEYS_PER_READ)))),
    state.phrasebook.warm(languages, { db: context.db, waitUntil: context.waitUntil, now }),
  ]);
  missing.forEach((unit, index) => {
    const kept = found.get(unit.key);
    if (kept !== undefined && mayStore) state.memory.set(unit.key, kept, now);
    const result =
      fromPhrasebook(state, unit) ??
      (kept === undefined ? undefined : ({ ok: true, source: "kv", translation: kept } as const));
    if (result !== undefined) results.set(unit.key, result);
    else if (index >= granted) {
      const failure: Failure = {
        code: "rate_limited",
        detail: "Too many new texts in a minute.",
        retryAfterSeconds: 60,
      };
      results.set(unit.key, { ok: false, failure });
    }
  });
}

function keep(state: TierState, context: TierContext, results: ReadonlyMap<Unit, UnitResult>): void {
  if (!context.mayStore) return;
  const translated = [...results].flatMap(([unit, result]) =>
    result.ok ? [{ unit, translation: result.translation }] : [],
  );
  if (translated.length === 0) return;
  const { db, kv, config, waitUntil, clock } = context;
  const now = clock();
  for (const { unit, translation } of translated) state.memory.set(unit.key, translation, now);
  const writing = writeToKv(kv, translated, config.translationTtlSeconds).then((failed) => {
    // The answer is out by then, and its log line with it.
    const counts = failed === 0 ? [] : [{ tier: "kv_write_failed", units: failed, characters: 0 }];
    state.hits.count(counts, { db, waitUntil, now: clock() });
  });
  waitUntil(writing);
}

/** Counts what each tier answered. Failures and untranslated text are no tier. */
function countHits(
  { hits }: TierState,
  { db, waitUntil }: TierContext,
  units: readonly Unit[],
  results: Results,
  now: number,
): void {
  const answered = units.flatMap(({ key, text }) => {
    const result = results.get(key);
    return result?.ok && result.source !== "same" ? [{ tier: result.source, units: 1, characters: text.length }] : [];
  });
  hits.count(answered, { db, waitUntil, now });
}

const NOT_CONFIGURED: Failure = {
  code: "translator_not_configured",
  detail: "Not in the phrasebook or a cache, and no translator is configured: AZURE_TRANSLATOR_KEY is missing.",
  retryAfterSeconds: 3600,
};

const NOT_TRANSLATED: Failure = {
  code: "unsupported_language",
  detail: "The phrasebook has this language, but the translator does not.",
};

/** Translates units (equal ones once). `session_over` where the session turned out to have ended. */
export async function translate(
  state: TierState,
  context: TierContext,
  units: readonly Unit[],
): Promise<Translated | "session_over"> {
  const results: Results = new Map();
  const distinct = [...new Map(units.map((unit) => [unit.key, unit])).values()];
  const missing = () => distinct.filter(({ key }) => !results.has(key));
  const now = context.clock();
  state.phrasebook.checkVersion({ db: context.db, waitUntil: context.waitUntil, now });

  for (const unit of distinct) {
    const result = fromIsolate(state, unit, now);
    if (result !== undefined) results.set(unit.key, result);
  }
  const uncached = missing();
  if (uncached.length > 0) await fromStorage(state, context, uncached, results, now);

  const { azure } = context.config;
  for (const unit of missing()) {
    const failure = isTranslated(unit.from, unit.to)
      ? azure === undefined
        ? NOT_CONFIGURED
        : undefined
      : NOT_TRANSLATED;
    if (failure !== undefined) results.set(unit.key, { ok: false, failure });
  }
  let upstream: Upstream | "session_over" = { results: new Map(), charactersBilled: 0, charactersLeft: undefined };
  const misses = missing();
  if (azure !== undefined && misses.length > 0) {
    const { flights, circuit } = state;
    const find = (unit: Unit) => fromIsolate(state, unit, context.clock());
    const keepAll = (fetched: Upstream["results"]) => keep(state, context, fetched);
    const fetching = { tiers: context, flights, circuit, account: azure, find, keep: keepAll };
    upstream = await fetchMisses(fetching, misses);
    if (upstream === "session_over") return upstream;
    for (const [unit, result] of upstream.results) results.set(unit.key, result);
  }
  countHits(state, context, distinct, results, now);
  return { results, charactersBilled: upstream.charactersBilled, charactersLeft: upstream.charactersLeft };
}
