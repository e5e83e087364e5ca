/**
 * The purge of idle accounts, where the operator asks for one (`ACCOUNT_IDLE_DAYS`): those of apps that were tried once
 * and left. Whatever anybody could miss keeps an account: entries, tombstones that other phones wait for, a way back in,
 * a block or a removed device, which must stay refused, and events that the operator may still look at.
 */
import { PURGE_ACCOUNTS, PURGE_ROUNDS } from "./bounds.ts";
import { erasingMarked } from "./erase-store.ts";
import { ask } from "./storage.ts";

// ?1 now, ?2 seen before that, ?3 the id to begin behind, ?4 accounts at most. The account's own columns stand first:
// they cost no further look-up.
const MARK = `
UPDATE accounts SET erased_at = ?1 WHERE id IN (
  SELECT a.id FROM accounts a
  WHERE a.id > ?3 AND a.created_at < ?2 AND a.blocked_at IS NULL AND a.email IS NULL AND a.recovery_hash IS NULL
    AND NOT EXISTS (SELECT 1 FROM entries WHERE account_id = a.id)
    AND NOT EXISTS (SELECT 1 FROM transfer_codes WHERE account_id = a.id AND expires_at > ?1)
    AND NOT EXISTS (SELECT 1 FROM events WHERE account_id = a.id)
    AND NOT EXISTS (SELECT 1 FROM devices WHERE account_id = a.id AND (removed_at IS NOT NULL OR last_seen_at >= ?2))
    AND NOT EXISTS (SELECT 1 FROM sessions WHERE account_id = a.id AND rotated_at >= ?2)
    AND (SELECT count(*) FROM devices WHERE account_id = a.id) < 2
  ORDER BY a.id LIMIT ?4)
RETURNING id`;

/**
 * Erases the accounts that nobody has used for `idleMs` milliseconds and nobody can miss, at most `PURGE_ROUNDS` batches
 * of them; each goes on behind the one before it, so that a run looks at every account once. How many went.
 */
export async function purgeIdleAccounts(db: D1Database, now: number, idleMs: number): Promise<number> {
  let purged = 0;
  let last = "";
  for (let round = 0; round < PURGE_ROUNDS; round += 1) {
    const mark = db.prepare(MARK).bind(now, now - idleMs, last, PURGE_ACCOUNTS);
    const [marked] = await ask(db.batch<{ id: string }>([mark, ...erasingMarked(db, now)]));
    const ids = (marked?.results ?? []).map(({ id }) => id);
    purged += ids.length;
    if (ids.length < PURGE_ACCOUNTS) break;
    // RETURNING has an order of its own.
    last = ids.toSorted().at(-1) ?? last;
  }
  return purged;
}
