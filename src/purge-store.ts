/** Deletes what is over, in bounded batches: cron's statements, one for each kind of row that ages. */
import {
  ADDRESS_DAYS,
  ALERT_DAYS,
  ENDED_SESSION_DAYS,
  EVENT_DAYS,
  PURGE_ROUNDS,
  PURGE_ROWS,
  REVOCATION_MARGIN_SECONDS,
  SPENT_DAYS,
} from "./bounds.ts";
import { utcDayBefore, utcHour } from "./days.ts";
import { ask } from "./storage.ts";

const DAY_MS = 86_400_000;

const LAPSED_SESSIONS =
  "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE absolute_expires_at < ?1 ORDER BY absolute_expires_at LIMIT ?2)";
const REVOKED_SESSIONS =
  "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE revoked_at < ?1 ORDER BY revoked_at LIMIT ?2)";
const ENDED_SESSIONS =
  "DELETE FROM ended_sessions WHERE session_id IN (SELECT session_id FROM ended_sessions WHERE ended_at < ?1 LIMIT ?2)";
const ENROLMENTS =
  "DELETE FROM enrolments WHERE (day, subject) IN (SELECT day, subject FROM enrolments WHERE day < ?1 LIMIT ?2)";
const SPENT = "DELETE FROM spent WHERE (day, subject) IN (SELECT day, subject FROM spent WHERE day < ?1 LIMIT ?2)";
const SPENT_BY_ADDRESS =
  "DELETE FROM spent WHERE (day, subject) IN (SELECT day, subject FROM spent WHERE day < ?1 AND subject LIKE 'new-ip:%' LIMIT ?2)";
const HITS = "DELETE FROM hits WHERE (day, tier) IN (SELECT day, tier FROM hits WHERE day < ?1 LIMIT ?2)";
const EVENTS = "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < ?1 LIMIT ?2)";
const ALERTS =
  "DELETE FROM alerts WHERE (hour, subject) IN (SELECT hour, subject FROM alerts WHERE hour < ?1 LIMIT ?2)";

/** What a run of purges did: rows by kind, and the database's size after it in bytes. */
export interface Purged {
  readonly rows: Readonly<Record<string, number>>;
  readonly databaseBytes: number;
}

/** Deletes every kind of row that is over at `now` (milliseconds), at most `PURGE_ROUNDS` batches of each. */
export async function purge(db: D1Database, now: number, accessTtlSeconds: number): Promise<Purged> {
  const ends = now - ENDED_SESSION_DAYS * DAY_MS;
  const kinds: readonly [name: string, sql: string, before: string | number][] = [
    ["lapsedSessions", LAPSED_SESSIONS, ends],
    ["revokedSessions", REVOKED_SESSIONS, ends],
    ["endedSessions", ENDED_SESSIONS, now - (accessTtlSeconds + REVOCATION_MARGIN_SECONDS) * 1000],
    ["enrolments", ENROLMENTS, utcDayBefore(now, ADDRESS_DAYS)],
    ["spent", SPENT, utcDayBefore(now, SPENT_DAYS)],
    ["spentByAddress", SPENT_BY_ADDRESS, utcDayBefore(now, ADDRESS_DAYS)],
    ["hits", HITS, utcDayBefore(now, EVENT_DAYS)],
    ["events", EVENTS, now - EVENT_DAYS * DAY_MS],
    ["alerts", ALERTS, utcHour(now - ALERT_DAYS * DAY_MS)],
  ];
  const rows: Record<string, number> = {};
  let databaseBytes = 0;
  for (const [name, sql, before] of kinds) {
    rows[name] = 0;
    for (let round = 0; round < PURGE_ROUNDS; round += 1) {
      const { meta } = await ask(db.prepare(sql).bind(before, PURGE_ROWS).run());
      rows[name] += meta.changes;
      databaseBytes = meta.size_after;
      if (meta.changes < PURGE_ROWS) break;
    }
  }
  return { rows, databaseBytes };
}
