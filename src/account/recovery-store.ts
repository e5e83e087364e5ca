/** The hash of an account's recovery code: kept, replaced, deleted. Coming in with the code is a join (`auth/join.ts`). */
import type { Verified } from "../auth/access-token.ts";
import { ACCOUNT_OF_SESSION, LIVE_SESSION, PROVEN_SESSION } from "../auth/live-session.ts";
import { ask } from "../storage.ts";

const LIVE = `SELECT EXISTS (${LIVE_SESSION}) AS live`;

const KEEP = `UPDATE accounts SET recovery_hash = ?4 WHERE id = ${ACCOUNT_OF_SESSION} AND EXISTS (${PROVEN_SESSION})`;

/** What came of it. */
export type Kept = "kept" | "session_over" | "password_needed";

/** Keeps the hash of a recovery code in place of the one before; `null` for none. One batch. */
export async function keepRecoveryHash(
  db: D1Database,
  caller: Verified,
  provesPassword: 0 | 1,
  hash: string | null,
  now: number,
): Promise<Kept> {
  const [live, keep] = await ask(
    db.batch([
      db.prepare(LIVE).bind(caller.sessionId, now),
      db.prepare(KEEP).bind(caller.sessionId, now, provesPassword, hash),
    ]),
  );
  // Rows have the columns of their own statement.
  if (!(live?.results[0] as { live: number } | undefined)?.live) return "session_over";
  return keep?.meta.changes === 0 ? "password_needed" : "kept";
}
