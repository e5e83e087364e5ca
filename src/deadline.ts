/** Waiting with a bound. The work itself goes on: whoever starts it decides whether it may outlive the request. */

/** What `within` answers when the time is over. */
export const LATE: unique symbol = Symbol("late");

/**
 * The work's result, or `LATE` when it takes longer than `ms` milliseconds. A failure of the work is thrown as it is;
 * one that comes too late is dropped.
 */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | typeof LATE> {
  const late = Promise.withResolvers<typeof LATE>();
  const timer = setTimeout(late.resolve, ms, LATE);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
