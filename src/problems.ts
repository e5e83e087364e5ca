/** The catalogue of problems: every expected failure of the API. What to do about each stands in `about/advice.ts`. */

interface Problem {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 410 | 412 | 413 | 415 | 429 | 500 | 501 | 502 | 503;
  readonly title: string;
}

/** All problems by code. The code is stable, and the last part of the problem's `type`. */
export const PROBLEMS = {
  invalid_request: {
    status: 400,
    title: "The request is not valid",
  },
  invalid_json: {
    status: 400,
    title: "The body is not JSON",
  },
  invalid_text: {
    status: 400,
    title: "The text is not well-formed Unicode",
  },
  unsupported_language: {
    status: 400,
    title: "The language is not supported",
  },
  missing_token: {
    status: 401,
    title: "An access token is needed",
  },
  invalid_token: {
    status: 401,
    title: "The access token is not good",
  },
  insufficient_user_authentication: {
    status: 401,
    title: "The app must prove its secret again",
  },
  https_required: {
    status: 403,
    title: "Only https is served here",
  },
  not_found: {
    status: 404,
    title: "There is nothing here",
  },
  not_in_phrasebook: {
    status: 404,
    title: "The phrasebook does not have this",
  },
  method_not_allowed: {
    status: 405,
    title: "The method is not served at this path",
  },
  last_device: {
    status: 409,
    title: "It is the account's last device",
  },
  email_taken: {
    status: 409,
    title: "The email address is taken",
  },
  not_applied: {
    status: 409,
    title: "Nothing was applied",
  },
  page_expired: {
    status: 410,
    title: "The list has changed since its first page",
  },
  resync_required: {
    status: 410,
    title: "The cursor cannot be continued",
  },
  precondition_failed: {
    status: 412,
    title: "The entry is not as the request wants it",
  },
  payload_too_large: {
    status: 413,
    title: "The body is too large",
  },
  unsupported_media_type: {
    status: 415,
    title: "The content type is not accepted",
  },
  rate_limited: {
    status: 429,
    title: "Too many requests",
  },
  vocabulary_full: {
    status: 409,
    title: "The vocabulary is full",
  },
  quota_exceeded: {
    status: 429,
    title: "Today's characters are used up",
  },
  internal: {
    status: 500,
    title: "Something went wrong here",
  },
  email_accounts_off: {
    status: 501,
    title: "There is no email sign-in here",
  },
  translator_refused: {
    status: 502,
    title: "The translator did not accept the text",
  },
  budget_exhausted: {
    status: 503,
    title: "Today's budget is used up",
  },
  busy: {
    status: 503,
    title: "Passwords cannot be checked just now",
  },
  translator_busy: {
    status: 503,
    title: "The translator is busy",
  },
  translator_unavailable: {
    status: 503,
    title: "The translator does not answer",
  },
  translator_not_configured: {
    status: 503,
    title: "No translator is configured",
  },
  storage_unavailable: {
    status: 503,
    title: "The database does not answer",
  },
} as const satisfies Record<string, Problem>;

/** A problem's stable code. */
export type ProblemCode = keyof typeof PROBLEMS;
