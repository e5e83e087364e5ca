/**
 * One HTTP exchange on a bad network: a time limit for each try, a bounded number of tries, waits that grow and are
 * jittered, `Retry-After` honoured. It repeats requests, so it is for requests that are safe to repeat: all of this
 * API's are. What an answer means is left to the caller.
 */
import { API_TIMEOUT_MS, FIRST_WAIT_MS, MAX_TRIES, MAX_WAIT_MS, TOKEN_TIMEOUT_MS } from "./bounds.ts";
import { ClientError } from "./failure.ts";

/** The platform's `fetch`, or a Worker's own handler in a test. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** One Pidging Edge, and how to reach it. */
export interface Edge {
  /** Its address, without a slash at the end. */
  baseUrl: string;
  fetch: Fetch;
  /** The local clock, milliseconds since 1970. */
  now: () => number;
  /** Waits so many milliseconds. */
  pause: (ms: number) => Promise<void>;
}

/** An answer that was read to its end. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** 1 where the first try brought it; else an earlier one may have been carried out, its answer lost. */
  tries: number;
}

/** How often to try, how long each time, and whether 429 and 5xx are tried again as a broken connection is. */
export interface Patience {
  tries: number;
  timeoutMs: number;
  repeatsAnswers: boolean;
}

/** For grants: the app can do nothing without them. */
export const GRANT_PATIENCE: Patience = { tries: MAX_TRIES, timeoutMs: TOKEN_TIMEOUT_MS, repeatsAnswers: true };

/** For a refresh that is early: the access token is still good, so nobody should wait. */
export const EARLY_REFRESH_PATIENCE: Patience = { tries: 1, timeoutMs: TOKEN_TIMEOUT_MS, repeatsAnswers: false };

/** For the API: whether to wait out a 429 or 503 is decided by the app, which knows whether somebody is looking. */
export const API_PATIENCE: Patience = { tries: MAX_TRIES, timeoutMs: API_TIMEOUT_MS, repeatsAnswers: false };

/** Sends one request. Throws `unreachable` when no try brought an answer; otherwise returns the last answer. */
export async function send(edge: Edge, path: string, init: RequestInit, patience: Patience): Promise<Answer> {
  let waitedMs = 0;
  for (let tried = 1; ; tried++) {
    const answer = await sendOnce(edge, path, init, patience.timeoutMs, tried);
    if (answer && !(patience.repeatsAnswers && isTransient(answer.status))) return answer;

    const waitMs = nextWaitMs(tried, answer && retryAfterSeconds(answer.headers, edge.now()));
    waitedMs += waitMs;
    if (tried >= patience.tries || waitedMs > MAX_WAIT_MS) {
      if (answer) return answer;
      throw new ClientError({ kind: "unreachable", baseUrl: edge.baseUrl });
    }
    await edge.pause(waitMs);
  }
}

/** 429 and 5xx say nothing about the token that was sent: it is kept. */
export function isTransient(status: number): boolean {
  return status === 429 || status >= 500;
}

/** `Retry-After` in seconds, from either of its forms (RFC 9110 section 10.2.3). */
export function retryAfterSeconds(headers: Headers, now: number): number | undefined {
  const value = headers.get("Retry-After");
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}

/** The answer, or nothing where the connection failed, was cut in mid-body, or stayed silent. */
async function sendOnce(
  edge: Edge,
  path: string,
  init: RequestInit,
  timeoutMs: number,
  tries: number,
): Promise<Answer | undefined> {
  // The platform's own fetch refuses to be called as another object's method.
  const { fetch, baseUrl } = edge;
  try {
    const response = await fetch(baseUrl + path, {
      ...init,
      // A redirect could carry the app secret to another host.
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    // A spreadsheet needs the byte-order mark of its file, which `text()` would drop.
    const text = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, text, tries };
  } catch {
    return undefined;
  }
}

/** Exponential with jitter, so phones that lost one server together do not come back together. */
function nextWaitMs(tried: number, askedSeconds: number | undefined): number {
  const backoffMs = FIRST_WAIT_MS * 2 ** (tried - 1) * (0.5 + Math.random());
  return askedSeconds === undefined ? backoffMs : askedSeconds * 1000 + Math.random() * FIRST_WAIT_MS;
}
