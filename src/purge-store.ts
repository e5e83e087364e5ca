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

const LAPSED_SESSIONS = "SELECT id FROM sessions WHERE absolute_expires_at < ?1 ORDER BY absolute_expires_at LIMIT ?2";
const REVOKED_SESSIONS = "SELECT id FROM sessions WHERE revoked_at < ?1 ORDER BY revoked_at LIMIT ?2";

// When a device refreshed last stands in its sessions: before they go, the device takes it over.
const keepLastSeen = (over: string) => `
UPDATE devices SET last_seen_at = o.seen_at
FROM (SELECT device_id, max(rotated_at) AS seen_at FROM sessions WHERE id IN (${over}) GROUP BY device_id) o
WHERE devices.id = o.device_id AND devices.last_seen_at < o.seen_at`;

const deleteSessions = (over: string) => `DELETE FROM sessions WHERE id IN (${over})`;

const ENDED_SESSIONS =
  "DELETE FROM ended_sessions WHERE session_id IN (SELECT session_id FROM ended_sessions WHERE ended_at < ?1 LIMIT ?2)";
const ENROLMENTS =
  "DELETE FROM enrolments WHERE (day, subject) IN (SELECT day, subject FROM enrolments WHERE day < ?1 LIMIT ?2)";
const SPENT = "DELETE FROM spent WHERE (day, subject) IN (SELECT day, subject FROM spent WHERE day < ?1 LIMIT ?2)";
const SPENT_BY_ADDRESS =
  "DELETE FROM spent WHERE (day, subject) IN (SELECT day, subject FROM spent WHERE day < ?1 AND subject LIKE 'new-ip:%' LIMIT ?2)";
const FAILURES =
  "DELETE FROM failures WHERE (period, subject) IN (SELECT period, subject FROM failures WHERE period < ?1 LIMIT ?2)";
const TRANSFER_CODES =
  "DELETE FROM transfer_codes WHERE account_id IN (SELECT account_id FROM transfer_codes WHERE expires_at < ?1 LIMIT ?2)";
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
  const kinds: readonly [name: string, sql: string, before: string | number, first?: string][] = [
    ["lapsedSessions", deleteSessions(LAPSED_SESSIONS), ends, keepLastSeen(LAPSED_SESSIONS)],
    ["revokedSessions", deleteSessions(REVOKED_SESSIONS), ends, keepLastSeen(REVOKED_SESSIONS)],
    ["endedSessions", ENDED_SESSIONS, now - (accessTtlSeconds + REVOCATION_MARGIN_SECONDS) * 1000],
    ["enrolments", ENROLMENTS, utcDayBefore(now, ADDRESS_DAYS)],
    ["spent", SPENT, utcDayBefore(now, SPENT_DAYS)],
    ["spentByAddress", SPENT_BY_ADDRESS, utcDayBefore(now, ADDRESS_DAYS)],
    ["failures", FAILURES, utcDayBefore(now, ADDRESS_DAYS)],
    ["transferCodes", TRANSFER_CODES, now - DAY_MS],
    ["hits", HITS, utcDayBefore(now, EVENT_DAYS)],
    ["events", EVENTS, now - EVENT_DAYS * DAY_MS],
    ["alerts", ALERTS, utcHour(now - ALERT_DAYS * DAY_MS)],
  ];
  const rows: Record<string, number> = {};
  let databaseBytes = 0;
  for (const [name, sql, before, first] of kinds) {
    rows[name] = 0;
    for (let round = 0; round < PURGE_ROUNDS; round += 1) {
      const due = (text: string) => db.prepare(text).bind(before, PURGE_ROWS);
      const answer =
        first === undefined ? await ask(due(sql).run()) : (await ask(db.batch([due(first), due(sql)]))).at(-1);
      const changes = answer?.meta.changes ?? 0;
      rows[name] += changes;
      databaseBytes = answer?.meta.size_after ?? databaseBytes;
      if (changes < PURGE_ROWS) break;
    }
  }
  return { rows, databaseBytes };
}
