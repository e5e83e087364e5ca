/**
 * What can go wrong for an app, as one tagged union that travels in one error. Inside the client only `invalid_grant`
 * is handled as a value, because it alone leads somewhere else; everything here ends the call and wants a person.
 */

/** Why a call ended. Whatever the kind, the app ID, the app secret and the tokens are still kept. */
export type Failure =
  /** No answer at all, after every try: no network, a wrong address, a server that is not running. */
  | { kind: "unreachable"; baseUrl: string }
  /** The token endpoint answers, but cannot serve now (429 or 5xx). Try again, not before `retryAfterSeconds`. */
  | { kind: "unavailable"; status: number; code: string; retryAfterSeconds: number | undefined }
  /** The operator has blocked this account (`access_denied`). */
  | { kind: "blocked" }
  /** Another device of this account took the only place. Ask the traveller, then sign in with `takeOver`. */
  | { kind: "signed_in_elsewhere" }
  /** A transfer or recovery code is wrong, used or expired, or email or password is wrong: the server tells no more. */
  | { kind: "not_let_in"; description: string }
  /**
   * Joining would leave this many entries where nobody could reach them. Ask the traveller whether to move or to leave
   * them; a transfer code tells which device it is from.
   */
  | { kind: "entries_choice"; entries: number; deviceName: string | undefined }
  /** The account to join has as many devices as it may. */
  | { kind: "device_limit"; devices: readonly { id: string; name: string | undefined; lastSeenAt: string }[] }
  /** The account has a password, and what was asked for needs it; the traveller gave none, or a wrong one. */
  | { kind: "password_needed" | "wrong_password" }
  /** The device is in another account than the one that this was for: it was removed there, or that one was erased. */
  | { kind: "account_changed" }
  /** The token endpoint refuses the request itself (RFC 6749 section 5.2): the client and the server disagree. */
  | { kind: "refused"; error: string; description: string }
  /** An API route answered with a problem (RFC 9457). */
  | { kind: "problem"; problem: Problem }
  /** An answer in no shape this client knows: another server, or a captive portal in between. */
  | { kind: "unexpected"; status: number; url: string }
  /** This many entries on the device are from another account. Ask the traveller whether to keep or to drop them here. */
  | { kind: "other_account"; entries: number }
  /** A file of the client's cannot be used. It is never replaced: it may be all that leads to the account. */
  | { kind: "unusable_file"; path: string; reason: string }
  /** Another process holds the lock on the file and does not let go. */
  | { kind: "locked_file"; path: string };

/** The members of an RFC 9457 problem that the API always sends, the faults of a 400 and the reason of a 410. */
export interface Problem {
  status: number;
  code: string;
  title: string;
  detail: string;
  reason: string | undefined;
  requestId: string | undefined;
  errors: readonly { path: string; message: string }[];
  retryAfterSeconds: number | undefined;
}

/** The one error that the client throws on purpose. */
export class ClientError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.kind);
    this.name = "ClientError";
    this.failure = failure;
  }
}

/** Whether waiting alone may cure it, so that a token which is still good is worth using meanwhile. */
export function isTemporary(error: unknown): boolean {
  if (!(error instanceof ClientError)) return false;
  const { kind } = error.failure;
  return kind === "unreachable" || kind === "unavailable" || kind === "unexpected";
}
