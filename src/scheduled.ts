/** What cron does, in order: deletes what is over, watches the database's size, and sends the alerts that were summed. */
import { DATABASE_NEAR } from "./bounds.ts";
import type { Config } from "./config.ts";
import { sendAlert, summaryOf } from "./events/alert.ts";
import { takeUnsent, wasSeenSince } from "./events/event-store.ts";
import { deliverEvents } from "./events/reporter.ts";
import type { Log } from "./observe.ts";
import { purge } from "./purge-store.ts";
import { purgeTombstones } from "./vocabulary/tombstone-store.ts";

const DAY_MS = 86_400_000;

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
  log(JSON.stringify({ cron: "purge", ...rows, tombstones, databaseBytes }));

  const { issuer, alertWebhookUrl: webhookUrl, databaseLimitBytes } = config;
  if (
    databaseBytes >= databaseLimitBytes * DATABASE_NEAR &&
    !(await wasSeenSince(db, "database_filling", now - DAY_MS))
  ) {
    const cause = `${Math.round(databaseBytes / 1e6)} of ${Math.round(databaseLimitBytes / 1e6)} MB are used`;
    await deliverEvents({ db, fetch: post, webhookUrl, issuer, now, log }, [
      { kind: "database_filling", severity: "warning", cause },
    ]);
  }
  if (webhookUrl === undefined) return;
  for (const { hour, events } of await takeUnsent(db, now))
    await sendAlert(post, webhookUrl, summaryOf(hour, events, issuer));
}
