/** UTC days and hours, by which quotas, counters and alerts are kept. */

const DAY_MS = 86_400_000;

/** The UTC day of `now` (milliseconds), as `YYYY-MM-DD`. */
export function utcDay(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}

/** The UTC day that was `days` days before `now`. */
export function utcDayBefore(now: number, days: number): string {
  return utcDay(now - days * DAY_MS);
}

/** The UTC hour of `now` (milliseconds), as `YYYY-MM-DDTHH`. */
export function utcHour(now: number): string {
  return new Date(now).toISOString().slice(0, 13);
}

/** The next UTC midnight after `now`, in milliseconds: when a day's quota is new. */
export function nextMidnight(now: number): number {
  return now - (now % DAY_MS) + DAY_MS;
}

/** Whole seconds until the next UTC midnight. At least 1. */
export function secondsToMidnight(now: number): number {
  return Math.ceil((nextMidnight(now) - now) / 1000);
}
