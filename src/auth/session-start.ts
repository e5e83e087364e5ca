/**
 * The statements that start a session on a device whose app proved its secret, as part of a batch: they end the device's
 * former session and, under `SESSION_POLICY=one`, the account's sessions on other devices, which are displaced.
 */
import type { SessionId } from "./ids.ts";

/** What the app says of its device. Absent keeps what is known. */
export interface DeviceFacts {
  readonly name?: string | undefined;
  readonly platform?: string | undefined;
  readonly appVersion?: string | undefined;
}

/** A session to be started, by hashes. Times are milliseconds. */
export interface SessionStart {
  readonly appId: string;
  readonly appSecretHash: string;
  readonly sessionId: SessionId;
  readonly refreshSecretHash: string;
  readonly device: DeviceFacts;
  /** Whether only one device of an account may be signed in. */
  readonly onlyOne: boolean;
  /** Whether a displaced device may sign in. */
  readonly mayBeDisplaced: boolean;
  /** Whether the batch decides in a row of `joins` whether the session may start at all. */
  readonly decidedByJoin: boolean;
  readonly now: number;
  readonly idleExpiresAt: number;
  readonly absoluteExpiresAt: number;
}

// ?1 app ID, ?2 hash of its secret, ?3 displaced devices too, ?4 now, ?5 the new session, ?6 decided by a join.
// A removed device has no secret, so nothing proves it.
const PROVEN_DEVICE = `
SELECT v.id FROM devices v JOIN accounts a ON a.id = v.account_id
WHERE v.app_id = ?1 AND v.secret_hash = ?2 AND a.blocked_at IS NULL AND (?3 OR v.displaced_at IS NULL)
  AND (NOT ?6 OR EXISTS (SELECT 1 FROM joins WHERE session_id = ?5 AND outcome IN ('here', 'joined')))`;

const PROVEN_ACCOUNT = `(SELECT account_id FROM devices WHERE id = (${PROVEN_DEVICE}))`;

const END_FORMER = `
UPDATE sessions SET revoked_at = ?4 WHERE revoked_at IS NULL AND device_id = (${PROVEN_DEVICE}) RETURNING id`;

const END_ALL = `
UPDATE sessions SET revoked_at = ?4 WHERE revoked_at IS NULL AND account_id = ${PROVEN_ACCOUNT} RETURNING id`;

const START = `
INSERT INTO sessions (id, account_id, device_id, generation, secret_hash, rotated_at, signed_in_at, idle_expires_at, absolute_expires_at)
SELECT ?5, account_id, id, 1, ?7, ?4, ?4, ?8, ?9 FROM devices WHERE id = (${PROVEN_DEVICE})`;

const UPDATE_DEVICE = `
UPDATE devices SET name = coalesce(?7, name), platform = coalesce(?8, platform), app_version = coalesce(?9, app_version),
  last_seen_at = ?4, displaced_at = NULL
WHERE id = (${PROVEN_DEVICE})`;

const DISPLACE_OTHERS = `
UPDATE devices SET displaced_at = ?4 WHERE account_id = ${PROVEN_ACCOUNT} AND app_id <> ?1 AND removed_at IS NULL AND displaced_at IS NULL`;

/** The statements; the first gives the ids of the sessions that it ended. They do nothing where the device is not proven. */
export function startingSession(db: D1Database, start: SessionStart): readonly D1PreparedStatement[] {
  const { device, sessionId, now, onlyOne } = start;
  const common = [
    start.appId,
    start.appSecretHash,
    start.mayBeDisplaced ? 1 : 0,
    now,
    sessionId,
    start.decidedByJoin ? 1 : 0,
  ];
  const statement = (sql: string, ...values: unknown[]) => db.prepare(sql).bind(...common, ...values);
  return [
    statement(onlyOne ? END_ALL : END_FORMER),
    statement(START, start.refreshSecretHash, start.idleExpiresAt, start.absoluteExpiresAt),
    statement(UPDATE_DEVICE, device.name ?? null, device.platform ?? null, device.appVersion ?? null),
    ...(onlyOne ? [statement(DISPLACE_OTHERS)] : []),
  ];
}
