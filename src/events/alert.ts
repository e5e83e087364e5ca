/** Alerts to the operator's webhook: any URL that takes JSON. The payload is read by Slack (`text`) and Discord (`content`) too. */
import { ALERT_TRIES, ALERT_WAIT_MS } from "../bounds.ts";
import { LATE, within } from "../deadline.ts";
import type { SecurityEvent } from "./event.ts";

/** What is posted. */
export interface Alert {
  readonly text: string;
  readonly content: string;
  readonly event?: Omit<SecurityEvent, "once">;
}

/** An event as an alert. */
export function alertOf({ once: _, ...event }: SecurityEvent, issuer: string): Alert {
  const about = [event.account && `account ${event.account}`, event.session && `session ${event.session}`, event.cause];
  const text = [`${issuer}: ${event.severity}: ${event.kind}`, ...about.filter(Boolean)].join(", ");
  return { text, content: text, event };
}

/** The events that had no alert of their own, as one. */
export function summaryOf(hour: string, events: number, issuer: string): Alert {
  const text = `${issuer}: ${events} events in the hour of ${hour} (UTC), more than were sent one by one`;
  return { text, content: text };
}

/** Posts an alert, twice where the first try fails. Whether it arrived; never throws. */
export async function sendAlert(post: typeof fetch, url: string, alert: Alert): Promise<boolean> {
  const init = {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(alert),
    redirect: "manual",
  } as const;
  for (let tries = 0; tries < ALERT_TRIES; tries += 1) {
    const response = await within(ALERT_WAIT_MS, post(url, init)).catch(() => undefined);
    if (response !== undefined && response !== LATE) {
      await response.body?.cancel();
      if (response.ok) return true;
    }
  }
  return false;
}
