/** Runs a request's calls: at most four at once, and one at a time after the provider has asked for a pause. */
import { PROVIDER_CALLS_AT_ONCE } from "../bounds.ts";
import type { Batch, ProviderUnit } from "./batches.ts";
import { type CallContext, type CallResult, callProvider } from "./call.ts";

/** Every batch with its result, in order. */
export async function runBatches<U extends ProviderUnit>(
  context: Omit<CallContext, "onBusy">,
  batches: readonly Batch<U>[],
): Promise<readonly { readonly batch: Batch<U>; readonly result: CallResult }[]> {
  const done: { batch: Batch<U>; result: CallResult }[] = [];
  let next = 0;
  let busy = false;
  const onBusy = () => {
    busy = true;
  };
  const lane = async (number: number) => {
    while (next < batches.length && !(busy && number > 0)) {
      const index = next;
      next += 1;
      const batch = batches[index];
      if (batch === undefined) return;
      done[index] = { batch, result: await callProvider({ ...context, onBusy }, batch.call) };
    }
  };
  await Promise.all(Array.from({ length: PROVIDER_CALLS_AT_ONCE }, (_, number) => lane(number)));
  return done;
}
