/**
 * Failures as values, and the one place where a failure becomes an answer: RFC 9457 problem+json, or RFC 6749 section
 * 5.2 on the OAuth endpoints.
 */
import { STEP_UP_MAX_AGE_SECONDS } from "./bounds.ts";
import { PROBLEMS, type ProblemCode } from "./problems.ts";

/** One fault of a request: where (a dotted path), and what is wrong. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

/** An expected failure, as services and middleware return it. */
export interface Failure {
  readonly code: ProblemCode;
  /** A sentence for the developer of the calling app; never holds a text, token or address. */
  readonly detail: string;
  readonly retryAfterSeconds?: number;
  readonly errors?: readonly Fault[];
  /** Further members of the problem (RFC 9457 section 3.2). */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** What a step-up must prove beside the app secret (RFC 9470 section 3). */
  readonly acrValues?: "password";
  /** Methods, for 405. */
  readonly allow?: readonly string[];
}

/** RFC 6749 section 5.2 codes, with those of RFC 8628 and 6749 section 4.1.2.1 that are used here. */
export type OAuthError =
  | "invalid_request"
  | "invalid_grant"
  | "unsupported_grant_type"
  | "access_denied"
  | "slow_down"
  | "temporarily_unavailable"
  | "server_error";

/** A failure of a grant. */
export interface OAuthFailure {
  readonly error: OAuthError;
  readonly description: string;
  /** Tells cases of one error apart where the client must. */
  readonly errorCode?: string;
  readonly retryAfterSeconds?: number;
  /** Further members of the body, for the client to act on. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** Marks a value as failed in the unions that services return. */
export interface Failed<F> {
  readonly ok: false;
  readonly failure: F;
}

/** A failed result. */
export function failed<F>(failure: F): Failed<F> {
  return { ok: false, failure };
}

function headersOf(failure: { readonly retryAfterSeconds?: number }, contentType: string): Headers {
  const headers = new Headers({ "Content-Type": contentType, "Cache-Control": "no-store" });
  if (failure.retryAfterSeconds !== undefined) headers.set("Retry-After", String(failure.retryAfterSeconds));
  return headers;
}

/** RFC 6750 section 3: bare where no token was sent, else with the error; RFC 9470 section 3 for step-up. */
function challenge(failure: Failure): string | undefined {
  if (failure.code === "missing_token") return "Bearer";
  if (failure.code === "insufficient_user_authentication") {
    return `Bearer error="${failure.code}", error_description="${failure.detail}", max_age=${STEP_UP_MAX_AGE_SECONDS}${failure.acrValues === undefined ? "" : `, acr_values="${failure.acrValues}"`}`;
  }
  if (failure.code === "invalid_token") return `Bearer error="invalid_token", error_description="${failure.detail}"`;
  return undefined;
}

/** The failure as RFC 9457 problem+json. */
export function problemResponse(failure: Failure, requestId: string): Response {
  const { status, title } = PROBLEMS[failure.code];
  const headers = headersOf(failure, "application/problem+json");
  const authenticate = challenge(failure);
  if (authenticate !== undefined) headers.set("WWW-Authenticate", authenticate);
  if (failure.allow !== undefined) headers.set("Allow", failure.allow.join(", "));
  const body = {
    type: `/problems/${failure.code}`,
    title,
    status,
    detail: failure.detail,
    code: failure.code,
    requestId,
    ...(failure.errors === undefined ? {} : { errors: failure.errors }),
    ...failure.extra,
  };
  return new Response(JSON.stringify(body), { status, headers });
}

/** The status of each OAuth error; RFC 6749 leaves all but 400 and 401 open. */
export const OAUTH_STATUS = {
  invalid_request: 400,
  invalid_grant: 400,
  unsupported_grant_type: 400,
  access_denied: 403,
  slow_down: 429,
  temporarily_unavailable: 503,
  server_error: 500,
} as const satisfies Record<OAuthError, number>;

/** The failure as an RFC 6749 section 5.2 body. */
export function oauthResponse(failure: OAuthFailure, status: number = OAUTH_STATUS[failure.error]): Response {
  const body = {
    error: failure.error,
    error_description: failure.description,
    ...(failure.errorCode === undefined ? {} : { error_code: failure.errorCode }),
    ...failure.extra,
  };
  return new Response(JSON.stringify(body), { status, headers: headersOf(failure, "application/json") });
}

function oauthErrorOf(code: ProblemCode): OAuthError {
  if (code === "rate_limited") return "slow_down";
  if (code === "storage_unavailable") return "temporarily_unavailable";
  return PROBLEMS[code].status === 500 ? "server_error" : "invalid_request";
}

/** Failures that any route can have (body, method, storage, limits), in the dialect of the path that was asked. */
export function failureResponse(failure: Failure, path: string, requestId: string): Response {
  if (!path.startsWith("/oauth/")) return problemResponse(failure, requestId);
  const faults = failure.errors?.map((fault) => `${fault.path}: ${fault.message}`).join("; ");
  const response = oauthResponse(
    {
      error: oauthErrorOf(failure.code),
      description: faults === undefined ? failure.detail : `${failure.detail} ${faults}`,
      ...(failure.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: failure.retryAfterSeconds }),
    },
    PROBLEMS[failure.code].status,
  );
  if (failure.allow !== undefined) response.headers.set("Allow", failure.allow.join(", "));
  return response;
}
