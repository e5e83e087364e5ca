/** What cron does, in order: deletes what is over, in bounded batches, and says so in one line. */
import { ADDRESS_DAYS, ENDED_SESSION_DAYS, PURGE_ROUNDS, PURGE_ROWS, SPENT_DAYS } from "./bounds.ts";
import { utcDayBefore } from "./days.ts";
import type { Log } from "./observe.ts";
import { ask } from "./storage.ts";

const DAY_MS = 86_400_000;

const PURGES = {
  sessions:
    "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE idle_expires_at < ?1 OR revoked_at < ?1 LIMIT ?2)",
  enrolments:
    "DELETE FROM enrolments WHERE (day, subject) IN (SELECT day, subject FROM enrolments WHERE day < ?1 LIMIT ?2)",
  spent: "DELETE FROM spent WHERE (day, subject) IN (SELECT day, subject FROM spent WHERE day < ?1 LIMIT ?2)",
} as const;

async function purge(db: D1Database, sql: string, before: string | number): Promise<number> {
  let rows = 0;
  for (let round = 0; round < PURGE_ROUNDS; round += 1) {
    const { meta } = await ask(db.prepare(sql).bind(before, PURGE_ROWS).run());
    rows += meta.changes;
    if (meta.changes < PURGE_ROWS) break;
  }
  return rows;
}

/** One run of cron at `now` (milliseconds). */
export async function runScheduled(db: D1Database, now: number, log: Log): Promise<void> {
  const purged = {
    sessions: await purge(db, PURGES.sessions, now - ENDED_SESSION_DAYS * DAY_MS),
    enrolments: await purge(db, PURGES.enrolments, utcDayBefore(now, ADDRESS_DAYS)),
    spent: await purge(db, PURGES.spent, utcDayBefore(now, SPENT_DAYS)),
  };
  log(JSON.stringify({ cron: "purge", ...purged }));
}
