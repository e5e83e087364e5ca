/** The operator is told of a burst of enrolments: by the one that reaches half of the day's, and by the first that is refused. */
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { APP_GRANT } from "../../src/auth/token-request.ts";
import { type AppCredentials, newApp } from "../worker.ts";
import { isolate, NOON, told } from "./isolates.ts";

const DAY_MS = 86_400_000;

beforeEach(() => env.DB.batch(["events", "enrolments"].map((table) => env.DB.prepare(`DELETE FROM ${table}`))));

function burst(total: number) {
  const clock = { now: NOON };
  const settings = { DAILY_ENROLMENTS_TOTAL: String(total) };
  const worker = isolate(clock, settings);
  const enrol = async (app: AppCredentials = newApp(), within = worker) => {
    const answer = await told(within.form("/oauth/token", { grant_type: APP_GRANT, ...app }));
    await within.settled();
    return answer;
  };
  const events = async () => {
    const { results } = await env.DB.prepare("SELECT kind, severity, cause FROM events ORDER BY id").all();
    return results.map(({ kind, severity, cause }) => `${kind} ${severity}: ${cause}`);
  };
  return { clock, settings, worker, enrol, events };
}

const HALF = "enrolment_burst warning: 2 of the day's 4 enrolments are made";
const FULL = "enrolment_burst alarm: the day's enrolments are used up";
const REFUSED = "503 temporarily_unavailable";

test("half of the day's enrolments is told by the one that reaches it, and by no other", async () => {
  const { enrol, events } = burst(4);
  const app = newApp();
  expect(await enrol()).toBe("200");
  expect(await events()).toEqual([]);
  expect(await enrol(app)).toBe("200");
  expect(await events()).toEqual([HALF]);
  // A known app's sign-in finds the same count, and has enrolled nobody.
  expect(await enrol(app)).toBe("200");
  expect([await enrol(), await enrol()]).toEqual(["200", "200"]);
  expect(await events()).toEqual([HALF]);
});

test("half of an odd number is rounded up", async () => {
  const { enrol, events } = burst(5);
  for (let n = 1; n <= 2; n += 1) await enrol();
  expect(await events()).toEqual([]);
  await enrol();
  expect(await events()).toEqual(["enrolment_burst warning: 3 of the day's 5 enrolments are made"]);
});

test("the end of the day's enrolments is told by the first that is refused, once a day by an isolate", async () => {
  const { clock, enrol, events } = burst(4);
  for (let n = 1; n <= 4; n += 1) expect(await enrol()).toBe("200");
  expect(await events()).toEqual([HALF]);
  expect([await enrol(), await enrol()]).toEqual([REFUSED, REFUSED]);
  expect(await events()).toEqual([HALF, FULL]);

  clock.now += DAY_MS;
  for (let n = 1; n <= 4; n += 1) expect(await enrol()).toBe("200");
  expect(await enrol()).toBe(REFUSED);
  expect(await events()).toEqual([HALF, FULL, HALF, FULL]);
});

test("another isolate tells the end as well, and known apps go on", async () => {
  const { clock, settings, enrol, events } = burst(1);
  const known = newApp();
  await enrol(known);
  await enrol();
  const other = isolate(clock, settings);
  expect(await enrol(newApp(), other)).toBe(REFUSED);
  expect((await events()).filter((event) => event === FULL)).toHaveLength(2);
  expect(await enrol(known)).toBe("200");
});

test("an address that has had its share tells no burst", async () => {
  const clock = { now: NOON };
  const worker = isolate(clock, { DAILY_ENROLMENTS_PER_IP: "1" });
  await worker.signIn();
  expect(await told(worker.form("/oauth/token", { grant_type: APP_GRANT, ...newApp() }))).toBe("429 slow_down");
  await worker.settled();
  expect(await env.DB.prepare("SELECT count(*) AS n FROM events").first("n")).toBe(0);
});
