/**
 * What cron does, in order: deletes what is over, and idle accounts once a day; watches the database's size; sends the
 * alerts that were summed.
 */
import { DATABASE_NEAR } from "./bounds.ts";
import type { Config } from "./config.ts";
import { sendAlert, summaryOf } from "./events/alert.ts";
import type { SecurityEvent } from "./events/event.ts";
import { listUnsent, markSent, wasSeenSince } from "./events/event-store.ts";
import { deliverEvents } from "./events/reporter.ts";
import { purgeIdleAccounts } from "./idle-store.ts";
import type { Log } from "./observe.ts";
import { purge } from "./purge-store.ts";
import { purgeTombstones } from "./vocabulary/tombstone-store.ts";

const DAY_MS = 86_400_000;
/** The UTC hour whose run looks for idle accounts: that takes a look at every account, so once a day. */
const IDLE_HOUR = 3;

/** What a run works with. `now` is milliseconds. */
export interface ScheduledContext {
  readonly db: D1Database;
  readonly config: Config;
  readonly fetch: typeof fetch;
  readonly now: number;
  readonly log: Log;
}

/** One run of cron. It says what it did in one line. */
export async function runScheduled({ db, config, fetch: post, now, log }: ScheduledContext): Promise<void> {
  const { rows, databaseBytes } = await purge(db, now, config.accessTtlSeconds);
  const tombstones = await purgeTombstones(db, now);
  const { issuer, alertWebhookUrl: webhookUrl, databaseLimitBytes, accountIdleMs } = config;
  const looksForIdle = accountIdleMs !== undefined && new Date(now).getUTCHours() === IDLE_HOUR;
  const idle = looksForIdle ? { idleAccounts: await purgeIdleAccounts(db, now, accountIdleMs) } : {};
  log(JSON.stringify({ cron: "purge", ...rows, tombstones, ...idle, databaseBytes }));

  if (
    databaseBytes >= databaseLimitBytes * DATABASE_NEAR &&
    !(await wasSeenSince(db, "database_filling", now - DAY_MS))
  ) {
    const cause = `${Math.round(databaseBytes / 1e6)} of ${Math.round(databaseLimitBytes / 1e6)} MB are used`;
    const event: SecurityEvent = { kind: "database_filling", severity: "warning", cause };
    log(JSON.stringify({ event: event.kind, ...event, kind: undefined }));
    await deliverEvents({ db, fetch: post, webhookUrl, issuer, now, log }, [event]);
  }
  if (webhookUrl === undefined) return;
  for (const { hour, events } of await listUnsent(db, now)) {
    // An hour that could not be told is left to the next run: better told twice than never.
    if (!(await sendAlert(post, webhookUrl, summaryOf(hour, events, issuer)))) {
      log(JSON.stringify({ alert: "not delivered", hour }));
      return;
    }
    await markSent(db, hour);
  }
}
