/** An account's transfer code: made, looked at, taken back. Its redemption is a join (`auth/join.ts`). */
import type { Verified } from "../auth/access-token.ts";
import type { DeviceId } from "../auth/ids.ts";
import { ACCOUNT_OF_SESSION, LIVE_SESSION } from "../auth/live-session.ts";
import { ask } from "../storage.ts";

const MAKE = `
INSERT INTO transfer_codes (account_id, code_hash, device_id, created_at, expires_at)
SELECT s.account_id, ?3, s.device_id, ?2, ?4 FROM sessions s WHERE s.id = ?1 AND EXISTS (${LIVE_SESSION})
ON CONFLICT (account_id) DO UPDATE SET code_hash = excluded.code_hash, device_id = excluded.device_id,
  created_at = excluded.created_at, expires_at = excluded.expires_at, used_by = NULL, used_at = NULL`;

/** Makes a code in place of the one before. False where the session is over. One statement. */
export async function makeTransferCode(
  db: D1Database,
  caller: Verified,
  codeHash: string,
  now: number,
  expiresAt: number,
): Promise<boolean> {
  const { meta } = await ask(db.prepare(MAKE).bind(caller.sessionId, now, codeHash, expiresAt).run());
  return meta.changes > 0;
}

/** A code as its maker sees it. Times are milliseconds. */
export interface TransferCode {
  readonly expiresAt: number;
  readonly usedAt: number | null;
  readonly usedById: DeviceId | null;
  readonly usedByName: string | null;
}

const LIVE = `SELECT EXISTS (${LIVE_SESSION}) AS live`;

const LOOK = `
SELECT t.expires_at AS expiresAt, t.used_at AS usedAt, t.used_by AS usedById, v.name AS usedByName
FROM transfer_codes t LEFT JOIN devices v ON v.id = t.used_by AND v.account_id = t.account_id
WHERE t.account_id = ${ACCOUNT_OF_SESSION} AND EXISTS (${LIVE_SESSION})`;

/** The account's latest code, used or expired though it be; `undefined` where the session is over. One batch. */
export async function readTransferCode(
  db: D1Database,
  caller: Verified,
  now: number,
): Promise<{ readonly code: TransferCode | undefined } | undefined> {
  const [live, look] = await ask(db.batch([LIVE, LOOK].map((sql) => db.prepare(sql).bind(caller.sessionId, now))));
  // Rows have the columns of their own statement.
  if (!(live?.results[0] as { live: number } | undefined)?.live) return undefined;
  return { code: look?.results[0] as TransferCode | undefined };
}

const TAKE_BACK = `DELETE FROM transfer_codes WHERE account_id = ${ACCOUNT_OF_SESSION} AND EXISTS (${LIVE_SESSION})`;

/** Takes the code back. False where the session is over. One batch. */
export async function takeTransferCodeBack(db: D1Database, caller: Verified, now: number): Promise<boolean> {
  const [live] = await ask(db.batch([LIVE, TAKE_BACK].map((sql) => db.prepare(sql).bind(caller.sessionId, now))));
  // Rows have the columns of their own statement.
  return (live?.results[0] as { live: number } | undefined)?.live === 1;
}
