/**
 * The provider's error codes and the body each is answered with, as its v3.0 reference lists them. Which request
 * deserves which code is decided elsewhere. Codes that only other operations than translate give are left out.
 */

const MESSAGES = {
  400000: "One of the request inputs is not valid.",
  400002: 'The "category" parameter is invalid.',
  400003: "A language specifier is missing or invalid.",
  400004: 'A target script specifier ("To script") is missing or invalid.',
  400018: 'A source script specifier ("From script") is missing or invalid.',
  400019: "One of the specified languages is not supported.",
  400020: "One of the elements in the array of input text is not valid.",
  400021: "The API version parameter is missing or invalid.",
  400035: "The source language is not valid.",
  400036: "The target language is not valid.",
  400043: "The client trace ID (X-ClientTraceId header) is missing or invalid.",
  400050: "The input text is too long.",
  400070: "The number of target scripts does not match the number of target languages.",
  400071: "The value is not valid for TextType.",
  400072: "The array of input text has too many elements.",
  400074: "The body of the request is not valid JSON.",
  400077: "The maximum request size has been exceeded.",
  400079: "The custom system requested for translation between from and to language does not exist.",
  400080: "Transliteration is not supported for the language or script.",
  401000: "The request is not authorized because credentials are missing or invalid.",
  401001: "The operation is not allowed because the subscription has exceeded its free quota.",
  403000: "The operation is not allowed.",
  403001: "The operation is not allowed because the subscription has exceeded its free quota.",
  404000: "The requested resource does not exist.",
  405000: "The request method is not supported for the requested resource.",
  408001: "The translation system requested is being prepared. Retry in a few minutes.",
  415000: "The Content-Type header is missing or invalid.",
  429000: "The server rejected the request because the client has exceeded request limits.",
  429001: "The server rejected the request because the client has exceeded request limits.",
  429002: "The server rejected the request because the client has exceeded request limits.",
  500000: "An unexpected error occurred.",
  503000: "Service is temporarily unavailable. Please retry.",
} as const;

/** One of the provider's numeric error codes: the HTTP status followed by three digits. */
export type AzureErrorCode = keyof typeof MESSAGES;

/** Every code that can be answered, ascending. */
export const AZURE_ERROR_CODES: readonly number[] = Object.keys(MESSAGES).map(Number);

/** Whether a number is one of the provider's codes. */
export function isAzureErrorCode(code: number): code is AzureErrorCode {
  return Object.hasOwn(MESSAGES, code);
}

/** Why a request is not translated. `detail` follows the provider's sentence, for whoever debugs a client. */
export interface Refusal {
  readonly code: AzureErrorCode;
  readonly detail?: string;
  /** Sent as `Retry-After`: whole seconds, or any text, to try what a client makes of a date or of nonsense. */
  readonly retryAfter?: number | string;
}

/** The wire answer of a refusal: `{"error":{"code":400036,"message":"…"}}` with the status inside its code. */
export function refusalResponse(refusal: Refusal): Response {
  const sentence = MESSAGES[refusal.code];
  const message = refusal.detail === undefined ? sentence : `${sentence} (${refusal.detail})`;
  const headers = new Headers({ "X-RequestId": crypto.randomUUID() });
  if (refusal.retryAfter !== undefined) headers.set("Retry-After", String(refusal.retryAfter));
  return Response.json(
    { error: { code: refusal.code, message } },
    { status: Math.floor(refusal.code / 1000), headers },
  );
}
