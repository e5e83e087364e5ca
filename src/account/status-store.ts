/** One account's own figures, read in the statement that also tells whether the session may ask. */
import type { Verified } from "../auth/access-token.ts";
import { ask } from "../storage.ts";

/** What an owner sees of the account. Times are milliseconds. */
export interface AccountStatus {
  readonly accountCreatedAt: number;
  readonly deviceName: string | null;
  readonly platform: string | null;
  readonly appVersion: string | null;
  readonly signedInAt: number;
  readonly rotatedAt: number;
  readonly idleExpiresAt: number;
  /** Characters reserved today by this account, and by all. */
  readonly spentByAccount: number;
  readonly spentInAll: number;
}

const STATUS = `
SELECT a.created_at AS accountCreatedAt, v.name AS deviceName, v.platform, v.app_version AS appVersion,
  s.signed_in_at AS signedInAt, s.rotated_at AS rotatedAt, s.idle_expires_at AS idleExpiresAt,
  coalesce((SELECT characters FROM spent WHERE day = ?4 AND subject = 'account:' || a.id), 0) AS spentByAccount,
  coalesce((SELECT characters FROM spent WHERE day = ?4 AND subject = 'total'), 0) AS spentInAll
FROM sessions s JOIN accounts a ON a.id = s.account_id JOIN devices v ON v.id = s.device_id
WHERE s.id = ?1 AND s.account_id = ?2 AND s.revoked_at IS NULL AND s.idle_expires_at > ?3 AND s.absolute_expires_at > ?3
  AND a.blocked_at IS NULL`;

/** The caller's status at `now`; `undefined` where session, device or account is no longer good. One statement. */
export async function readStatus(
  db: D1Database,
  caller: Verified,
  now: number,
  day: string,
): Promise<AccountStatus | undefined> {
  const row = await ask(db.prepare(STATUS).bind(caller.sessionId, caller.accountId, now, day).first<AccountStatus>());
  return row ?? undefined;
}
