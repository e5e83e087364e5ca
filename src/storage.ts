/** The one place that waits for D1: every store's statement goes through `ask`, so that none waits without a bound. */
import { D1_WAIT_MS } from "./bounds.ts";
import { LATE, within } from "./deadline.ts";

/** D1 failed or was silent for 5 s. Becomes 503 where errors are turned into answers. */
export class StorageUnavailable extends Error {
  override readonly name = "StorageUnavailable";
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
