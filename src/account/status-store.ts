/** An account's own figures, read in one batch that also tells whether the session may ask. */
import type { Verified } from "../auth/access-token.ts";
import { LIVE_SESSION } from "../auth/live-session.ts";
import { USAGE_DAYS } from "../bounds.ts";
import { utcDay, utcDayBefore } from "../days.ts";
import { DAYS_SPENT } from "../erase-store.ts";
import { type Counted, type QuotaSubject, readingQuota } from "../limits/quota-store.ts";
import { ask } from "../storage.ts";

/** What an owner sees of the account. Times are milliseconds. */
export interface AccountStatus {
  readonly accountCreatedAt: number;
  readonly email: string | null;
  readonly hasRecoveryCode: number;
  readonly deviceName: string | null;
  readonly platform: string | null;
  readonly appVersion: string | null;
  readonly signedInAt: number;
  readonly rotatedAt: number;
  readonly idleExpiresAt: number;
  readonly entryCount: number;
  readonly entryBytes: number;
}

const STATUS = `
SELECT a.created_at AS accountCreatedAt, a.email, a.recovery_hash IS NOT NULL AS hasRecoveryCode, v.name AS deviceName, v.platform, v.app_version AS appVersion,
  s.signed_in_at AS signedInAt, s.rotated_at AS rotatedAt, s.idle_expires_at AS idleExpiresAt,
  a.entry_count AS entryCount, a.entry_bytes AS entryBytes
FROM sessions s JOIN accounts a ON a.id = s.account_id JOIN devices v ON v.id = s.device_id
WHERE s.id = ?1 AND EXISTS (${LIVE_SESSION})`;

const SPENT_BY_DAY = `
SELECT day, characters FROM spent
WHERE subject = 'account:' || (SELECT account_id FROM sessions WHERE id = ?1) AND day > ?3 AND day IN ${DAYS_SPENT} AND EXISTS (${LIVE_SESSION})
ORDER BY day DESC`;

/** What counts the account's characters today; none of it where the session is over. */
export type Quota = readonly Counted[];

/** The caller's status and quota at `now`; `undefined` where session, device or account is no longer good. One batch. */
export async function readStatus(
  db: D1Database,
  caller: Verified,
  subjects: readonly QuotaSubject[],
  now: number,
): Promise<{ readonly status: AccountStatus; readonly quota: Quota } | undefined> {
  const [status, quota] = await ask(
    db.batch([
      db.prepare(STATUS).bind(caller.sessionId, now),
      readingQuota(db, caller.sessionId, utcDay(now), subjects, now),
    ]),
  );
  // Rows have the columns of their own statement.
  const row = status?.results[0] as AccountStatus | undefined;
  return row && { status: row, quota: (quota?.results ?? []) as Counted[] };
}

/** Characters of one UTC day. */
export interface DayUsage {
  readonly day: string;
  readonly characters: number;
}

/** The characters of the latest `USAGE_DAYS` days, the latest first, and the quota; `undefined` as above. One batch. */
export async function readUsage(
  db: D1Database,
  caller: Verified,
  subjects: readonly QuotaSubject[],
  now: number,
): Promise<{ readonly days: readonly DayUsage[]; readonly quota: Quota } | undefined> {
  const [days, quota] = await ask(
    db.batch([
      db.prepare(SPENT_BY_DAY).bind(caller.sessionId, now, utcDayBefore(now, USAGE_DAYS)),
      readingQuota(db, caller.sessionId, utcDay(now), subjects, now),
    ]),
  );
  // Rows have the columns of their own statement.
  const counted = (quota?.results ?? []) as Counted[];
  return counted.length === 0 ? undefined : { days: (days?.results ?? []) as DayUsage[], quota: counted };
}
