/** Tier 1: translations in the isolate's memory, bounded by bytes and by age, keyed by the canonical unit itself. */
import { MEMORY_CACHE_BYTES, MEMORY_CACHE_TTL_MS } from "../bounds.ts";
import { createRecent } from "../recent.ts";
import type { Translation } from "./unit.ts";

/** Translations by the unit's key. `now` is milliseconds. */
export interface Memory {
  get(key: string, now: number): Translation | undefined;
  set(key: string, translation: Translation, now: number): void;
}

interface Kept {
  readonly translation: Translation;
  readonly expiresAt: number;
}

/** Bytes that an entry holds beside its texts: the map's slots, the objects. */
const ENTRY_BYTES = 200;

function bytesOf(key: string, { translation: { text, pronunciation } }: Kept): number {
  return ENTRY_BYTES + 2 * (key.length + text.length + (pronunciation?.length ?? 0));
}

/** Makes an isolate's memory. */
export function createMemory(): Memory {
  const recent = createRecent<Kept>(MEMORY_CACHE_BYTES, bytesOf);
  return {
    get(key, now) {
      const kept = recent.get(key);
      return kept !== undefined && now < kept.expiresAt ? kept.translation : undefined;
    },
    set(key, translation, now) {
      recent.set(key, { translation, expiresAt: now + MEMORY_CACHE_TTL_MS });
    },
  };
}
