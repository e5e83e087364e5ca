/** The devices of an account, for its owner. A removed one keeps its row, so that its app ID is refused for ever. */
import type { Verified } from "../auth/access-token.ts";
import type { DeviceId, SessionId } from "../auth/ids.ts";
import { ACCOUNT_OF_SESSION, LIVE_SESSION, PROVEN_SESSION } from "../auth/live-session.ts";
import { ask } from "../storage.ts";

/** A device that was not removed. Times are milliseconds. */
export interface DeviceRow {
  readonly id: DeviceId;
  readonly name: string | null;
  readonly platform: string | null;
  readonly appVersion: string | null;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  /** Its live session, where it has one. */
  readonly sessionId: SessionId | null;
}

/** SQL for when device `d` was last seen: its latest sign-in, or the latest refresh of a session that it has or had. */
export const LAST_SEEN = `
max(d.last_seen_at, coalesce((SELECT max(rotated_at) FROM sessions WHERE account_id = d.account_id AND device_id = d.id), 0))`;

const LIST = `
SELECT d.id, d.name, d.platform, d.app_version AS appVersion, d.created_at AS createdAt, ${LAST_SEEN} AS lastSeenAt,
  (SELECT o.id FROM sessions o WHERE o.device_id = d.id AND o.revoked_at IS NULL AND o.idle_expires_at > ?2 AND o.absolute_expires_at > ?2) AS sessionId
FROM devices d
WHERE d.account_id = ${ACCOUNT_OF_SESSION} AND d.removed_at IS NULL AND EXISTS (${LIVE_SESSION})
ORDER BY d.created_at, d.id`;

const listing = (db: D1Database, caller: Verified, now: number) => db.prepare(LIST).bind(caller.sessionId, now);

/** The account's devices; none where the caller's session is over. One statement. */
export async function listDevices(db: D1Database, caller: Verified, now: number): Promise<readonly DeviceRow[]> {
  const { results } = await ask(listing(db, caller, now).all<DeviceRow>());
  return results;
}

const RENAME = `
UPDATE devices SET name = ?4
WHERE id = ?3 AND account_id = ${ACCOUNT_OF_SESSION} AND removed_at IS NULL AND EXISTS (${LIVE_SESSION})`;

/** Names a device, or takes its name away, and lists the devices as they then are. One batch. */
export async function renameDevice(
  db: D1Database,
  caller: Verified,
  id: string,
  name: string | null,
  now: number,
): Promise<readonly DeviceRow[]> {
  const rename = db.prepare(RENAME).bind(caller.sessionId, now, id, name);
  const [, list] = await ask(db.batch<DeviceRow>([rename, listing(db, caller, now)]));
  return list?.results ?? [];
}

// ?1 session, ?2 now, ?3 whether the password stands in nobody's way, ?4 the device, ?5 whether an email leads in
const OTHER_WAY_IN = `
(EXISTS (SELECT 1 FROM devices WHERE account_id = ${ACCOUNT_OF_SESSION} AND removed_at IS NULL AND id <> ?4)
  OR EXISTS (SELECT 1 FROM accounts WHERE id = ${ACCOUNT_OF_SESSION} AND ((email IS NOT NULL AND ?5) OR recovery_hash IS NOT NULL)))`;

const CHECK = `
SELECT EXISTS (${LIVE_SESSION}) AS live, EXISTS (${PROVEN_SESSION}) AS proven, ${OTHER_WAY_IN} AS reachable,
  (SELECT CASE WHEN removed_at IS NULL THEN 'here' ELSE 'removed' END FROM devices WHERE id = ?4 AND account_id = ${ACCOUNT_OF_SESSION}) AS state`;

// Without its hash nothing proves the app secret any more. The last device stays where nobody could reach the account again.
const REMOVE = `
UPDATE devices SET removed_at = ?2, secret_hash = NULL
WHERE id = ?4 AND account_id = ${ACCOUNT_OF_SESSION} AND removed_at IS NULL AND EXISTS (${PROVEN_SESSION}) AND ${OTHER_WAY_IN}`;

// Where the caller removed its own device, its session is no longer live here: that the device was removed just now tells
// that the statement above found it so.
const REMOVED_NOW = `(SELECT id FROM devices WHERE id = ?4 AND account_id = ${ACCOUNT_OF_SESSION} AND removed_at = ?2)`;

const END_ITS_SESSION = `
UPDATE sessions SET revoked_at = ?2 WHERE revoked_at IS NULL AND device_id = ${REMOVED_NOW} RETURNING id`;

// Whoever has the lost phone may have made one.
const VOID_ITS_CODE = `DELETE FROM transfer_codes WHERE account_id = ${ACCOUNT_OF_SESSION} AND device_id = ${REMOVED_NOW}`;

/** What removing came to. `sessions` are those that ended with the device. */
export type Removal =
  | { readonly outcome: "removed"; readonly sessions: readonly SessionId[] }
  | { readonly outcome: "session_over" | "password_needed" | "unknown" | "last_device" };

interface CheckRow {
  readonly live: number;
  readonly proven: number;
  readonly reachable: number;
  readonly state: "here" | "removed" | null;
}

/**
 * Removes a device of the caller's account; one that was removed before stays so. `provesPassword` is `?3` of
 * `PROVEN_SESSION`, and the caller's own device needs no such proof; `emailAccounts` tells whether an email leads back. One
 * batch.
 */
export async function removeDevice(
  db: D1Database,
  caller: Verified,
  id: string,
  { provesPassword, emailAccounts }: { readonly provesPassword: 0 | 1; readonly emailAccounts: boolean },
  now: number,
): Promise<Removal> {
  const values = [caller.sessionId, now, id === caller.deviceId ? 1 : provesPassword, id];
  const reach = emailAccounts ? 1 : 0;
  const statements = [
    ...[CHECK, REMOVE].map((sql) => db.prepare(sql).bind(...values, reach)),
    ...[END_ITS_SESSION, VOID_ITS_CODE].map((sql) => db.prepare(sql).bind(...values)),
  ];
  const [check, , end] = await ask(db.batch(statements));
  // Rows have the columns of their own statement.
  const row = check?.results[0] as CheckRow | undefined;
  if (!row?.live) return { outcome: "session_over" };
  if (!row.proven) return { outcome: "password_needed" };
  if (row.state === null) return { outcome: "unknown" };
  if (row.state === "here" && !row.reachable) return { outcome: "last_device" };
  return { outcome: "removed", sessions: ((end?.results ?? []) as { id: SessionId }[]).map((session) => session.id) };
}
