/**
 * Bounded memory of an isolate: a map that forgets what was used least recently. Ages and times are left to its users: a
 * timer that a request sets on workerd ends with that request.
 */

/** What is kept, by its key. `get` and `set` count as use. */
export interface Recent<V> {
  get(key: string): V | undefined;
  has(key: string): boolean;
  set(key: string, value: V): void;
  clear(): void;
  readonly size: number;
}

/**
 * Keeps values whose weights come to `max` at most; without `weigh` each counts one. What alone weighs more is not kept.
 * `weigh` must give the same for the same value.
 */
export function createRecent<V extends NonNullable<unknown>>(
  max: number,
  weigh: (key: string, value: V) => number = () => 1,
): Recent<V> {
  /** The least recently used comes first. */
  const kept = new Map<string, V>();
  let total = 0;

  function forget(key: string): void {
    const value = kept.get(key);
    if (value === undefined) return;
    kept.delete(key);
    total -= weigh(key, value);
  }

  return {
    get(key) {
      const value = kept.get(key);
      if (value === undefined) return undefined;
      kept.delete(key);
      kept.set(key, value);
      return value;
    },
    has: (key) => kept.has(key),
    set(key, value) {
      forget(key);
      const weight = weigh(key, value);
      if (weight > max) return;
      kept.set(key, value);
      total += weight;
      for (const oldest of kept.keys()) {
        if (total <= max) break;
        forget(oldest);
      }
    },
    clear() {
      kept.clear();
      total = 0;
    },
    get size() {
      return kept.size;
    },
  };
}
