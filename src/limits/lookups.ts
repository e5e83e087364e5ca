/** How many KV keys an account may look up in an isolate: each is billed, hit or miss. Approximate by design: per isolate. */
import { KV_LOOKUP_ACCOUNTS, KV_LOOKUPS_PER_MINUTE } from "../bounds.ts";
import { createRecent } from "../recent.ts";

const MINUTE_MS = 60_000;

/** Takes up to `wanted` look-ups for an account in this minute, and answers how many it got. */
export type Lookups = (account: string, wanted: number, now: number) => number;

/** Counts the look-ups of an isolate. */
export function createLookups(): Lookups {
  const counts = createRecent<{ minute: number; taken: number }>(KV_LOOKUP_ACCOUNTS);
  return (account, wanted, now) => {
    const minute = Math.floor(now / MINUTE_MS);
    const known = counts.get(account);
    const count = known?.minute === minute ? known : { minute, taken: 0 };
    const granted = Math.min(wanted, KV_LOOKUPS_PER_MINUTE - count.taken);
    count.taken += granted;
    counts.set(account, count);
    return granted;
  };
}
