/**
 * The one statement of a refresh: it decides, writes and reports. The order of its cases is the contract; they are
 * tested against a model of the same rules.
 */
import { CONCURRENT_REFRESH_MS, STALE_REFRESH_MS } from "../bounds.ts";
import { ask } from "../storage.ts";
import type { Proof } from "./access-token.ts";
import type { AccountId, DeviceId, SessionId } from "./ids.ts";

/** What a refresh came to; `rotated`, `retry` and `concurrent` are answered with the successor. */
export type RefreshOutcome =
  | "rotated"
  | "retry"
  | "concurrent"
  | "blocked"
  | "revoked"
  | "expired"
  | "secret_mismatch"
  | "wrong_password"
  | "rollback"
  | "stale"
  | "reuse";

/** What a step-up proves: the app's ID and secret, and beside them the account's password or recovery code. */
export interface StepUp {
  readonly appId: string;
  readonly secretHash: string;
  /** `hash`: the stored password that was verified, or the recovery code's hash; empty where it was wrong. */
  readonly given?: { readonly as: Proof; readonly hash: string } | undefined;
}

/** What is presented, by hashes. Times and durations are milliseconds. */
export interface RefreshAttempt {
  readonly sessionId: SessionId;
  readonly generation: number;
  readonly secretHash: string;
  readonly successorHash: string;
  readonly attemptId: string | undefined;
  /** Step-up. */
  readonly proof: StepUp | undefined;
  readonly now: number;
  readonly idleTtlMs: number;
}

/** The statement's report. */
export interface RefreshReport {
  readonly outcome: RefreshOutcome;
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  readonly signedInAt: number;
  readonly idleExpiresAt: number;
}

// `outcome` is a column because RETURNING sees only new values. MATERIALIZED: without it the CASE may be worked out
// again on rows that the UPDATE has already changed. The 'reuse' of an older token ends the session right here.
const REFRESH = `
WITH decided AS MATERIALIZED (
  SELECT s.id, CASE
    WHEN a.blocked_at IS NOT NULL THEN 'blocked'
    WHEN s.revoked_at IS NOT NULL THEN 'revoked'
    WHEN s.idle_expires_at <= ?6 OR s.absolute_expires_at <= ?6 THEN 'expired'
    WHEN ?8 IS NOT NULL AND NOT (v.app_id = ?8 AND v.secret_hash = ?9) THEN 'secret_mismatch'
    WHEN ?12 IS NOT NULL AND CASE ?12 WHEN 'pwd' THEN a.password ELSE a.recovery_hash END IS NOT ?13 THEN 'wrong_password'
    WHEN s.generation = ?2 AND s.secret_hash = ?3 THEN 'rotated'
    WHEN s.generation = ?2 + 1 AND s.previous_secret_hash = ?3 AND s.attempt_id = ?5 THEN 'retry'
    WHEN s.generation = ?2 + 1 AND s.previous_secret_hash = ?3 AND ?6 - s.rotated_at <= ?10 THEN 'concurrent'
    WHEN s.generation <= ?2 THEN 'rollback'
    WHEN s.generation > ?2 + 1 AND ?6 - s.rotated_at <= ?11 THEN 'stale'
    ELSE 'reuse' END AS outcome
  FROM sessions s JOIN accounts a ON a.id = s.account_id JOIN devices v ON v.id = s.device_id
  WHERE s.id = ?1)
UPDATE sessions SET
  outcome = decided.outcome,
  generation = generation + (decided.outcome = 'rotated'),
  previous_secret_hash = CASE decided.outcome WHEN 'rotated' THEN secret_hash ELSE previous_secret_hash END,
  secret_hash = CASE decided.outcome WHEN 'rotated' THEN ?4 ELSE secret_hash END,
  attempt_id = CASE decided.outcome WHEN 'rotated' THEN ?5 ELSE attempt_id END,
  rotated_at = CASE decided.outcome WHEN 'rotated' THEN ?6 ELSE rotated_at END,
  idle_expires_at = CASE decided.outcome WHEN 'rotated' THEN min(?6 + ?7, absolute_expires_at) ELSE idle_expires_at END,
  revoked_at = CASE decided.outcome WHEN 'reuse' THEN ?6 ELSE revoked_at END
FROM decided WHERE sessions.id = decided.id
RETURNING outcome, account_id AS accountId, device_id AS deviceId, signed_in_at AS signedInAt, idle_expires_at AS idleExpiresAt`;

/**
 * Runs a refresh. `undefined` where there is no such session. Always on the primary: it writes. `beside` are statements
 * for the same batch; without any it is a single statement.
 */
export async function refreshSession(
  db: D1Database,
  attempt: RefreshAttempt,
  beside: readonly D1PreparedStatement[] = [],
): Promise<RefreshReport | undefined> {
  const statement = db
    .prepare(REFRESH)
    .bind(
      attempt.sessionId,
      attempt.generation,
      attempt.secretHash,
      attempt.successorHash,
      attempt.attemptId ?? null,
      attempt.now,
      attempt.idleTtlMs,
      attempt.proof?.appId ?? null,
      attempt.proof?.secretHash ?? null,
      CONCURRENT_REFRESH_MS,
      STALE_REFRESH_MS,
      attempt.proof?.given?.as ?? null,
      attempt.proof?.given?.hash ?? null,
    );
  if (beside.length === 0) return (await ask(statement.all<RefreshReport>())).results[0];
  const [refreshed] = await ask(db.batch<RefreshReport>([statement, ...beside]));
  return refreshed?.results[0];
}

const REVOKE = "UPDATE sessions SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";

/** Ends a session at `now` (milliseconds); one that is ended already, or unknown, stays as it is. */
export async function revokeSession(db: D1Database, sessionId: SessionId, now: number): Promise<void> {
  await ask(db.prepare(REVOKE).bind(sessionId, now).run());
}
