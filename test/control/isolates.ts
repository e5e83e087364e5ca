/**
 * Isolates over one database, whose time is moved by hand; owners in them; and the hottest request there is: a unit that
 * is its own translation asks neither D1 nor KV, so all that is counted or waited for is the snapshot's.
 */
import { env } from "cloudflare:workers";
import { type Around, aroundDb } from "../bindings.ts";
import { secondDevice } from "../second-device.ts";
import { newApp, startWorker, type TestWorker } from "../worker.ts";

/** Milliseconds. Tests move it. */
export interface MovedClock {
  now: number;
}

/** Noon, so that no test comes near midnight by moving its clock for some minutes. */
export const NOON = Date.UTC(2026, 5, 1, 12);

/** A fresh isolate with that clock, and settings or bindings in place of the test configuration's. */
export function isolate(clock: MovedClock, overrides: Readonly<Record<string, unknown>> = {}): TestWorker {
  return startWorker({ env: overrides, clock: () => clock.now });
}

/** What an answer says, in short: `200`, or its status with the code of its problem or OAuth error. */
export async function told(answer: Response | Promise<Response>): Promise<string> {
  const response = await answer;
  if (response.ok) return String(response.status);
  const { code, error, error_code } = await response.json<Record<string, string | undefined>>();
  return [response.status, code ?? error, error_code].filter((part) => part !== undefined).join(" ");
}

/** What a hot translate is told. */
export function hot(worker: TestWorker, accessToken: string): Promise<string> {
  return told(worker.post("/v1/translate", { text: "bread", from: "en", to: "en-GB" }, accessToken));
}

/** A refresh, with whatever else is presented. */
export function refresh(worker: TestWorker, token: string, more: Readonly<Record<string, string>> = {}) {
  return worker.form("/oauth/token", { grant_type: "refresh_token", refresh_token: token, ...more });
}

/** An account that is signed in on two devices, `phone` and `tablet`. */
export async function twoDevices(worker: TestWorker, clock: MovedClock) {
  const phoneApp = newApp();
  const phone = await worker.signIn(phoneApp);
  const tabletApp = await secondDevice(phone.account_id, clock.now);
  return { phoneApp, phone, tabletApp, tablet: await worker.signIn(tabletApp) };
}

/** A database with something around its calls, and how many calls were made since it was last asked; events aside. */
export function watched(around: Around = (make) => make()): { readonly db: D1Database; readonly calls: () => number } {
  let count = 0;
  const db = aroundDb(env.DB, (make, call) => {
    if (!String(call.args[0]).includes("INTO events")) count += 1;
    return around(make, call);
  });
  return {
    db,
    calls() {
      const counted = count;
      count = 0;
      return counted;
    },
  };
}
