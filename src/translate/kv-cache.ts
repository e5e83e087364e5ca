/**
 * Tier 3: translations in KV, shared by all isolates. One bulk read for up to 100 units, given up after 500 ms; a read
 * that fails is a miss and a write that fails is forgotten, so the cache never fails or delays an answer.
 */
import * as v from "valibot";
import { KV_CACHE_TTL_SECONDS, KV_KEYS_PER_READ, KV_PUTS_PER_REQUEST, KV_WAIT_MS } from "../bounds.ts";
import { LATE, within } from "../deadline.ts";
import { sha256 } from "../encoding.ts";
import type { Translation, Unit } from "./unit.ts";

/** Short names: every byte is stored once per unit. */
const Stored = v.object({
  /** Translation. */
  t: v.string(),
  /** The unit's check. */
  c: v.string(),
  /** Detected language and score. */
  d: v.optional(v.tuple([v.string(), v.number()])),
  /** Pronunciation. */
  p: v.optional(v.string()),
});

/** No text is readable from a key, and no two units share one. The version is that of this format. */
async function keyOf(unit: Unit): Promise<string> {
  return `t1:${await sha256(unit.key)}`;
}

/** Holds a value against the unit that it is read for: target, length, and FNV-1a (32 bits) of the canonical unit. */
function checkOf({ to, text, key }: Unit): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return `${to}.${text.length}.${(hash >>> 0).toString(36)}`;
}

function parse(unit: Unit, value: string | null | undefined): Translation | undefined {
  if (value === null || value === undefined) return undefined;
  try {
    const stored = v.parse(Stored, JSON.parse(value));
    if (stored.c !== checkOf(unit)) return undefined;
    const [language, score] = stored.d ?? [];
    return {
      text: stored.t,
      detected: language === undefined || score === undefined ? undefined : { language, score },
      pronunciation: stored.p,
    };
  } catch {
    return undefined;
  }
}

/** The translations that KV holds of these units (at most `KV_KEYS_PER_READ`), by the unit's key. Never fails. */
export async function readFromKv(kv: KVNamespace, units: readonly Unit[]): Promise<ReadonlyMap<string, Translation>> {
  const found = new Map<string, Translation>();
  if (units.length === 0) return found;
  const asked = units.slice(0, KV_KEYS_PER_READ);
  const keys = await Promise.all(asked.map(keyOf));
  const reading = within(KV_WAIT_MS, kv.get(keys, { type: "text", cacheTtl: KV_CACHE_TTL_SECONDS }));
  const values = await reading.catch((): typeof LATE => LATE);
  if (values === LATE) return found;
  asked.forEach((unit, index) => {
    const translation = parse(unit, values.get(keys[index] ?? ""));
    if (translation !== undefined) found.set(unit.key, translation);
  });
  return found;
}

/** Writes translations for the isolates to come. Resolves to how many writes failed; never fails itself. */
export async function writeToKv(
  kv: KVNamespace,
  entries: readonly { readonly unit: Unit; readonly translation: Translation }[],
  ttlSeconds: number,
): Promise<number> {
  const writes = entries.slice(0, KV_PUTS_PER_REQUEST).map(async ({ unit, translation }) => {
    const { text, detected, pronunciation } = translation;
    const stored: v.InferOutput<typeof Stored> = { t: text, c: checkOf(unit) };
    if (detected !== undefined) stored.d = [detected.language, detected.score];
    if (pronunciation !== undefined) stored.p = pronunciation;
    await kv.put(await keyOf(unit), JSON.stringify(stored), { expirationTtl: ttlSeconds });
  });
  const outcomes = await Promise.allSettled(writes);
  return outcomes.filter(({ status }) => status === "rejected").length;
}
