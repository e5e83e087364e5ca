/** An owner erases the account: one batch that checks the caller, marks the account and erases what is marked. */
import type { SessionId } from "../auth/ids.ts";
import { ACCOUNT_OF_SESSION, LIVE_SESSION, PROVEN_SESSION } from "../auth/live-session.ts";
import { erasingMarked } from "../erase-store.ts";
import { ask } from "../storage.ts";

/** What erasing came to. `sessions` are those that ended with the account. */
export type Erasure =
  | { readonly outcome: "erased"; readonly sessions: readonly SessionId[] }
  | { readonly outcome: "session_over" | "password_needed" };

const CHECK = `SELECT EXISTS (${LIVE_SESSION}) AS live, EXISTS (${PROVEN_SESSION}) AS proven`;

const MARK = `UPDATE accounts SET erased_at = ?2 WHERE id = ${ACCOUNT_OF_SESSION} AND EXISTS (${PROVEN_SESSION})`;

/** Erases the account of a session at `now` (milliseconds). `provesPassword` is `?3` of `PROVEN_SESSION`. One batch. */
export async function eraseAccount(
  db: D1Database,
  sessionId: SessionId,
  provesPassword: 0 | 1,
  now: number,
): Promise<Erasure> {
  const statements = [CHECK, MARK].map((sql) => db.prepare(sql).bind(sessionId, now, provesPassword));
  const [check, , ended] = await ask(db.batch([...statements, ...erasingMarked(db, now)]));
  // Rows have the columns of their own statement.
  const row = check?.results[0] as { live: number; proven: number } | undefined;
  if (!row?.live) return { outcome: "session_over" };
  if (!row.proven) return { outcome: "password_needed" };
  return { outcome: "erased", sessions: ((ended?.results ?? []) as { id: SessionId }[]).map(({ id }) => id) };
}
