/** Entries filtered and searched for simple clients, in the order of their latest change. */
import type { SessionId } from "../auth/ids.ts";
import { ACCOUNT_OF_SESSION, LIVE_SESSION } from "../auth/live-session.ts";
import { ask } from "../storage.ts";
import { type AccountFigures, type EntryRow, readingFigures } from "./pull-store.ts";

/** What to list. Absent filters let everything through. */
export interface Filter {
  readonly language?: string | undefined;
  readonly translationLanguage?: string | undefined;
  readonly category?: string | undefined;
  readonly tag?: string | undefined;
  readonly favourite?: boolean | undefined;
  /** Part of the text, its translation, transliteration or note. */
  readonly q?: string | undefined;
}

/** A language tag, however it is spelled. */
const folded = (tag: string) => `lower(replace(${tag}, '_', '-'))`;

// SQLite folds the case of ASCII only; `spellings` are looked for because of all else. `instr`, because a LIKE pattern may
// have 50 bytes there.
const LIST = `
SELECT id, rev, deleted, content FROM entries
WHERE account_id = ${ACCOUNT_OF_SESSION} AND rev > ?3 AND deleted = 0 AND EXISTS (${LIVE_SESSION})
  AND (?5 ->> 'language' IS NULL OR ${folded("content ->> 'language'")} = ${folded("?5 ->> 'language'")})
  AND (?5 ->> 'translationLanguage' IS NULL
    OR ${folded("content ->> 'translationLanguage'")} = ${folded("?5 ->> 'translationLanguage'")})
  AND (?5 ->> 'category' IS NULL OR content ->> 'category' = ?5 ->> 'category')
  AND (?5 ->> 'favourite' IS NULL OR content ->> 'favourite' = ?5 ->> 'favourite')
  AND (?5 ->> 'tag' IS NULL OR EXISTS (SELECT 1 FROM json_each(content, '$.tags') t WHERE t.value = ?5 ->> 'tag'))
  AND (?5 ->> 'q' IS NULL OR EXISTS (
    SELECT 1 FROM json_each(?5 -> 'q') q, json_each(json_array('text', 'translation', 'transliteration', 'note')) f
    WHERE instr(lower(content ->> f.value), q.value) > 0))
ORDER BY rev LIMIT ?4`;

/** As SQLite's `lower`. */
const lowerAscii = (text: string) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/**
 * The words as they are, in the cases that JavaScript makes, composed and decomposed, each as SQLite folds it. A text that
 * mixes the cases of letters beyond ASCII in another way is not found.
 */
function spellings(q: string): readonly string[] {
  const lower = q.toLowerCase();
  const title = lower.charAt(0).toUpperCase() + lower.slice(1);
  const cases = [q, lower, q.toUpperCase(), title];
  const forms = cases.flatMap((spelling) => [spelling, spelling.normalize("NFC"), spelling.normalize("NFD")]);
  return [...new Set(forms.map(lowerAscii))];
}

/** Entries after a revision that pass the filter; `undefined` where the session is over. One batch. */
export async function listEntries(
  db: D1Database,
  sessionId: SessionId,
  filter: Filter,
  after: number,
  limit: number,
  now: number,
): Promise<{ readonly figures: AccountFigures; readonly rows: readonly EntryRow[] } | undefined> {
  const wanted = JSON.stringify({ ...filter, q: filter.q === undefined ? undefined : spellings(filter.q) });
  const [figures, list] = await ask(
    db.batch([readingFigures(db, sessionId, now), db.prepare(LIST).bind(sessionId, now, after, limit, wanted)]),
  );
  // Rows have the columns of their own statement.
  const row = figures?.results[0] as AccountFigures | undefined;
  return row && { figures: row, rows: (list?.results ?? []) as EntryRow[] };
}
