/** The one place that waits for D1: every store's statement goes through `ask`, so that none waits without a bound. */
import { D1_WAIT_MS, STORAGE_RETRY_SECONDS } from "./bounds.ts";
import { LATE, within } from "./deadline.ts";
import type { Failure } from "./errors.ts";

/** D1 failed or was silent for 5 s. Becomes 503 where errors are turned into answers. */
export class StorageUnavailable extends Error {
  override readonly name = "StorageUnavailable";
}

/** What that is to a caller. */
export const STORAGE_UNAVAILABLE: Failure = {
  code: "storage_unavailable",
  detail: "The database does not answer; try again.",
  retryAfterSeconds: STORAGE_RETRY_SECONDS,
};

/** What that is to the operator, for the log. */
export function storageCause({ message, cause }: StorageUnavailable): string {
  return `${message}: ${String(cause ?? "")}`.slice(0, 200);
}

/** Faults of our own SQL or schema, which a retry does not mend: these stay unexpected. */
const OWN_FAULT = /SQLITE_(CONSTRAINT|ERROR|MISMATCH|RANGE)|D1_TYPE_ERROR/;

/** The answer of a D1 call. Throws `StorageUnavailable` when D1 fails or stays silent for `D1_WAIT_MS`. */
export async function ask<T>(work: Promise<T>): Promise<T> {
  let answer: T | typeof LATE;
  try {
    answer = await within(D1_WAIT_MS, work);
  } catch (error) {
    if (error instanceof Error && OWN_FAULT.test(error.message)) throw error;
    throw new StorageUnavailable("D1 failed", { cause: error });
  }
  if (answer === LATE) throw new StorageUnavailable(`D1 did not answer in ${D1_WAIT_MS} ms`);
  return answer;
}
