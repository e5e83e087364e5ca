/**
 * Every route that touches an account's rows is exact: as soon as session, device or account is not good it answers
 * 401 and changes nothing, though the isolate knows nothing of it, in the one batch or statement that it makes anyway.
 */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { emulated } from "../provider/emulated.ts";
import { isolate, NOON, told, twoDevices, watched } from "./isolates.ts";

const { declarations } = createApp({ log: () => undefined, clock: () => NOON });

/** Queries that a route cannot do without. */
const QUERIES: Readonly<Record<string, string>> = { "DELETE /v1/sessions": "?scope=others" };

/** Routes that hash a password between two batches. */
const HASHING = ["PUT /v1/account/email"];

/** Routes that ask D1 only where they must, and then in a statement that checks as well; their own tests cover that. */
const exact = declarations.filter(({ access }) => access === "token" || access === "step-up");
const routes = exact.map(({ method, path, docs }) => {
  const name = `${method.toUpperCase()} ${path}`;
  const [example] = Object.values(docs === false ? {} : (docs.examples ?? {}));
  return { name, method: method.toUpperCase(), path: path + (QUERIES[name] ?? ""), body: example };
});

/** What makes a session worthless, written straight into D1: `?1` is the session, `?2` the time. */
const FAULTS: Readonly<Record<string, string>> = {
  "session was ended": "UPDATE sessions SET revoked_at = ?2 WHERE id = ?1",
  "session lapsed by idling": "UPDATE sessions SET idle_expires_at = ?2 WHERE id = ?1",
  "session reached its absolute end": "UPDATE sessions SET absolute_expires_at = ?2 WHERE id = ?1",
  "device was removed": "UPDATE devices SET removed_at = ?2 WHERE id = (SELECT device_id FROM sessions WHERE id = ?1)",
  "account was blocked":
    "UPDATE accounts SET blocked_at = ?2 WHERE id = (SELECT account_id FROM sessions WHERE id = ?1)",
};

/** An entry that is there, for routes that name one. */
const ENTRY = { id: "bread-2026", text: "bread", language: "en", translation: "pan", translationLanguage: "es" };

/** An owner on two devices, in an isolate whose snapshot is fresh and whose D1 calls are counted. */
async function owner() {
  const clock = { now: NOON };
  const { db, calls } = watched();
  const worker = isolate(clock, { DB: db });
  const devices = await twoDevices(worker, clock);
  const ask = ({ method, path, body }: { method: string; path: string; body?: unknown }) =>
    worker.request(path, {
      method,
      headers: {
        Authorization: `Bearer ${devices.phone.access_token}`,
        ...(body === undefined ? {} : { "Content-Type": typeof body === "string" ? "text/csv" : "application/json" }),
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  await worker.post("/v1/vocabulary", ENTRY, devices.phone.access_token);
  await worker.post("/v1/transfer-codes", undefined, devices.phone.access_token);
  calls();
  return { clock, worker, calls, ask, ...devices };
}

/** All rows of the account that a route could change. */
async function rows(accountId: string): Promise<unknown> {
  const read = (sql: string) => env.DB.prepare(sql).bind(accountId);
  const answers = await env.DB.batch([
    read("SELECT * FROM accounts WHERE id = ?1"),
    read("SELECT * FROM devices WHERE account_id = ?1 ORDER BY id"),
    read("SELECT * FROM sessions WHERE account_id = ?1 ORDER BY id"),
    read("SELECT * FROM entries WHERE account_id = ?1 ORDER BY id"),
  ]);
  return answers.map(({ results }) => results);
}

test("the owner's routes are all here", () => {
  const names = routes.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      "GET /v1/account",
      "GET /v1/usage",
      "GET /v1/sessions",
      "GET /v1/sessions/:id",
      "DELETE /v1/sessions/:id",
      "DELETE /v1/sessions",
      "GET /v1/devices",
      "PATCH /v1/devices/:id",
      "DELETE /v1/devices/:id",
    ]),
  );
});

describe.each(routes)("$name", (route) => {
  /** Its own id and the other device's, for a route that names one. */
  const pathsFor = (it: Awaited<ReturnType<typeof owner>>) => {
    if (!route.path.includes(":id")) return [route.path];
    if (route.path.startsWith("/v1/vocabulary/")) return [route.path.replace(":id", ENTRY.id)];
    const other = route.path.includes("/devices/") ? it.tablet.device_id : it.tablet.session_id;
    return ["current", other].map((id) => route.path.replace(":id", id));
  };

  test("takes one batch or statement, and is answered, while all is good", async () => {
    const it = await owner();
    const path = pathsFor(it).at(-1) ?? route.path;
    expect((await it.ask({ ...route, path })).status).toBeLessThan(300);
    expect(it.calls()).toBe(HASHING.includes(route.name) ? 2 : 1);
  });

  test.each(Object.entries(FAULTS))("answers 401 and changes nothing once the %s", async (_fault, sql) => {
    const it = await owner();
    await env.DB.prepare(sql).bind(it.phone.session_id, it.clock.now).run();
    it.clock.now += 1;
    const before = await rows(it.phone.account_id);
    for (const path of pathsFor(it)) {
      expect(await told(it.ask({ ...route, path })), path).toBe("401 invalid_token");
      expect(it.calls(), path).toBe(1);
    }
    await it.worker.settled();
    expect(await rows(it.phone.account_id)).toEqual(before);
  });
});

test("an idle end is exact to the millisecond", async () => {
  const it = await owner();
  const endsAt = it.clock.now + 60_000;
  await env.DB.prepare("UPDATE sessions SET idle_expires_at = ?2 WHERE id = ?1")
    .bind(it.phone.session_id, endsAt)
    .run();
  it.clock.now = endsAt - 1;
  expect(await told(it.ask({ method: "GET", path: "/v1/sessions/current" }))).toBe("200");
  it.clock.now = endsAt;
  expect(await told(it.ask({ method: "GET", path: "/v1/sessions/current" }))).toBe("401 invalid_token");
});

test("a session that ends while its request is under way changes nothing: each writing statement checks for itself", async () => {
  const clock = { now: NOON };
  const { phone, tablet } = await twoDevices(isolate(clock), clock);
  // Ends the session after the access token was verified, and right before the route's own batch.
  const { db } = watched(async (make) => {
    await env.DB.prepare("UPDATE sessions SET revoked_at = ?2 WHERE id = ?1").bind(phone.session_id, clock.now).run();
    return make();
  });
  const worker = isolate(clock, { DB: db });
  const init = { method: "DELETE", headers: { Authorization: `Bearer ${phone.access_token}` } };
  for (const path of [
    `/v1/sessions/${tablet.session_id}`,
    "/v1/sessions?scope=others",
    "/v1/sessions?scope=all",
    `/v1/devices/${tablet.device_id}`,
  ])
    expect(await told(worker.request(path, init)), path).toBe("401 invalid_token");
  expect(await told(isolate(clock).get("/v1/sessions/current", tablet.access_token))).toBe("200");
});

test("a translation that nobody has yet is neither charged nor sent once the session was ended", async () => {
  const azure = emulated("control-exactness");
  const clock = { now: NOON };
  const worker = isolate(clock, azure.env);
  const { access_token, session_id } = await worker.signIn();
  const ask = (text: string) => worker.post("/v1/translate", { text, from: "en", to: "es" }, access_token);
  const spent = () => env.DB.prepare("SELECT coalesce(sum(characters), 0) AS n FROM spent").first<number>("n");
  expect(await told(ask("the first"))).toBe("200");
  const before = [await spent(), (await azure.status()).calls];

  await env.DB.prepare("UPDATE sessions SET revoked_at = ?2 WHERE id = ?1").bind(session_id, clock.now).run();
  expect(await told(ask("the second"))).toBe("401 invalid_token");
  expect([await spent(), (await azure.status()).calls]).toEqual(before);
});
