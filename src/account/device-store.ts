/** The devices of an account, for its owner. A removed one keeps its row, so that its app ID is refused for ever. */
import type { Verified } from "../auth/access-token.ts";
import type { DeviceId, SessionId } from "../auth/ids.ts";
import { ACCOUNT_OF_SESSION, LIVE_SESSION } from "../auth/live-session.ts";
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

const LIST = `
SELECT d.id, d.name, d.platform, d.app_version AS appVersion, d.created_at AS createdAt, d.last_seen_at AS lastSeenAt,
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

const CHECK = `
SELECT EXISTS (${LIVE_SESSION}) AS live,
  (SELECT CASE WHEN removed_at IS NULL THEN 'here' ELSE 'removed' END FROM devices WHERE id = ?3 AND account_id = ${ACCOUNT_OF_SESSION}) AS state,
  (SELECT count(*) FROM devices WHERE account_id = ${ACCOUNT_OF_SESSION} AND removed_at IS NULL AND id <> ?3) AS others`;

// Without its hash nothing proves the app secret any more. The last device stays: nobody could reach the account again.
const REMOVE = `
UPDATE devices SET removed_at = ?2, secret_hash = NULL
WHERE id = ?3 AND account_id = ${ACCOUNT_OF_SESSION} AND removed_at IS NULL AND EXISTS (${LIVE_SESSION})
  AND EXISTS (SELECT 1 FROM devices o WHERE o.account_id = devices.account_id AND o.id <> ?3 AND o.removed_at IS NULL)`;

// Where the caller removed its own device, its session is no longer live here: that the device was removed just now tells
// that the statement above found it so.
const END_ITS_SESSION = `
UPDATE sessions SET revoked_at = ?2
WHERE revoked_at IS NULL
  AND device_id = (SELECT id FROM devices WHERE id = ?3 AND account_id = ${ACCOUNT_OF_SESSION} AND removed_at = ?2)
RETURNING id`;

/** What removing came to. `sessions` are those that ended with the device. */
export type Removal =
  | { readonly outcome: "removed"; readonly sessions: readonly SessionId[] }
  | { readonly outcome: "session_over" | "unknown" | "last_device" };

/** Removes a device of the caller's account; one that was removed before stays so. One batch. */
export async function removeDevice(db: D1Database, caller: Verified, id: string, now: number): Promise<Removal> {
  const statements = [CHECK, REMOVE, END_ITS_SESSION].map((sql) => db.prepare(sql).bind(caller.sessionId, now, id));
  const [check, , end] = await ask(db.batch(statements));
  // Rows have the columns of their own statement.
  const row = check?.results[0] as { live: number; state: "here" | "removed" | null; others: number } | undefined;
  if (!row?.live) return { outcome: "session_over" };
  if (row.state === null) return { outcome: "unknown" };
  if (row.state === "here" && row.others === 0) return { outcome: "last_device" };
  return { outcome: "removed", sessions: ((end?.results ?? []) as { id: SessionId }[]).map((session) => session.id) };
}
