/** Tier 1: translations in the isolate's memory, bounded by bytes, keyed by the canonical unit itself. */
import { LRUCache } from "lru-cache";
import { MEMORY_CACHE_BYTES, MEMORY_CACHE_TTL_MS } from "../bounds.ts";
import type { Translation } from "./unit.ts";

/** Translations by the unit's key. */
export interface Memory {
  get(key: string): Translation | undefined;
  set(key: string, translation: Translation): void;
}

/** Bytes that an entry holds beside its texts: map slots, list links, the object. */
const ENTRY_BYTES = 200;

/** Makes an isolate's memory. */
export function createMemory(): Memory {
  const cache = new LRUCache<string, Translation>({
    maxSize: MEMORY_CACHE_BYTES,
    ttl: MEMORY_CACHE_TTL_MS,
    sizeCalculation: ({ text, pronunciation }, key) =>
      ENTRY_BYTES + 2 * (key.length + text.length + (pronunciation?.length ?? 0)),
  });
  return {
    get: (key) => cache.get(key),
    set(key, translation) {
      cache.set(key, translation);
    },
  };
}
