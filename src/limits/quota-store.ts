/**
 * The characters that may be forwarded in a UTC day: reserved before, settled after. The session is checked in the
 * reserving statement itself, so a session that was ended spends nothing.
 */
import type { SessionId } from "../auth/ids.ts";
import { ask } from "../storage.ts";

/** Whose day's characters are counted, and what they may come to. */
export interface QuotaSubject {
  readonly subject: string;
  readonly cap: number;
}

/** A reserve, as it is asked for and settled. */
export interface Reserve {
  readonly day: string;
  readonly characters: number;
  readonly subjects: readonly QuotaSubject[];
}

/** What reserving came to. `left` is the least that any subject has left now; `full` names a subject that had not enough. */
export type ReserveResult =
  | { readonly outcome: "reserved"; readonly left: number }
  | { readonly outcome: "full"; readonly subject: string; readonly left: number }
  | { readonly outcome: "session_over" };

const LIVE_SESSION = `
SELECT 1 FROM sessions s JOIN accounts a ON a.id = s.account_id JOIN devices v ON v.id = s.device_id
WHERE s.id = ?1 AND s.revoked_at IS NULL AND s.idle_expires_at > ?5 AND s.absolute_expires_at > ?5 AND a.blocked_at IS NULL`;

const RESERVE = `
INSERT INTO spent (day, subject, characters)
SELECT ?2, j.value ->> 'subject', ?3 FROM json_each(?4) j
WHERE EXISTS (${LIVE_SESSION})
  AND NOT EXISTS (SELECT 1 FROM json_each(?4) k LEFT JOIN spent x ON x.day = ?2 AND x.subject = k.value ->> 'subject'
                  WHERE coalesce(x.characters, 0) + ?3 > k.value ->> 'cap')
ON CONFLICT (day, subject) DO UPDATE SET characters = characters + excluded.characters
RETURNING subject, characters`;

const WHY_REFUSED = `
SELECT EXISTS (${LIVE_SESSION}) AS live,
  (SELECT k.value ->> 'subject' FROM json_each(?4) k LEFT JOIN spent x ON x.day = ?2 AND x.subject = k.value ->> 'subject'
   WHERE coalesce(x.characters, 0) + ?3 > k.value ->> 'cap' ORDER BY k.key LIMIT 1) AS subject,
  (SELECT min((k.value ->> 'cap') - coalesce(x.characters, 0)) FROM json_each(?4) k
   LEFT JOIN spent x ON x.day = ?2 AND x.subject = k.value ->> 'subject') AS remaining`;

/** Reserves characters on every subject or on none. One statement; a refusal reads once more to tell why. */
export async function reserveCharacters(
  db: D1Database,
  sessionId: SessionId,
  reserve: Reserve,
  now: number,
): Promise<ReserveResult> {
  const { day, characters, subjects } = reserve;
  const values = [sessionId, day, characters, JSON.stringify(subjects), now];
  const { results } = await ask(
    db
      .prepare(RESERVE)
      .bind(...values)
      .all<{ subject: string; characters: number }>(),
  );
  if (results.length > 0) {
    const spent = new Map(results.map((row) => [row.subject, row.characters]));
    return {
      outcome: "reserved",
      left: Math.min(...subjects.map(({ subject, cap }) => cap - (spent.get(subject) ?? 0))),
    };
  }
  const why = await ask(
    db
      .prepare(WHY_REFUSED)
      .bind(...values)
      .first<{ live: number; subject: string | null; remaining: number }>(),
  );
  if (!why?.live) return { outcome: "session_over" };
  // Room that came back between the two statements counts for the next request.
  return { outcome: "full", subject: why.subject ?? subjects[0]?.subject ?? "", left: why.remaining };
}

const GIVE_BACK = `
UPDATE spent SET characters = max(0, characters - ?1) WHERE day = ?2 AND subject IN (SELECT value ->> 'subject' FROM json_each(?3))`;

/** Gives characters back to the reserve's own day and subjects. */
export async function giveBack(db: D1Database, reserve: Reserve, characters: number): Promise<void> {
  await ask(db.prepare(GIVE_BACK).bind(characters, reserve.day, JSON.stringify(reserve.subjects)).run());
}
