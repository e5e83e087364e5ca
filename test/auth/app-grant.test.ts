/** The app grant: an unknown app is enrolled, a known one recognised, and only the one who has the secret gets in. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { counting } from "../bindings.ts";
import { newApp } from "../worker.ts";
import { DAY_MS, type Edge, errorOf, NOON, SECOND_MS, signedIn, startEdge, tokensOf } from "./edge.ts";

const count = async (table: "accounts" | "devices" | "sessions") =>
  (await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<number>("n")) ?? 0;
const device = (appId: string) =>
  env.DB.prepare("SELECT name, platform, app_version, created_at, last_seen_at FROM devices WHERE app_id = ?")
    .bind(appId)
    .first();
const liveSessions = (deviceId: string) =>
  env.DB.prepare("SELECT id FROM sessions WHERE device_id = ? AND revoked_at IS NULL")
    .bind(deviceId)
    .all<{ id: string }>();

let edge: Edge;
beforeEach(() => {
  edge = startEdge();
});

describe("a new app ID", () => {
  it("gets an account, a device and a session of its own, in one batch", async () => {
    const counted = counting(env);
    const before = [await count("accounts"), await count("devices"), await count("sessions")];
    const tokens = await tokensOf(await startEdge(counted.env).appGrant(newApp()));
    expect(counted.take()).toEqual({ d1Statements: 0, d1Batches: 1, kvGets: 0, kvPuts: 0, fetches: 0 });
    expect(await count("accounts")).toBe((before[0] ?? 0) + 1);
    expect(await count("devices")).toBe((before[1] ?? 0) + 1);
    expect(await count("sessions")).toBe((before[2] ?? 0) + 1);
    expect(tokens).toMatchObject({
      token_type: "Bearer",
      expires_in: 900,
      refresh_expires_in: 2_592_000,
      scope: "app",
    });
    for (const id of [tokens.account_id, tokens.device_id, tokens.session_id]) {
      expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
    }
  });

  it("leaves neither the app secret nor a token in the database", async () => {
    const { app, tokens } = await signedIn(edge);
    const [, , , , refreshSecret = ""] = tokens.refresh_token.split(".");
    const dump = JSON.stringify(
      await env.DB.batch(["accounts", "devices", "sessions"].map((t) => env.DB.prepare(`SELECT * FROM ${t}`))),
    );
    expect(dump).toContain(app.app_id);
    for (const secret of [app.app_secret, tokens.access_token, refreshSecret]) expect(dump).not.toContain(secret);
  });

  it("that ten racers bring at once ends in one account and one live session", async () => {
    const app = newApp();
    const before = await count("accounts");
    const answers = await Promise.all(Array.from({ length: 10 }, async () => tokensOf(await edge.appGrant(app))));
    expect(await count("accounts")).toBe(before + 1);
    expect(new Set(answers.map(({ account_id }) => account_id)).size).toBe(1);
    const { results } = await liveSessions(answers[0]?.device_id ?? "");
    expect(results).toHaveLength(1);
    const living = answers.filter(({ session_id }) => session_id === results[0]?.id);
    expect(living).toHaveLength(1);
    expect(await edge.status(living[0]?.access_token ?? "")).toBe(200);
  });

  it("that racers bring with two secrets belongs to one of them", async () => {
    const apps = [newApp(), newApp()].map((app) => ({ ...app, app_id: "3f0e7a52-9d0c-4a52-8c1b-7e2d5f6a9b10" }));
    const statuses = await Promise.all(apps.map(async (app) => (await edge.appGrant(app)).status));
    expect(statuses.sort()).toEqual([200, 400]);
  });
});

describe("a known app ID", () => {
  it("gets the same account and device and a new session; the former one is over", async () => {
    const { app, tokens } = await signedIn(edge);
    edge.advance(10 * SECOND_MS);
    const again = await tokensOf(await edge.appGrant(app));
    expect(again).toMatchObject({ account_id: tokens.account_id, device_id: tokens.device_id });
    expect(again.session_id).not.toBe(tokens.session_id);
    expect((await liveSessions(tokens.device_id)).results).toEqual([{ id: again.session_id }]);
    expect(await edge.status(tokens.access_token)).toBe(401);
    expect(await errorOf(await edge.refresh(tokens.refresh_token))).toEqual([400, "invalid_grant"]);
    expect(await edge.status(again.access_token)).toBe(200);
  });

  it("is the same app in upper case", async () => {
    const { app, tokens } = await signedIn(edge);
    const again = await tokensOf(await edge.appGrant({ ...app, app_id: app.app_id.toUpperCase() }));
    expect(again.device_id).toBe(tokens.device_id);
    const step = await edge.refresh(again.refresh_token, { ...app, app_id: app.app_id.toUpperCase() });
    expect(step.status).toBe(200);
  });

  it("gets back in after its session has expired", async () => {
    const { app, tokens } = await signedIn(edge);
    edge.advance(31 * DAY_MS);
    expect((await edge.refresh(tokens.refresh_token)).status).toBe(400);
    expect((await tokensOf(await edge.appGrant(app))).account_id).toBe(tokens.account_id);
  });

  it("with a wrong secret is app_secret_mismatch, an event, and changes nothing", async () => {
    const { app, tokens } = await signedIn(edge);
    const before = await device(app.app_id);
    edge.advance(10 * SECOND_MS);
    const wrong = { ...app, app_secret: newApp().app_secret };
    const answer = await edge.appGrant(wrong, { device_name: "Mine now" });
    expect(await errorOf(answer)).toEqual([400, "invalid_grant", "app_secret_mismatch"]);
    expect(edge.events()).toEqual(["app_secret_mismatch warning"]);
    expect(await device(app.app_id)).toEqual(before);
    expect(await edge.status(tokens.access_token)).toBe(200);
    expect((await edge.refresh(tokens.refresh_token)).status).toBe(200);
  });

  it("of a blocked account is access_denied, and its session stays as it was", async () => {
    const { app, tokens } = await signedIn(edge);
    const block = "UPDATE accounts SET blocked_at = ?2 WHERE id = ?1";
    await env.DB.prepare(block).bind(tokens.account_id, edge.now()).run();
    const answer = await edge.appGrant(app, { device_name: "Renamed" });
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
    expect(await errorOf(answer)).toEqual([403, "access_denied"]);
    expect((await liveSessions(tokens.device_id)).results).toEqual([{ id: tokens.session_id }]);
    expect(await device(app.app_id)).toMatchObject({ name: null });
    expect(await edge.status(tokens.access_token)).toBe(401);
  });
});

describe("what the app says of its device", () => {
  it("is kept, and stays where a later sign-in does not repeat it", async () => {
    const app = newApp();
    await edge.appGrant(app, { device_name: "Lina’s phone", platform: "ios", app_version: "1.0" });
    edge.advance(60 * SECOND_MS);
    const { access_token } = await tokensOf(await edge.appGrant(app, { app_version: "1.1" }));
    expect(await device(app.app_id)).toEqual({
      name: "Lina’s phone",
      platform: "ios",
      app_version: "1.1",
      created_at: NOON,
      last_seen_at: NOON + 60 * SECOND_MS,
    });
    const account = await (await edge.get("/v1/account", access_token)).json();
    expect(account).toMatchObject({ device: { name: "Lina’s phone", platform: "ios", appVersion: "1.1" } });
  });

  it.each([
    ["device_name", "x".repeat(64), "x".repeat(65)],
    ["app_version", "x".repeat(32), "x".repeat(33)],
    ["platform", "android", "symbian"],
    ["device_name", "Röwe 📱", "a\u0007b"],
  ])("has bounds: %s takes %j and refuses %j", async (name, good, bad) => {
    expect((await edge.appGrant(newApp(), { [name]: good })).status).toBe(200);
    expect(await errorOf(await edge.appGrant(newApp(), { [name]: bad }))).toEqual([400, "invalid_request"]);
  });
});
