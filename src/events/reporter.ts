/** Records the events of a request behind its answer, and alerts the operator. Nothing here can slow or fail a request. */

import { EVENTS_REMEMBERED } from "../bounds.ts";
import type { Log } from "../observe.ts";
import { createRecent } from "../recent.ts";
import { alertOf, sendAlert } from "./alert.ts";
import type { SecurityEvent } from "./event.ts";
import { recordEvent } from "./event-store.ts";

/** Tells the events that this isolate has not told yet. */
export function createOnce(): (event: SecurityEvent) => boolean {
  const told = createRecent<true>(EVENTS_REMEMBERED);
  return ({ kind, once }) => {
    if (once === undefined) return true;
    const key = `${kind}:${once}`;
    if (told.has(key)) return false;
    told.set(key, true);
    return true;
  };
}

/** What recording works with. */
export interface Delivery {
  readonly db: D1Database;
  readonly fetch: typeof fetch;
  readonly webhookUrl: string | undefined;
  readonly issuer: string;
  readonly now: number;
  readonly log: Log;
}

/** Records events one after the other, and sends the alerts that are due. Never rejects: what fails goes to the log. */
export async function deliverEvents(
  { db, webhookUrl, issuer, now, log, fetch: post }: Delivery,
  events: readonly SecurityEvent[],
): Promise<void> {
  for (const event of events) {
    try {
      const due = await recordEvent(db, event, now);
      if (!due || webhookUrl === undefined) continue;
      if (!(await sendAlert(post, webhookUrl, alertOf(event, issuer))))
        log(JSON.stringify({ alert: "not delivered", event: event.kind }));
    } catch (error) {
      log(JSON.stringify({ event: event.kind, recorded: false, cause: String(error) }));
    }
  }
}
