/** Alerts to the operator's webhook: their payload, one per kind and account an hour, twenty an hour, the rest in one; and a webhook that fails. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ALERT_WAIT_MS } from "../../src/bounds.ts";
import { readConfig } from "../../src/config.ts";
import type { SecurityEvent } from "../../src/events/event.ts";
import { deliverEvents } from "../../src/events/reporter.ts";
import { runScheduled } from "../../src/scheduled.ts";
import { hanging } from "../bindings.ts";
import { ORIGIN } from "../worker.ts";
import { hot, isolate, NOON, refresh } from "./isolates.ts";
import { countWaits } from "./waits.ts";

const HOOK = "https://alerts.example.org/hook/secret-part";
const HOUR_MS = 3_600_000;

beforeEach(() => env.DB.batch(["events", "alerts"].map((table) => env.DB.prepare(`DELETE FROM ${table}`))));
afterEach(() => vi.restoreAllMocks());

/** Makes the accounts of these events: one that there is not has no alert of its own. */
async function haveAccounts(events: readonly SecurityEvent[]): Promise<void> {
  const make = env.DB.prepare("INSERT OR IGNORE INTO accounts (id, created_at) VALUES (?1, 0)");
  const named = events.flatMap(({ account }) => (account === undefined ? [] : [make.bind(account)]));
  if (named.length > 0) await env.DB.batch(named);
}

/** An operator's webhook, with what it was sent; it answers 204 unless told otherwise. */
function webhook(answer: () => Promise<Response> = async () => new Response(null, { status: 204 })) {
  const posts: { readonly url: string; readonly init: RequestInit; readonly text: string }[] = [];
  const lines: string[] = [];
  const post = async (url: RequestInfo | URL, init: RequestInit = {}) => {
    posts.push({ url: String(url), init, text: JSON.parse(String(init.body)).text });
    return answer();
  };
  // The runtime's `fetch` has further members, which nobody calls here.
  const fetch = post as typeof globalThis.fetch;
  const log = (line: string) => void lines.push(line);
  const config = readConfig({ ...env, ALERT_WEBHOOK_URL: HOOK });
  return {
    posts,
    lines,
    fetch,
    log,
    async deliver(events: readonly SecurityEvent[], now = NOON) {
      await haveAccounts(events);
      await deliverEvents({ db: env.DB, fetch, webhookUrl: HOOK, issuer: ORIGIN, now, log }, events);
    },
    cron: (now: number) => runScheduled({ db: env.DB, config, fetch, now, log }),
  };
}

const reuse = (account: string): SecurityEvent => ({ kind: "refresh_reuse", severity: "warning", account });
const accounts = (count: number) => Array.from({ length: count }, (_, i) => reuse(`account-${i}`));
const recorded = () => env.DB.prepare("SELECT count(*) AS n FROM events").first<number>("n");

describe("an alert", () => {
  test("is JSON that Slack and Discord read too, and holds the event", async () => {
    const { posts, deliver } = webhook();
    await deliver([{ ...reuse("a1"), session: "s1", cause: "because", once: "never shown" }]);
    const [{ url, init } = { url: "", init: {} }] = posts;
    expect(url).toBe(HOOK);
    expect([init.method, init.redirect, new Headers(init.headers).get("Content-Type")]).toEqual([
      "POST",
      "manual",
      "application/json",
    ]);
    const text = `${ORIGIN}: warning: refresh_reuse, account a1, session s1, because`;
    const event = { kind: "refresh_reuse", severity: "warning", account: "a1", session: "s1", cause: "because" };
    expect(JSON.parse(String(init.body))).toEqual({ text, content: text, event });
  });

  test("is sent from warning up, and for information none", async () => {
    const { posts, deliver } = webhook();
    await deliver([
      { kind: "refresh_stale", severity: "info" },
      { kind: "budget_near", severity: "warning" },
      { kind: "budget_exhausted", severity: "alarm" },
    ]);
    expect(posts.map(({ text }) => text)).toEqual([
      `${ORIGIN}: warning: budget_near`,
      `${ORIGIN}: alarm: budget_exhausted`,
    ]);
    expect(await recorded()).toBe(3);
  });

  test("is sent to nobody where no webhook is set, and the event is recorded all the same", async () => {
    const { posts, fetch, log } = webhook();
    await deliverEvents({ db: env.DB, fetch, webhookUrl: undefined, issuer: ORIGIN, now: NOON, log }, [reuse("a1")]);
    expect(posts).toEqual([]);
    expect(await recorded()).toBe(1);
  });
});

describe("in an hour there is", () => {
  test("one alert for a kind and account, and each event is recorded", async () => {
    const { posts, deliver } = webhook();
    await deliver([reuse("a1"), reuse("a1")]);
    await deliver([reuse("a1"), reuse("a2"), { ...reuse("a1"), kind: "app_secret_mismatch" }], NOON + 1);
    expect(posts.map(({ text }) => text.split(": ").at(-1))).toEqual([
      "refresh_reuse, account a1",
      "refresh_reuse, account a2",
      "app_secret_mismatch, account a1",
    ]);
    expect(await recorded()).toBe(5);
  });

  test("one alarm for each cause, since the whole budget is other news than the newcomers' share", async () => {
    const { posts, deliver } = webhook();
    const exhausted = (cause: string): SecurityEvent => ({ kind: "budget_exhausted", severity: "alarm", cause });
    await deliver([exhausted("the share: used up"), exhausted("the share: used up"), exhausted("all of it")]);
    expect(posts).toHaveLength(2);
  });

  test("one again as soon as the next hour (UTC) has begun, and not 1 ms before", async () => {
    const { posts, deliver } = webhook();
    await deliver([reuse("a1")]);
    await deliver([reuse("a1")], NOON + HOUR_MS - 1);
    expect(posts).toHaveLength(1);
    await deliver([reuse("a1")], NOON + HOUR_MS);
    expect(posts).toHaveLength(2);
  });

  test("at most twenty in all", async () => {
    const { posts, deliver } = webhook();
    await deliver(accounts(20));
    expect(posts).toHaveLength(20);
    await deliver([reuse("one more"), { kind: "budget_exhausted", severity: "alarm" }]);
    expect(posts).toHaveLength(20);
    expect(await recorded()).toBe(22);
  });

  test("one of each, when isolates meet the same thing at once", async () => {
    const hooks = Array.from({ length: 8 }, () => webhook());
    await Promise.all(hooks.map(({ deliver }) => deliver([reuse("a1")])));
    expect(hooks.flatMap(({ posts }) => posts)).toHaveLength(1);
  });
});

describe("cron", () => {
  test("sums what was beyond twenty in one alert, once, after the hour is over", async () => {
    const { posts, deliver, cron } = webhook();
    await deliver(accounts(25));
    posts.length = 0;
    await cron(NOON + HOUR_MS - 1);
    expect(posts).toEqual([]);
    await cron(NOON + HOUR_MS);
    const text = `${ORIGIN}: 25 events in the hour of 2026-06-01T12 (UTC), more than were sent one by one`;
    expect(posts.map(({ init }) => JSON.parse(String(init.body)))).toEqual([{ text, content: text }]);
    await cron(NOON + 2 * HOUR_MS);
    expect(posts).toHaveLength(1);
  });

  test("that cannot deliver a sum says so, leaves the hours after it, and sends each once when the webhook is back", async () => {
    let up = true;
    const { posts, lines, deliver, cron } = webhook(async () => new Response(null, { status: up ? 204 : 503 }));
    await deliver(accounts(21));
    await deliver(accounts(22), NOON + HOUR_MS);
    posts.length = 0;
    up = false;
    await cron(NOON + 2 * HOUR_MS);
    expect(posts).toHaveLength(2);
    expect(lines.map((line) => JSON.parse(line)).slice(1)).toEqual([{ alert: "not delivered", hour: "2026-06-01T12" }]);
    posts.length = 0;
    up = true;
    for (const hour of [3, 4]) await cron(NOON + hour * HOUR_MS);
    expect(posts.map(({ text }) => text.split(": ")[1]?.split(" (")[0])).toEqual([
      "21 events in the hour of 2026-06-01T12",
      "22 events in the hour of 2026-06-01T13",
    ]);
  });

  test("sends nothing for an hour of exactly twenty", async () => {
    const { posts, deliver, cron } = webhook();
    await deliver(accounts(20));
    posts.length = 0;
    await cron(NOON + HOUR_MS);
    expect(posts).toEqual([]);
  });
});

describe("a webhook that", () => {
  test.each([
    ["answers 500", async () => new Response("no", { status: 500 })],
    ["answers 404", async () => new Response("no", { status: 404 })],
    [
      "redirects",
      async () => new Response(null, { status: 302, headers: { Location: "https://elsewhere.example.org/" } }),
    ],
    ["cannot be reached", () => Promise.reject(new TypeError("fetch failed"))],
  ])("%s is tried twice, and the log says so without its address", async (_how, answer) => {
    const { posts, lines, deliver } = webhook(answer);
    await deliver([reuse("a1"), reuse("a2")]);
    expect(posts.map(({ url, text }) => [url, text.split(" ").at(-1)])).toEqual([
      [HOOK, "a1"],
      [HOOK, "a1"],
      [HOOK, "a2"],
      [HOOK, "a2"],
    ]);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { alert: "not delivered", event: "refresh_reuse" },
      { alert: "not delivered", event: "refresh_reuse" },
    ]);
    expect(lines.join()).not.toContain("secret-part");
  });

  test("succeeds at the second try is not tried a third time", async () => {
    const answers = [500, 204].values();
    const { posts, lines, deliver } = webhook(async () => new Response(null, { status: answers.next().value ?? 500 }));
    await deliver([reuse("a1")]);
    expect([posts.length, lines.length]).toEqual([2, 0]);
  });

  test("hangs is given up after 5 s, twice", async () => {
    const waits = countWaits(ALERT_WAIT_MS);
    const { posts, lines, deliver } = webhook(() => new Promise(() => undefined));
    await deliver([reuse("a1")]);
    expect(posts).toHaveLength(2);
    expect(lines).toHaveLength(1);
    // The two tries; D1 is waited for as long, once for the batch.
    expect(waits()).toBeGreaterThanOrEqual(2);
  });

  test("hangs does not hold an answer back, nor the next one", async () => {
    const clock = { now: NOON };
    const worker = isolate(clock, { ALERT_WEBHOOK_URL: HOOK });
    const { refresh_token } = await worker.signIn();
    await refresh(worker, refresh_token);
    clock.now += 31_000;
    let asked = 0;
    const reached = Promise.withResolvers<void>();
    vi.spyOn(globalThis, "fetch").mockImplementation(() => {
      asked += 1;
      reached.resolve();
      return hanging(async () => new Response(), { method: "get", args: [] });
    });
    const reused = await refresh(worker, refresh_token);
    expect(reused.status).toBe(400);
    await reached.promise;
    const { access_token } = await worker.signIn();
    expect(await hot(worker, access_token)).toBe("200");
    expect(asked).toBe(1);
  });
});
