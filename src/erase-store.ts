/**
 * Erasing accounts, whole: the statements that leave no row about them. A batch first marks the accounts (`erased_at`)
 * under whatever condition is its own, then runs these. Their sessions' ids go to `ended_sessions`, where the revocation
 * snapshot finds them while access tokens of theirs may live. Rows under a keyed hash (of an address or an email) are
 * nobody's any more once the account is gone, and are left to age.
 */

const ERASED = "(SELECT id FROM accounts WHERE erased_at IS NOT NULL)";
const THEIR_DEVICES = `(SELECT id FROM devices WHERE account_id IN ${ERASED})`;

/** Sessions that ended longer ago are in every snapshot that still needs them. */
const LATELY_MS = 86_400_000;

// Spares the tables without an index by account a scan in the many batches that erase nothing.
const ANY = "EXISTS (SELECT 1 FROM accounts WHERE erased_at IS NOT NULL)";

const KEEP_ENDED = `
INSERT INTO ended_sessions (session_id, ended_at)
SELECT id, ?1 FROM sessions WHERE account_id IN ${ERASED} AND (revoked_at IS NULL OR revoked_at > ?2)
ON CONFLICT DO NOTHING RETURNING session_id AS id`;

/** SQL for the days of `spent`, whose primary key begins with them: found one by one, where a scan would read every account's. */
export const DAYS_SPENT = `
(WITH RECURSIVE days (day) AS (
  SELECT min(day) FROM spent UNION ALL SELECT (SELECT min(day) FROM spent WHERE day > days.day) FROM days WHERE day IS NOT NULL)
SELECT day FROM days WHERE day IS NOT NULL)`;

const SPENT = `
DELETE FROM spent WHERE ${ANY} AND day IN ${DAYS_SPENT} AND subject IN (SELECT 'account:' || id FROM accounts WHERE erased_at IS NOT NULL)`;

const FAILURES = `
DELETE FROM failures WHERE ${ANY} AND subject IN (
  SELECT 'device:' || id FROM devices WHERE account_id IN ${ERASED} UNION ALL SELECT 'taken:' || id FROM accounts WHERE erased_at IS NOT NULL)`;

// A device of theirs may have made or used the code of an account that it was in before.
const TRANSFER_CODES = `
DELETE FROM transfer_codes WHERE ${ANY} AND (account_id IN ${ERASED} OR device_id IN ${THEIR_DEVICES} OR used_by IN ${THEIR_DEVICES})`;

// What refers to others goes before them.
const ROWS = [
  SPENT,
  FAILURES,
  TRANSFER_CODES,
  `DELETE FROM entries WHERE account_id IN ${ERASED}`,
  `DELETE FROM events WHERE account_id IN ${ERASED}`,
  `DELETE FROM alerts WHERE ${ANY} AND substr(subject, instr(subject, ':') + 1) IN ${ERASED}`,
  `DELETE FROM sessions WHERE account_id IN ${ERASED}`,
  `DELETE FROM devices WHERE account_id IN ${ERASED}`,
  "DELETE FROM accounts WHERE erased_at IS NOT NULL",
];

/** The statements of a batch that erase the accounts marked before them; the first gives the ids of the sessions that ended. */
export function erasingMarked(db: D1Database, now: number): readonly D1PreparedStatement[] {
  return [db.prepare(KEEP_ENDED).bind(now, now - LATELY_MS), ...ROWS.map((sql) => db.prepare(sql))];
}
