/**
 * Counts waits by the timers that bound them, so that a test can say how often somebody waited without measuring time;
 * and since the clock is moved by hand, each such wait is over at once.
 */
import { vi } from "vitest";
import { SNAPSHOT_WAIT_MS } from "../../src/bounds.ts";

/** From here on, until `vi.restoreAllMocks()`: how many waits of `boundMs` began since this was last asked. */
export function countWaits(boundMs: number = SNAPSHOT_WAIT_MS): () => number {
  const real = globalThis.setTimeout;
  let waits = 0;
  const setTimer = (callback: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
    if (ms === boundMs) waits += 1;
    return real(callback, ms === boundMs ? 0 : ms, ...args);
  };
  // One function cannot meet the overloads that the types of two runtimes give it.
  vi.spyOn(globalThis, "setTimeout").mockImplementation(setTimer as unknown as typeof setTimeout);
  return () => {
    const counted = waits;
    waits = 0;
    return counted;
  };
}
