/** Events in D1, and the hour's count of alerts, which decides whether one is sent: in the batch that writes the event. */
import { ALERTS_PER_HOUR } from "../bounds.ts";
import { utcHour } from "../days.ts";
import { ask } from "../storage.ts";
import type { EventKind, SecurityEvent } from "./event.ts";

// Written behind an answer, an event may come after its account was erased: then it names neither account nor session.
const RECORD = `
INSERT INTO events (at, kind, severity, account_id, session_id, cause)
VALUES (?1, ?2, ?3, (SELECT id FROM accounts WHERE id = ?4), (SELECT id FROM sessions WHERE id = ?5), ?6)`;

const SUBJECT = "?2 || ':' || coalesce((SELECT id FROM accounts WHERE id = ?3), '')";

const COUNT_SUBJECT = `
INSERT INTO alerts (hour, subject, count) VALUES (?1, ${SUBJECT}, 1)
ON CONFLICT (hour, subject) DO UPDATE SET count = count + 1
RETURNING count`;

// Counts in the hour's sum only what is the first of its subject.
const COUNT_ALL = `
INSERT INTO alerts (hour, subject, count)
SELECT ?1, 'all', 1 WHERE (SELECT count FROM alerts WHERE hour = ?1 AND subject = ${SUBJECT}) = 1
ON CONFLICT (hour, subject) DO UPDATE SET count = count + 1
RETURNING count`;

/** Writes an event. Whether it is to be alerted: the first of its kind and account in the hour, and among the first twenty. */
export async function recordEvent(db: D1Database, event: SecurityEvent, now: number): Promise<boolean> {
  const { kind, severity, account, session, cause } = event;
  const record = db.prepare(RECORD).bind(now, kind, severity, account ?? null, session ?? null, cause ?? null);
  if (severity === "info") {
    await ask(record.run());
    return false;
  }
  const hour = utcHour(now);
  // Alarms of one kind with different causes are different news: the newcomers' share and the whole budget, say.
  const told = severity === "alarm" && cause !== undefined ? `${kind} (${cause.replaceAll(":", "")})` : kind;
  const counted = (sql: string) => db.prepare(sql).bind(hour, told, account ?? null);
  const [, , all] = await ask(db.batch<{ count: number }>([record, counted(COUNT_SUBJECT), counted(COUNT_ALL)]));
  const alerted = all?.results[0]?.count;
  return alerted !== undefined && alerted <= ALERTS_PER_HOUR;
}

/** An hour that had more alerts than were sent. */
interface UnsentHour {
  readonly hour: string;
  readonly events: number;
}

const UNSENT = `
SELECT hour, (SELECT sum(count) FROM alerts a WHERE a.hour = alerts.hour AND a.subject <> 'all') AS events
FROM alerts WHERE subject = 'all' AND hour < ?1 AND count > ?2 ORDER BY hour`;

/** Hours before `now` that had more alerts than were sent and have not been summed yet, the oldest first. */
export async function listUnsent(db: D1Database, now: number): Promise<readonly UnsentHour[]> {
  const { results } = await ask(db.prepare(UNSENT).bind(utcHour(now), ALERTS_PER_HOUR).all<UnsentHour>());
  return results;
}

/** An hour's sum was sent. */
export async function markSent(db: D1Database, hour: string): Promise<void> {
  const sql = "UPDATE alerts SET count = ?2 WHERE hour = ?1 AND subject = 'all'";
  await ask(db.prepare(sql).bind(hour, ALERTS_PER_HOUR).run());
}

/** Whether an event of that kind was recorded at `since` (milliseconds) or later. */
export async function wasSeenSince(db: D1Database, kind: EventKind, since: number): Promise<boolean> {
  const row = await ask(
    db.prepare("SELECT 1 FROM events WHERE at >= ?1 AND kind = ?2 LIMIT 1").bind(since, kind).first(),
  );
  return row !== null;
}
