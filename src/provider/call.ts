/**
 * One call to the provider, with its time limits and retries, and what its failure means: to the caller (never 401 or
 * 403, which an app would take for its own token), to the operator, and to the bill.
 */
import { PROVIDER_ATTEMPT_MS, PROVIDER_ATTEMPTS, PROVIDER_BACKOFF_MS, PROVIDER_RETRY_SECONDS } from "../bounds.ts";
import { utcHour } from "../days.ts";
import { LATE, within } from "../deadline.ts";
import type { Failure } from "../errors.ts";
import type { Trace } from "../observe.ts";
import type { CallHealth } from "./circuit.ts";
import {
  charactersOf,
  errorCodeOf,
  type ProviderAccount,
  type ProviderCall,
  type ProviderTranslation,
  readAnswer,
  readBody,
  requestOf,
} from "./wire.ts";

/** How a call ended. `billed` is what it may have cost at most, in characters; `health` is what it says of the provider. */
export type CallResult =
  | {
      readonly ok: true;
      readonly translations: readonly (readonly ProviderTranslation[])[];
      readonly billed: number;
      readonly health: "good";
    }
  | { readonly ok: false; readonly failure: Failure; readonly billed: number; readonly health: CallHealth };

/** What a call works with. `clock` is milliseconds, `deadline` the time by which all attempts are over. */
export interface CallContext {
  readonly account: ProviderAccount;
  readonly fetch: typeof fetch;
  readonly clock: () => number;
  readonly deadline: number;
  readonly trace: Trace;
  /** Told of every 429, so that the calls to come go one at a time. */
  readonly onBusy: () => void;
}

type Attempt =
  | { readonly kind: "answered"; readonly result: CallResult }
  | { readonly kind: "retry"; readonly failure: Failure; readonly waitMs: number | undefined };

const UNAVAILABLE: Failure = {
  code: "translator_unavailable",
  detail: "The translator does not answer as it should; try again later.",
  retryAfterSeconds: PROVIDER_RETRY_SECONDS,
};

const REFUSED: Failure = { code: "translator_refused", detail: "The translator did not accept the text." };

/** What a refusal by the provider means to the operator: its own messages name neither cause nor setting. */
function operatorCause(status: number, code: number | undefined, account: ProviderAccount): string {
  if (code === 401001 || code === 403001) return "the plan's quota is used up";
  if (status === 401)
    return `key refused: ${account.region === undefined ? "is AZURE_TRANSLATOR_REGION set?" : "do AZURE_TRANSLATOR_KEY and AZURE_TRANSLATOR_REGION belong together?"}`;
  if (status === 403) return "the key may not use this operation";
  if (status === 404) return "no translator there: is AZURE_TRANSLATOR_ENDPOINT right?";
  return `HTTP ${status}`;
}

/** `Retry-After` (RFC 9110 section 10.2.3) in milliseconds. */
function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function busy(waitMs: number | undefined): Failure {
  const retryAfterSeconds = waitMs === undefined ? PROVIDER_RETRY_SECONDS : Math.max(1, Math.ceil(waitMs / 1000));
  return { code: "translator_busy", detail: "The translator asks for a pause.", retryAfterSeconds };
}

/** The response with its body; `LATE` when both together take longer than `ms`. */
async function exchange(
  context: CallContext,
  call: ProviderCall,
  ms: number,
): Promise<{ readonly response: Response; readonly body: string } | typeof LATE> {
  const traceId = crypto.randomUUID();
  const { url, init } = requestOf(context.account, call, traceId);
  const controller = new AbortController();
  const from = context.clock();
  try {
    const work = context
      .fetch(url, { ...init, signal: controller.signal })
      .then(async (response) => ({ response, body: await readBody(response) }));
    return await within(ms, work);
  } finally {
    controller.abort();
    context.trace.timing("azure", { ms: context.clock() - from });
    context.trace.note({ clientTraceId: traceId });
  }
}

async function attempt(context: CallContext, call: ProviderCall, ms: number): Promise<Attempt> {
  const reserved = charactersOf(call);
  const failed = (failure: Failure, billed: number, health: CallHealth = "failed"): Attempt => ({
    kind: "answered",
    result: { ok: false, failure, billed, health },
  });
  let exchanged: Awaited<ReturnType<typeof exchange>>;
  try {
    exchanged = await exchange(context, call, ms);
  } catch (error) {
    context.trace.note({ azure: `connection broken: ${error instanceof Error ? error.message : "no error"}` });
    return failed(UNAVAILABLE, reserved);
  }
  if (exchanged === LATE) {
    context.trace.note({ azure: "no answer in time" });
    return failed(UNAVAILABLE, reserved);
  }
  const { response, body } = exchanged;
  const { status } = response;
  if (status === 200) {
    const translations = readAnswer(call, body);
    if (translations === undefined) {
      context.trace.note({ azure: "malformed answer" });
      return failed(UNAVAILABLE, reserved);
    }
    const metered = Number(response.headers.get("X-Metered-Usage") ?? Number.NaN);
    const billed = Number.isInteger(metered) && metered >= 0 ? Math.min(metered, reserved) : reserved;
    return { kind: "answered", result: { ok: true, translations, billed, health: "good" } };
  }
  const code = errorCodeOf(body);
  const cause = operatorCause(status, code, context.account);
  context.trace.note({ azure: `${status}${code === undefined ? "" : ` ${code}`}: ${cause}` });
  if (status === 429) {
    context.onBusy();
    const waitMs = retryAfterMs(response.headers.get("Retry-After"), context.clock());
    return { kind: "retry", failure: busy(waitMs), waitMs };
  }
  if (status >= 500)
    return {
      kind: "retry",
      failure: UNAVAILABLE,
      waitMs: retryAfterMs(response.headers.get("Retry-After"), context.clock()),
    };
  if (status === 401 || status === 403) {
    context.trace.event({
      kind: "provider_key_refused",
      severity: "alarm",
      cause,
      once: `${utcHour(context.clock())} ${cause}`,
    });
    return failed(UNAVAILABLE, 0, "refuses_us");
  }
  return status === 400 ? failed(REFUSED, 0, "good") : failed(UNAVAILABLE, 0);
}

/** Asks the provider: up to `PROVIDER_ATTEMPTS` times after 429 and 5xx, with full jitter, within the deadline. */
export async function callProvider(context: CallContext, call: ProviderCall): Promise<CallResult> {
  let failure = UNAVAILABLE;
  for (let tries = 1; tries <= PROVIDER_ATTEMPTS; tries += 1) {
    const remaining = context.deadline - context.clock();
    if (remaining <= 0) break;
    const outcome = await attempt(context, call, Math.min(PROVIDER_ATTEMPT_MS, remaining));
    if (outcome.kind === "answered") return outcome.result;
    failure = outcome.failure;
    const jitterMs = Math.random() * PROVIDER_BACKOFF_MS * 2 ** (tries - 1);
    const waitMs = outcome.waitMs === undefined ? jitterMs : outcome.waitMs + jitterMs;
    if (tries === PROVIDER_ATTEMPTS || context.clock() + waitMs >= context.deadline) break;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
  return { ok: false, failure, billed: 0, health: failure.code === "translator_busy" ? "unknown" : "failed" };
}
