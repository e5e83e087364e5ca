/**
 * Every expected failure of the API, what it means to whoever meets it, and the one place where a failure becomes an
 * answer: RFC 9457 problem+json, or RFC 6749 section 5.2 on the OAuth endpoints.
 */

interface Problem {
  readonly status: 400 | 401 | 403 | 404 | 405 | 410 | 413 | 415 | 429 | 500 | 502 | 503;
  readonly title: string;
  /** For the page behind `type`: why it happens, and what to do. */
  readonly advice: string;
}

/** All problems by code. The code is stable, and the last part of the problem's `type`. */
export const PROBLEMS = {
  invalid_request: {
    status: 400,
    title: "The request is not valid",
    advice:
      "`errors` lists every fault with its path. Correct them all and send the request again; repeating it unchanged gives the same answer.",
  },
  invalid_json: {
    status: 400,
    title: "The body is not JSON",
    advice:
      "`detail` names the position of the first fault. Check that the body is encoded as UTF-8 and was not cut off.",
  },
  invalid_text: {
    status: 400,
    title: "The text is not well-formed Unicode",
    advice:
      "A string holds half of a surrogate pair. It was probably cut in the middle of an emoji: cut at code points instead.",
  },
  unsupported_language: {
    status: 400,
    title: "The language is not supported",
    advice: "`GET /v1/languages` lists the codes. Regional codes of a known language are accepted too.",
  },
  missing_token: {
    status: 401,
    title: "An access token is needed",
    advice: "Send `Authorization: Bearer` with an access token from `POST /oauth/token`.",
  },
  invalid_token: {
    status: 401,
    title: "The access token is not good",
    advice:
      "It has expired, was ended, or is not one of this service's. Refresh, or sign in again with the app grant, and repeat the request once.",
  },
  https_required: {
    status: 403,
    title: "Only https is served here",
    advice:
      "The request came over plain http, so whatever token it carried must be taken as known to others: end that session. Use the https address.",
  },
  not_found: {
    status: 404,
    title: "There is nothing here",
    advice: "Check the path against `/openapi.json`. What belongs to another account is answered like this as well.",
  },
  not_in_phrasebook: {
    status: 404,
    title: "The phrasebook does not have this",
    advice:
      "`errors` names the language that it lacks; `GET /v1/phrasebook/languages` lists those that it has, none where the operator has not seeded it. `POST /v1/translate` may still translate.",
  },
  method_not_allowed: {
    status: 405,
    title: "The method is not served at this path",
    advice: "The `Allow` header lists the methods that are.",
  },
  page_expired: {
    status: 410,
    title: "The list has changed since its first page",
    advice:
      "Begin again with the first page, without `page`: the pages of two versions would repeat or skip something.",
  },
  payload_too_large: {
    status: 413,
    title: "The body is too large",
    advice: "`detail` names the limit. Send less at once, in several requests.",
  },
  unsupported_media_type: {
    status: 415,
    title: "The content type is not accepted",
    advice: "`detail` names what is. Bodies of this API are `application/json`; the token endpoint also takes forms.",
  },
  rate_limited: {
    status: 429,
    title: "Too many requests",
    advice: "Wait as long as `Retry-After` says. `RateLimit-Policy` names the limit.",
  },
  quota_exceeded: {
    status: 429,
    title: "Today's characters are used up",
    advice:
      "This account has had its characters translated for today (UTC). Phrasebook and cached translations go on; new texts wait until `Retry-After` is over.",
  },
  internal: {
    status: 500,
    title: "Something went wrong here",
    advice: "It is not your request. Report the request id, which leads the operator to the cause.",
  },
  translator_refused: {
    status: 502,
    title: "The translator did not accept the text",
    advice: "The translation provider took this text for invalid. Repeating it gives the same answer; change the text.",
  },
  budget_exhausted: {
    status: 503,
    title: "Today's budget is used up",
    advice:
      "This service has translated as much as its operator allows for one day (UTC). Phrasebook and cached translations go on.",
  },
  translator_busy: {
    status: 503,
    title: "The translator is busy",
    advice: "The translation provider asks for a pause. Wait as long as `Retry-After` says.",
  },
  translator_unavailable: {
    status: 503,
    title: "The translator does not answer",
    advice:
      "The translation provider failed, or refuses this service. Wait as long as `Retry-After` says; operators find the cause in the log.",
  },
  translator_not_configured: {
    status: 503,
    title: "No translator is configured",
    advice:
      "Only the phrasebook and cached translations answer. The operator sets AZURE_TRANSLATOR_KEY (and AZURE_TRANSLATOR_REGION for a regional resource).",
  },
  storage_unavailable: {
    status: 503,
    title: "The database does not answer",
    advice: "Nothing is lost, and repeating the same request later is safe. Wait as long as `Retry-After` says.",
  },
} as const satisfies Record<string, Problem>;

/** A problem's stable code. */
export type ProblemCode = keyof typeof PROBLEMS;

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

/** RFC 6750 section 3: bare where no token was sent, else with the error. */
function challenge(failure: Failure): string | undefined {
  if (failure.code === "missing_token") return "Bearer";
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
