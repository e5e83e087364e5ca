/**
 * How many units each tier answers, and how many could not be written to KV, counted in the isolate and added to D1 in
 * the background now and then: approximate, since an isolate that is thrown away takes its latest counts along. A row for
 * each hit would cost more than the hit.
 */
import { HITS_FLUSH_MS, HITS_FLUSH_UNITS } from "../bounds.ts";
import { utcDay } from "../days.ts";
import { addHits, type TierCount } from "./hits-store.ts";

/** What one request lends the counters for a flush. */
export interface HitsIo {
  readonly db: D1Database;
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly now: number;
}

/** The counters of an isolate. */
export interface Hits {
  /** Counts units, and flushes what has gathered when it is time. Never waits. */
  count(counts: readonly TierCount[], io: HitsIo): void;
}

/** Makes an isolate's counters. */
export function createHits(): Hits {
  let gathered = new Map<string, TierCount>();
  let units = 0;
  let flushedAt: number | undefined;
  /** Until a flush has succeeded only time brings the next one: a D1 that fails is not asked by every request. */
  let unconfirmed = false;

  function add(counts: Iterable<TierCount>): void {
    for (const { tier, units: more, characters } of counts) {
      const known = gathered.get(tier);
      gathered.set(tier, {
        tier,
        units: (known?.units ?? 0) + more,
        characters: (known?.characters ?? 0) + characters,
      });
      units += more;
    }
  }

  return {
    count(counts, { db, waitUntil, now }) {
      add(counts);
      flushedAt ??= now;
      const many = units >= HITS_FLUSH_UNITS && !unconfirmed;
      if (units === 0 || (now - flushedAt < HITS_FLUSH_MS && !many)) return;
      const taken = [...gathered.values()];
      gathered = new Map();
      units = 0;
      flushedAt = now;
      unconfirmed = true;
      const confirm = () => {
        unconfirmed = false;
      };
      // What could not be written is counted again with the next flush.
      waitUntil(addHits(db, utcDay(now), taken).then(confirm, () => add(taken)));
    },
  };
}
