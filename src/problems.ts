/** The catalogue of problems: every expected failure of the API, and what it means to whoever meets it. */

interface Problem {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 410 | 412 | 413 | 415 | 429 | 500 | 502 | 503;
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
  insufficient_user_authentication: {
    status: 401,
    title: "The app must prove its secret again",
    advice:
      "This route takes only an access token from a sign-in or step-up of the last five minutes. Refresh with `app_id` and `app_secret` (RFC 9470), and repeat the request with the token of that answer.",
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
  last_device: {
    status: 409,
    title: "It is the account's last device",
    advice: "Without it nobody could reach the account again. Add another device first, or erase the account.",
  },
  not_applied: {
    status: 409,
    title: "Nothing was applied",
    advice:
      "The push was atomic, and at least one change was not taken: `results` says what became of each. Merge the conflicts and push again.",
  },
  page_expired: {
    status: 410,
    title: "The list has changed since its first page",
    advice:
      "Begin again with the first page, without `page`: the pages of two versions would repeat or skip something.",
  },
  resync_required: {
    status: 410,
    title: "The cursor cannot be continued",
    advice:
      "`reason` tells what to do. `floor`: list everything from 0, then delete what you hold with a revision and that is not listed, unless it was edited since. `epoch`: list everything, and push what you hold again with `base: 0`. `account`: drop cursor and bases, then list.",
  },
  precondition_failed: {
    status: 412,
    title: "The entry is not as the request wants it",
    advice:
      "It was changed, is there already, or is gone. Read it, merge, and send the change with its present `ETag`.",
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
  vocabulary_full: {
    status: 409,
    title: "The vocabulary is full",
    advice: "An account keeps at most 10,000 entries and 4 MiB. Delete some; deletions are always taken.",
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
