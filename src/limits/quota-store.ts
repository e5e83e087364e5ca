/**
 * The characters that may be forwarded in a UTC day: reserved before, settled after. The session is checked in the
 * reserving statement itself, so a session that was ended spends nothing; and whether the account is new, too, so that
 * no read is needed to know which caps hold.
 */

import type { SessionId } from "../auth/ids.ts";
import { LIVE_SESSION } from "../auth/live-session.ts";
import { NEW_ACCOUNT_MS } from "../bounds.ts";
import { ask } from "../storage.ts";

/** Whose day's characters are counted, and what they may come to. */
export interface QuotaSubject {
  readonly subject: string;
  /** Absent: it counts new accounts only. */
  readonly cap?: number;
  /** In place of `cap` while the account is new. */
  readonly newCap?: number;
}

/** A reserve, as it is asked for. */
export interface Reserve {
  readonly day: string;
  readonly characters: number;
  readonly subjects: readonly QuotaSubject[];
}

/** A subject that was counted, after the reserve. */
export interface Counted {
  readonly subject: string;
  readonly cap: number;
  readonly characters: number;
}

/** What reserving came to. `counted` are the subjects that held; `full` names one that had not enough; `left` is the least that any has. */
export type ReserveResult =
  | { readonly outcome: "reserved"; readonly counted: readonly Counted[] }
  | { readonly outcome: "full"; readonly subject: string; readonly left: number }
  | { readonly outcome: "session_over" };

// No row where the session is over. `cap` is null where the subject does not count this account.
const SUBJECTS = `
WITH caller AS MATERIALIZED (
  SELECT a.created_at > ?2 - ${NEW_ACCOUNT_MS} AS is_new FROM sessions o JOIN accounts a ON a.id = o.account_id
  WHERE o.id = ?1 AND EXISTS (${LIVE_SESSION})),
subjects AS MATERIALIZED (
  SELECT j.value ->> 'subject' AS subject,
    CASE WHEN is_new THEN coalesce(j.value ->> 'newCap', j.value ->> 'cap') ELSE j.value ->> 'cap' END AS cap, j.key AS rank
  FROM json_each(?5) j, caller),
full AS MATERIALIZED (
  SELECT t.subject FROM subjects t LEFT JOIN spent x ON x.day = ?3 AND x.subject = t.subject
  WHERE coalesce(x.characters, 0) + ?4 > t.cap ORDER BY t.rank)`;

const RESERVE = `${SUBJECTS}
INSERT INTO spent (day, subject, characters)
SELECT ?3, subject, ?4 FROM subjects WHERE cap IS NOT NULL AND NOT EXISTS (SELECT 1 FROM full)
ON CONFLICT (day, subject) DO UPDATE SET characters = characters + excluded.characters
RETURNING subject, characters`;

const WHY_REFUSED = `${SUBJECTS}
SELECT EXISTS (SELECT 1 FROM caller) AS live, (SELECT subject FROM full LIMIT 1) AS subject,
  (SELECT min(t.cap - coalesce(x.characters, 0)) FROM subjects t LEFT JOIN spent x ON x.day = ?3 AND x.subject = t.subject) AS remaining`;

function capOf({ cap, newCap }: QuotaSubject, isNew: boolean): number {
  return (isNew ? newCap : cap) ?? cap ?? 0;
}

/** Reserves characters on every subject that counts the account, or on none. One statement; a refusal reads once more to tell why. */
export async function reserveCharacters(
  db: D1Database,
  sessionId: SessionId,
  reserve: Reserve,
  now: number,
): Promise<ReserveResult> {
  const { day, characters, subjects } = reserve;
  const values = [sessionId, now, day, characters, JSON.stringify(subjects)];
  const reserving = db.prepare(RESERVE).bind(...values);
  const { results } = await ask(reserving.all<{ subject: string; characters: number }>());
  if (results.length > 0) {
    const spent = new Map(results.map((row) => [row.subject, row.characters]));
    const isNew = subjects.some(({ subject, cap }) => cap === undefined && spent.has(subject));
    const counted = subjects.flatMap((each) => {
      const sum = spent.get(each.subject);
      return sum === undefined ? [] : [{ subject: each.subject, cap: capOf(each, isNew), characters: sum }];
    });
    return { outcome: "reserved", counted };
  }
  const asking = db.prepare(WHY_REFUSED).bind(...values);
  const why = await ask(asking.first<{ live: number; subject: string | null; remaining: number }>());
  if (!why?.live) return { outcome: "session_over" };
  // Room that came back between the two statements counts for the next request.
  return { outcome: "full", subject: why.subject ?? subjects[0]?.subject ?? "", left: why.remaining };
}

const READ = `${SUBJECTS}
SELECT t.subject, t.cap, coalesce(x.characters, 0) AS characters
FROM subjects t LEFT JOIN spent x ON x.day = ?3 AND x.subject = t.subject WHERE t.cap IS NOT NULL ORDER BY t.rank`;

/** The statement that reads what counts the account today, for a batch: rows of `Counted`, none where the session is over. */
export function readingQuota(
  db: D1Database,
  sessionId: SessionId,
  day: string,
  subjects: readonly QuotaSubject[],
  now: number,
): D1PreparedStatement {
  return db.prepare(READ).bind(sessionId, now, day, 0, JSON.stringify(subjects));
}

const GIVE_BACK = `
UPDATE spent SET characters = max(0, characters - ?1) WHERE day = ?2 AND subject IN (SELECT value FROM json_each(?3))`;

/** Gives characters back to the day and the subjects that they were reserved on. */
export async function giveBack(
  db: D1Database,
  day: string,
  subjects: readonly string[],
  characters: number,
): Promise<void> {
  await ask(db.prepare(GIVE_BACK).bind(characters, day, JSON.stringify(subjects)).run());
}
