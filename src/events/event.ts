/** Security events: facts worth an operator's look. Their kinds, and how each is told once where it would be told often. */

/** What can be seen. Kinds are stable: operators filter by them. */
export type EventKind =
  | "refresh_reuse"
  | "refresh_stale"
  | "generation_rollback"
  | "app_secret_mismatch"
  | "revoked_token_used"
  | "enrolment_burst"
  | "code_guessing"
  | "sign_in_throttled"
  | "budget_near"
  | "budget_exhausted"
  | "provider_key_refused"
  | "database_filling"
  | "account_blocked"
  | "account_unblocked";

/** From `warning` up an event is alerted. */
export type Severity = "info" | "warning" | "alarm";

/** One event. Ids only: never a text, token, address or email. */
export interface SecurityEvent {
  readonly kind: EventKind;
  readonly severity: Severity;
  readonly account?: string;
  readonly session?: string;
  /** What the operator should know beside the kind. */
  readonly cause?: string;
  /**
   * Events of one kind with the same `once` are told once by an isolate, for as long as it remembers: a state that many
   * requests meet (a budget used up, a revoked token in use) must not cost a row for each.
   */
  readonly once?: string;
}
