/**
 * What each problem means to whoever meets it: why it happens, and what to do. For the pages behind a problem's `type`,
 * which are built with the bundle and served as static assets: nothing of this is in the Worker.
 */
import type { ProblemCode } from "../problems.ts";

/** Advice by code; words between backticks are shown as code. */
export const ADVICE: Readonly<Record<ProblemCode, string>> = {
  invalid_request:
    "`errors` lists every fault with its path. Correct them all and send the request again; repeating it unchanged gives the same answer.",
  invalid_json:
    "`detail` names the position of the first fault. Check that the body is encoded as UTF-8 and was not cut off.",
  invalid_text:
    "A string holds half of a surrogate pair. It was probably cut in the middle of an emoji: cut at code points instead.",
  unsupported_language: "`GET /v1/languages` lists the codes. Regional codes of a known language are accepted too.",
  missing_token: "Send `Authorization: Bearer` with an access token from `POST /oauth/token`.",
  invalid_token:
    "It has expired, was ended, or is not one of this service's. Refresh, or sign in again with the app grant, and repeat the request once.",
  insufficient_user_authentication:
    "This route takes only an access token from a sign-in or step-up of the last five minutes. Refresh with `app_id` and `app_secret` (RFC 9470), and repeat the request with the token of that answer.",
  https_required:
    "The request came over plain http, so whatever token it carried must be taken as known to others: end that session. Use the https address.",
  not_found: "Check the path against `/openapi.json`. What belongs to another account is answered like this as well.",
  not_in_phrasebook:
    "`errors` names the language that it lacks; `GET /v1/phrasebook/languages` lists those that it has, none where the operator has not seeded it. `POST /v1/translate` may still translate.",
  method_not_allowed: "The `Allow` header lists the methods that are.",
  last_device: "Without it nobody could reach the account again. Add another device first, or erase the account.",
  email_taken:
    "Another account signs in with it. Sign in there with the email grant, or use another address. After five such answers a day the route refuses further addresses.",
  not_applied:
    "The push was atomic, and at least one change was not taken: `results` says what became of each. Merge the conflicts and push again.",
  page_expired:
    "Begin again with the first page, without `page`: the pages of two versions would repeat or skip something.",
  resync_required:
    "`reason` tells what to do. `floor`: list everything from 0, then delete what you hold with a revision and that is not listed, unless it was edited since. `epoch`: list everything, and push what you hold again with `base: 0`. `account`: drop cursor and bases, then list.",
  precondition_failed:
    "It was changed, is there already, or is gone. Read it, merge, and send the change with its present `ETag`.",
  payload_too_large: "`detail` names the limit. Send less at once, in several requests.",
  unsupported_media_type:
    "`detail` names what is. Bodies of this API are `application/json`; the token endpoint also takes forms.",
  rate_limited: "Wait as long as `Retry-After` says. `RateLimit-Policy` names the limit.",
  vocabulary_full: "An account keeps at most 10,000 entries and 4 MiB. Delete some; deletions are always taken.",
  quota_exceeded:
    "This account has had its characters translated for today (UTC). Phrasebook and cached translations go on; new texts wait until `Retry-After` is over.",
  internal: "It is not your request. Report the request id, which leads the operator to the cause.",
  email_accounts_off:
    "The operator has switched it off (EMAIL_ACCOUNTS). Transfer and recovery codes bring a new phone in.",
  translator_refused:
    "The translation provider took this text for invalid. Repeating it gives the same answer; change the text.",
  budget_exhausted:
    "This service has translated as much as its operator allows for one day (UTC). Phrasebook and cached translations go on.",
  busy: "Hashing a password is expensive, so few are done at once. Nothing was changed: wait as long as `Retry-After` says, and send the same again.",
  translator_busy: "The translation provider asks for a pause. Wait as long as `Retry-After` says.",
  translator_unavailable:
    "The translation provider failed, or refuses this service. Wait as long as `Retry-After` says; operators find the cause in the log.",
  translator_not_configured:
    "Only the phrasebook and cached translations answer. The operator sets AZURE_TRANSLATOR_KEY (and AZURE_TRANSLATOR_REGION for a regional resource).",
  storage_unavailable:
    "Nothing is lost, and repeating the same request later is safe. Wait as long as `Retry-After` says.",
};
