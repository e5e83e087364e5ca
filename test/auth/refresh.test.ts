/** The refresh grant over HTTP: what each row of the table answers, and what it leaves behind. */
import { env } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { randomText } from "../../src/encoding.ts";
import { aroundDb, counting } from "../bindings.ts";
import { newApp } from "../worker.ts";
import { DAY_MS, errorOf, NOON, SECOND_MS, signedIn, startEdge, tokensOf } from "./edge.ts";

const INVALID_GRANT = [400, "invalid_grant"];

describe("the live refresh token", () => {
  it("gets a new access token and its successor, which is the live one then", async () => {
    const edge = startEdge();
    const { tokens } = await signedIn(edge);
    edge.advance(10 * SECOND_MS);
    const next = await edge.refreshed(tokens.refresh_token);
    expect(next).toMatchObject({
      token_type: "Bearer",
      expires_in: 900,
      refresh_expires_in: 30 * 86_400,
      scope: "app",
      session_id: tokens.session_id,
      device_id: tokens.device_id,
      account_id: tokens.account_id,
    });
    expect(next.refresh_token).not.toBe(tokens.refresh_token);
    expect(await edge.status(next.access_token)).toBe(200);
    expect((await edge.refresh(next.refresh_token)).status).toBe(200);
  });

  it("is told the seconds that are left, at the end those to the absolute expiry", async () => {
    const edge = startEdge();
    let { refresh_token } = await edge.signIn();
    for (let day = 20; day < 180; day += 20) {
      edge.advance(20 * DAY_MS);
      const next = await edge.refreshed(refresh_token);
      expect(next.refresh_expires_in).toBe(Math.min(30, 180 - day) * 86_400);
      refresh_token = next.refresh_token;
    }
    edge.advance(20 * DAY_MS);
    expect(await errorOf(await edge.refresh(refresh_token))).toEqual(INVALID_GRANT);
  });

  it("has expired 30 days after its rotation, and not a second before", async () => {
    const edge = startEdge();
    const { refresh_token } = await edge.signIn();
    edge.advance(30 * DAY_MS);
    expect(await errorOf(await edge.refresh(refresh_token))).toEqual(INVALID_GRANT);
    edge.advance(-SECOND_MS);
    expect((await edge.refresh(refresh_token)).status).toBe(200);
  });
});

describe("the token before the live one", () => {
  it("gets the same successor again for the same attempt, however late", async () => {
    const edge = startEdge();
    const { refresh_token } = await edge.signIn();
    const attempt = { attempt_id: randomText(16) };
    const first = await edge.refreshed(refresh_token, attempt);
    edge.advance(30 * DAY_MS - SECOND_MS);
    const late = await edge.refreshed(refresh_token, attempt);
    expect(late.refresh_token).toBe(first.refresh_token);
    expect(await edge.status(late.access_token)).toBe(200);
    expect(edge.events()).toEqual([]);
  });

  it("gets the same successor without an attempt for 30 s, and is a reuse at 31 s", async () => {
    const edge = startEdge();
    const { refresh_token } = await edge.signIn();
    const first = await edge.refreshed(refresh_token, { attempt_id: randomText(16) });
    edge.advance(30 * SECOND_MS);
    expect((await edge.refreshed(refresh_token)).refresh_token).toBe(first.refresh_token);
    expect((await edge.refreshed(refresh_token, { attempt_id: randomText(16) })).refresh_token).toBe(
      first.refresh_token,
    );
    edge.advance(SECOND_MS);
    expect(await errorOf(await edge.refresh(refresh_token))).toEqual(INVALID_GRANT);
    expect(edge.events()).toEqual(["refresh_reuse warning"]);
    expect(await errorOf(await edge.refresh(first.refresh_token))).toEqual(INVALID_GRANT);
    expect(await edge.status(first.access_token)).toBe(401);
  });
});

it("a token two generations old is a delayed duplicate for 120 s, and ends the session at 121 s", async () => {
  const edge = startEdge();
  const { refresh_token } = await edge.signIn();
  const second = await edge.refreshed(refresh_token);
  const third = await edge.refreshed(second.refresh_token);
  edge.advance(120 * SECOND_MS);
  expect(await errorOf(await edge.refresh(refresh_token))).toEqual(INVALID_GRANT);
  expect(edge.events()).toEqual(["refresh_stale info"]);
  expect(await edge.status(third.access_token)).toBe(200);
  edge.advance(SECOND_MS);
  expect(await errorOf(await edge.refresh(refresh_token))).toEqual(INVALID_GRANT);
  expect(edge.events().at(-1)).toBe("refresh_reuse warning");
  expect(await errorOf(await edge.refresh(third.refresh_token))).toEqual(INVALID_GRANT);
});

it("a token newer than a database that was restored is refused with an alarm, and the session lives on", async () => {
  const edge = startEdge();
  const { refresh_token, session_id } = await edge.signIn();
  const restorable = "SELECT generation, secret_hash, previous_secret_hash FROM sessions WHERE id = ?";
  const [generation, ...hashes] = (await env.DB.prepare(restorable).bind(session_id).raw())[0] ?? [];
  const second = await edge.refreshed(refresh_token);
  await env.DB.prepare("UPDATE sessions SET generation = ?, secret_hash = ?, previous_secret_hash = ? WHERE id = ?")
    .bind(generation, ...hashes, session_id)
    .run();
  expect(await errorOf(await edge.refresh(second.refresh_token))).toEqual(INVALID_GRANT);
  expect(edge.events()).toEqual(["generation_rollback alarm"]);
  expect((await edge.refreshed(refresh_token)).refresh_token).toBe(second.refresh_token);
});

it("a blocked account gets access_denied, an ended session invalid_grant", async () => {
  const edge = startEdge();
  const blocked = await edge.signIn();
  const ended = await edge.signIn();
  await env.DB.prepare("UPDATE accounts SET blocked_at = 1 WHERE id = ?").bind(blocked.account_id).run();
  await edge.revoke(ended.refresh_token);
  expect(await errorOf(await edge.refresh(blocked.refresh_token))).toEqual([403, "access_denied"]);
  expect(await errorOf(await edge.refresh(ended.refresh_token))).toEqual(INVALID_GRANT);
});

describe("step-up", () => {
  it("puts auth_time to now for a rotation, a retry and a concurrent refresh, and no later token inherits it", async () => {
    const edge = startEdge();
    const { app, tokens } = await signedIn(edge);
    const attempt_id = randomText(16);
    const authTime = (token: { access_token: string }) => decodeJwt(token.access_token).auth_time;
    for (const more of [{ attempt_id }, { attempt_id }, {}]) {
      edge.advance(10 * SECOND_MS);
      const stepped = await edge.refreshed(tokens.refresh_token, { ...app, ...more });
      expect(authTime(stepped)).toBe(edge.now() / 1000);
    }
    const plain = await edge.refreshed(tokens.refresh_token, { attempt_id });
    expect(authTime(plain)).toBe(NOON / 1000);
    expect(authTime(await edge.refreshed(plain.refresh_token))).toBe(NOON / 1000);
  });

  it("with another app's ID or secret is app_secret_mismatch, an event, and consumes nothing", async () => {
    const edge = startEdge();
    const { app, tokens } = await signedIn(edge);
    const { app: other } = await signedIn(edge);
    for (const proof of [other, { ...app, app_secret: newApp().app_secret }, { ...app, app_id: newApp().app_id }]) {
      const answer = await edge.refresh(tokens.refresh_token, { ...proof });
      expect(await errorOf(answer)).toEqual([400, "invalid_grant", "app_secret_mismatch"]);
    }
    expect(edge.events()).toEqual(Array(3).fill("app_secret_mismatch warning"));
    expect((await edge.refresh(tokens.refresh_token, { ...app })).status).toBe(200);
  });
});

describe("what a refresh asks of D1", () => {
  it("is one statement, with and without step-up and whatever the outcome; junk asks nothing", async () => {
    const counted = counting(env);
    const edge = startEdge(counted.env);
    const { app, tokens } = await signedIn(edge);
    const one = { d1Statements: 1, d1Batches: 0, kvGets: 0, kvPuts: 0, fetches: 0 };
    counted.take();
    await edge.refresh(tokens.refresh_token);
    expect(counted.take()).toEqual(one);
    await edge.refresh(tokens.refresh_token, { ...app });
    expect(counted.take()).toEqual(one);
    edge.advance(31 * SECOND_MS);
    await edge.refresh(tokens.refresh_token);
    expect(counted.take()).toEqual(one);
    await edge.refresh(`${tokens.refresh_token.slice(0, -1)}~`);
    expect(counted.take()).toEqual({ ...one, d1Statements: 0 });
  });

  it("may be answered too late: the retry with the same attempt gets what the first would have got", async () => {
    const { refresh_token } = await startEdge().signIn();
    const attempt = { attempt_id: randomText(16) };
    const losing = aroundDb(env.DB, async (make) => {
      await make();
      throw new Error("the connection was lost");
    });
    const answer = await startEdge({ DB: losing }).refresh(refresh_token, attempt);
    expect(answer.headers.get("Retry-After")).toBe("5");
    expect(await errorOf(answer)).toEqual([503, "temporarily_unavailable"]);
    const edge = startEdge();
    edge.advance(DAY_MS);
    const retried = await tokensOf(await edge.refresh(refresh_token, attempt));
    expect((await edge.refresh(retried.refresh_token)).status).toBe(200);
  });
});
