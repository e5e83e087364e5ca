/** Reading an account's entries: pages in order of revision for a pull, and one entry. On the primary, with the account's figures. */
import type { SessionId } from "../auth/ids.ts";
import { ACCOUNT_OF_SESSION, LIVE_SESSION } from "../auth/live-session.ts";
import { ask } from "../storage.ts";

/** An entry or a tombstone as it is stored. */
export interface EntryRow {
  readonly id: string;
  readonly rev: number;
  readonly deleted: number;
  readonly content: string;
}

/** The account's figures, from which its stamps are made. */
export interface AccountFigures {
  readonly revision: number;
  readonly floor: number;
  readonly epoch: number;
  readonly entryCount: number;
  readonly entryBytes: number;
}

/** The statement for the figures, for a batch; no row where the session is over. */
export function readingFigures(db: D1Database, sessionId: SessionId, now: number): D1PreparedStatement {
  return db.prepare(FIGURES).bind(sessionId, now);
}

const FIGURES = `
SELECT a.revision, a.floor, d.epoch, a.entry_count AS entryCount, a.entry_bytes AS entryBytes FROM accounts a, deployment d
WHERE a.id = ${ACCOUNT_OF_SESSION} AND EXISTS (${LIVE_SESSION})`;

const PAGE = `
SELECT id, rev, deleted, content FROM entries
WHERE account_id = ${ACCOUNT_OF_SESSION} AND rev > ?3 AND EXISTS (${LIVE_SESSION}) ORDER BY rev LIMIT ?4`;

/** Entries after a revision with the figures of the same moment; `undefined` where the session is over. One batch. */
export async function readPage(
  db: D1Database,
  sessionId: SessionId,
  after: number,
  limit: number,
  now: number,
): Promise<{ readonly figures: AccountFigures; readonly rows: readonly EntryRow[] } | undefined> {
  const [figures, page] = await ask(
    db.batch([readingFigures(db, sessionId, now), db.prepare(PAGE).bind(sessionId, now, after, limit)]),
  );
  // Rows have the columns of their own statement.
  const row = figures?.results[0] as AccountFigures | undefined;
  return row && { figures: row, rows: (page?.results ?? []) as EntryRow[] };
}

const ONE = `
SELECT id, rev, deleted, content FROM entries
WHERE account_id = ${ACCOUNT_OF_SESSION} AND id = ?3 AND deleted = 0 AND EXISTS (${LIVE_SESSION})`;

/** One entry; `undefined` where the session is over, `entry` absent where there is none. One batch. */
export async function readEntry(
  db: D1Database,
  sessionId: SessionId,
  id: string,
  now: number,
): Promise<{ readonly figures: AccountFigures; readonly entry: EntryRow | undefined } | undefined> {
  const [figures, one] = await ask(
    db.batch([readingFigures(db, sessionId, now), db.prepare(ONE).bind(sessionId, now, id)]),
  );
  // Rows have the columns of their own statement.
  const row = figures?.results[0] as AccountFigures | undefined;
  return row && { figures: row, entry: one?.results[0] as EntryRow | undefined };
}
