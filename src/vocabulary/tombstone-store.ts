/** The purge of tombstones: those that are older than half a year, and the oldest of accounts that have too many. */
import { PURGE_ACCOUNTS, TOMBSTONE_DAYS, TOMBSTONES_PER_ACCOUNT } from "../bounds.ts";
import { ask } from "../storage.ts";

const DAY_MS = 86_400_000;

// Per account the highest revision of a tombstone that may go: by age, or because enough newer ones are there.
const DUE = `
SELECT account_id, max(rev) AS rev FROM (
  SELECT account_id, rev, changed_at, row_number() OVER (PARTITION BY account_id ORDER BY rev DESC) AS place FROM entries WHERE deleted = 1)
WHERE changed_at < ?1 OR place > ?2 GROUP BY account_id LIMIT ?3`;

const RAISE_FLOOR = "UPDATE accounts SET floor = max(floor, ?2) WHERE id = ?1";
const PURGE = "DELETE FROM entries WHERE account_id = ?1 AND deleted = 1 AND rev <= ?2";

/** Purges tombstones of up to `PURGE_ACCOUNTS` accounts, and raises each one's floor in the same batch. How many went. */
export async function purgeTombstones(db: D1Database, now: number): Promise<number> {
  const due = db.prepare(DUE).bind(now - TOMBSTONE_DAYS * DAY_MS, TOMBSTONES_PER_ACCOUNT, PURGE_ACCOUNTS);
  const { results } = await ask(due.all<{ account_id: string; rev: number }>());
  if (results.length === 0) return 0;
  const purges = results.flatMap(({ account_id, rev }) =>
    [RAISE_FLOOR, PURGE].map((sql) => db.prepare(sql).bind(account_id, rev)),
  );
  const answers = await ask(db.batch(purges));
  return answers.reduce((sum, { meta }, index) => sum + (index % 2 === 1 ? meta.changes : 0), 0);
}
