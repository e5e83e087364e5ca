/** The Worker's entry: wires the isolate's app and cron to the runtime, nothing else. */
import { OPENAPI } from "../generated/openapi.ts";
import { createApp } from "./app.ts";
import type { Env } from "./context.ts";
import { runScheduled } from "./scheduled.ts";

const app = createApp({ openapi: OPENAPI, log: console.log, clock: Date.now });

export default {
  fetch: app.fetch,
  scheduled: (controller, env) => runScheduled(env.DB, controller.scheduledTime, console.log),
} satisfies ExportedHandler<Env>;
