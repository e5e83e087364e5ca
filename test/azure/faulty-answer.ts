/**
 * Answers a call that was understood: as it should be, or spoiled by the fault that it meets. Each fault is one that
 * the provider documents or that a network brings about. A silent call is never answered: it ends when its caller
 * leaves, and where the runtime does not tell that, it stays open until the process ends.
 */

import {
  answerHeaders,
  type Meter,
  type TranslateCall,
  type TranslateResult,
  type Translation,
  translateAll,
} from "./answer.ts";
import type { FaultPlan } from "./fault-plans.ts";
import { refusalResponse } from "./refusals.ts";

/** A language that tests do not ask for, to stand in the place of one that was. */
const UNASKED_LANGUAGE = "tlh-Piqd";

/** The answer to `call`, once it is due. Rejects when `signal` aborts during a wait. */
export async function answerCall(
  call: TranslateCall,
  fault: FaultPlan | null,
  meter: Meter,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const results = translateAll(call);
  const answer = (body: string) => new Response(body, { headers: answerHeaders(call, meter) });
  switch (fault?.as) {
    case undefined:
      return answer(JSON.stringify(results));
    case "error":
      return refusalResponse({
        code: fault.code,
        ...(fault.retryAfter === undefined ? {} : { retryAfter: fault.retryAfter }),
      });
    case "slow":
      await wait(fault.ms, signal);
      return answer(JSON.stringify(results));
    case "silent":
      return wait(null, signal);
    case "cut-off":
      return cutOff(JSON.stringify(results), answerHeaders(call, meter));
    case "too-few-results":
      return answer(JSON.stringify(results.slice(0, -1)));
    case "too-many-results":
      return answer(JSON.stringify([...results, ...results.slice(-1)]));
    case "wrong-targets":
      return answer(
        JSON.stringify(withTranslations(results, (all) => all.map((one) => ({ ...one, to: UNASKED_LANGUAGE })))),
      );
    case "wrong-order":
      return answer(JSON.stringify(withTranslations(results, (all) => all.toReversed())));
    case "not-json":
      return answer("<html><title>Bad gateway</title></html>");
    case "wrong-shape":
      return answer(JSON.stringify({ value: results }));
    default:
      return fault satisfies never;
  }
}

function withTranslations(
  results: readonly TranslateResult[],
  change: (translations: readonly Translation[]) => readonly Translation[],
): readonly TranslateResult[] {
  return results.map((result) => ({ ...result, translations: change(result.translations) }));
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void>;
function wait(ms: null, signal: AbortSignal | undefined): Promise<never>;
function wait(ms: number | null, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer);
      reject(new Error("the caller left"));
    };
    const timer = ms === null ? undefined : setTimeout(done, ms);
    function done() {
      signal?.removeEventListener("abort", leave);
      resolve();
    }
    if (signal?.aborted) leave();
    else signal?.addEventListener("abort", leave, { once: true });
  });
}

/**
 * Half of the body, then a broken stream. The announced length and the closed connection carry the break through a
 * proxy that ends a broken stream as if it were whole.
 */
function cutOff(body: string, headers: Headers): Response {
  const bytes = new TextEncoder().encode(body);
  headers.set("Content-Length", String(bytes.length));
  headers.set("Connection", "close");
  let sent = false;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent) {
        controller.error(new Error("cut off in mid-body"));
        return;
      }
      sent = true;
      controller.enqueue(bytes.slice(0, Math.ceil(bytes.length / 2)));
    },
  });
  return new Response(stream, { headers });
}
