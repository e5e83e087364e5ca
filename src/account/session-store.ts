/** The sessions of an account, for its owner. */
import type { Verified } from "../auth/access-token.ts";
import type { DeviceId, SessionId } from "../auth/ids.ts";
import { ACCOUNT_OF_SESSION, LIVE_SESSION } from "../auth/live-session.ts";
import { ask } from "../storage.ts";

/** A live session with its device. Times are milliseconds. */
export interface SessionRow {
  readonly id: SessionId;
  readonly signedInAt: number;
  readonly rotatedAt: number;
  readonly idleExpiresAt: number;
  readonly deviceId: DeviceId;
  readonly name: string | null;
  readonly platform: string | null;
  readonly appVersion: string | null;
}

const LIST = `
SELECT o.id, o.signed_in_at AS signedInAt, o.rotated_at AS rotatedAt, o.idle_expires_at AS idleExpiresAt,
  d.id AS deviceId, d.name, d.platform, d.app_version AS appVersion
FROM sessions o JOIN devices d ON d.id = o.device_id
WHERE o.account_id = ${ACCOUNT_OF_SESSION} AND o.revoked_at IS NULL AND o.idle_expires_at > ?2 AND o.absolute_expires_at > ?2
  AND EXISTS (${LIVE_SESSION})
ORDER BY o.signed_in_at, o.id`;

/** The account's live sessions; none where the caller's own is over. One statement. */
export async function listSessions(db: D1Database, caller: Verified, now: number): Promise<readonly SessionRow[]> {
  const { results } = await ask(db.prepare(LIST).bind(caller.sessionId, now).all<SessionRow>());
  return results;
}

/** Which sessions an owner ends. */
export type Ending = { readonly kind: "one"; readonly id: string } | { readonly kind: "others" | "all" };

/** What ending came to: whether the caller was good, whether the one session is there at all, and which ended now. */
export interface Ended {
  readonly callerLive: boolean;
  readonly found: boolean;
  readonly sessions: readonly SessionId[];
}

const CHECK = `
SELECT EXISTS (${LIVE_SESSION}) AS live, EXISTS (SELECT 1 FROM sessions WHERE id = ?3 AND account_id = ${ACCOUNT_OF_SESSION}) AS found`;

const END = `
UPDATE sessions SET revoked_at = ?2
WHERE account_id = ${ACCOUNT_OF_SESSION} AND revoked_at IS NULL AND EXISTS (${LIVE_SESSION})
  AND CASE ?3 WHEN 'one' THEN id = ?4 WHEN 'others' THEN id <> ?1 ELSE 1 END
RETURNING id`;

/** Ends sessions of the caller's account. One batch. */
export async function endSessions(db: D1Database, caller: Verified, ending: Ending, now: number): Promise<Ended> {
  const id = ending.kind === "one" ? ending.id : null;
  const [check, end] = await ask(
    db.batch([
      db.prepare(CHECK).bind(caller.sessionId, now, id),
      db.prepare(END).bind(caller.sessionId, now, ending.kind, id),
    ]),
  );
  // Rows have the columns of their own statement.
  const row = check?.results[0] as { live: number; found: number } | undefined;
  const ended = (end?.results ?? []) as { id: SessionId }[];
  return { callerLive: row?.live === 1, found: row?.found === 1, sessions: ended.map((session) => session.id) };
}

/** Whether the caller's session, device and account are good. One statement. */
export async function isLive(db: D1Database, caller: Verified, now: number): Promise<boolean> {
  return (await ask(db.prepare(LIVE_SESSION).bind(caller.sessionId, now).first())) !== null;
}
