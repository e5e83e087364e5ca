/** The Worker's entry: wires the isolate's app and cron to the runtime, nothing else. */
import { createApp } from "./app.ts";
import { readConfig } from "./config.ts";
import type { Env } from "./context.ts";
import { outbound } from "./outbound.ts";
import { runScheduled } from "./scheduled.ts";

const app = createApp({ log: console.log, clock: Date.now });

export default {
  fetch: app.fetch,
  scheduled: ({ scheduledTime }, env) =>
    runScheduled({ db: env.DB, config: readConfig(env), fetch: outbound, now: scheduledTime, log: console.log }),
} satisfies ExportedHandler<Env>;
