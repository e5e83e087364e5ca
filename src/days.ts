/** UTC days, by which quotas and counters are kept. */

const DAY_MS = 86_400_000;

/** The UTC day of `now` (milliseconds), as `YYYY-MM-DD`. */
export function utcDay(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}

/** The UTC day that was `days` days before `now`. */
export function utcDayBefore(now: number, days: number): string {
  return utcDay(now - days * DAY_MS);
}

/** Whole seconds until the next UTC midnight: when a day's quota is new. At least 1. */
export function secondsToMidnight(now: number): number {
  return Math.ceil((DAY_MS - (now % DAY_MS)) / 1000);
}
