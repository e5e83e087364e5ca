/** Signing in by email and password on another device, and what slows guessing down. */
import { env } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import { errorOf, signedIn, startEdge, tokensOf } from "../auth/edge.ts";
import { counting } from "../bindings.ts";
import { newApp } from "../worker.ts";
import {
  accountRow,
  anotherDevice,
  deleteEmail,
  emailGrant,
  emailOwner,
  failures,
  forgetFailures,
  newEmail,
  putEmail,
} from "./email-owner.ts";

beforeEach(forgetFailures);

const REFUSED = [400, "invalid_grant"];
const SLOW_DOWN = [429, "slow_down"];
const WRONG = "a wrong password";
const from = (address: string) => ({ "CF-Connecting-IP": address });

describe("email and password", () => {
  it("let another device in, in any case of the email; its token proves the password, a refreshed one does not", async () => {
    const edge = startEdge();
    const { tokens, email } = await emailOwner(edge);
    const joined = await tokensOf(await emailGrant(edge, { email: ` ${email.toUpperCase()} ` }));
    expect(joined.account_id).toBe(tokens.account_id);
    expect(joined.device_id).not.toBe(tokens.device_id);
    expect(decodeJwt(joined.access_token).amr).toEqual(["pwd"]);
    const refreshed = await edge.refreshed(joined.refresh_token);
    expect(decodeJwt(refreshed.access_token)).not.toHaveProperty("amr");
    expect((await deleteEmail(edge, refreshed.access_token)).status).toBe(401);
    expect((await deleteEmail(edge, joined.access_token)).status).toBe(204);
  });

  it("that were set here are those that let in, however a keyboard composes them", async () => {
    const edge = startEdge();
    const { tokens } = await signedIn(edge);
    const email = newEmail();
    await putEmail(edge, tokens.access_token, { email, password: "motörhead\u00a0forever" });
    const { password } = await accountRow(tokens.account_id);
    expect((await emailGrant(edge, { email, password: "moto\u0308rhead forever" })).status).toBe(200);
    // It was stored at the present cost, so there was nothing to upgrade.
    expect((await accountRow(tokens.account_id)).password).toBe(password);
  });

  it("stored at a lower cost are stored anew at a sign-in, and stay good", async () => {
    const edge = startEdge();
    const { tokens, email } = await emailOwner(edge);
    expect((await accountRow(tokens.account_id)).password).toMatch(/^scrypt\$5\$/);
    const app = newApp();
    await tokensOf(await emailGrant(edge, { email }, app));
    const upgraded = (await accountRow(tokens.account_id)).password;
    expect(upgraded).toMatch(/^scrypt\$15\$8\$3\$/);
    expect((await emailGrant(edge, { email }, app)).status).toBe(200);
    expect((await accountRow(tokens.account_id)).password).toBe(upgraded);
  });

  it("are refused alike whether the email or the password is wrong, at the same cost in batches, and count alike", async () => {
    const counted = counting(env);
    const edge = startEdge(counted.env);
    const { email } = await emailOwner(edge);
    counted.take();
    const answers = [];
    for (const given of [{ email, password: WRONG }, { email: newEmail() }, { email: "no address" }]) {
      const answer = await emailGrant(edge, given);
      answers.push({ status: answer.status, body: await answer.json(), ops: counted.take() });
    }
    expect(answers[0]).toMatchObject({ status: 400, body: { error: "invalid_grant" }, ops: { d1Batches: 1 } });
    expect(answers[0]?.body).not.toHaveProperty("error_code");
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(await failures()).toEqual({ email: 3 });
    expect(JSON.stringify(edge.lines)).not.toContain(email);
  });

  it("that are good take two batches, hashing between them", async () => {
    const counted = counting(env);
    const edge = startEdge(counted.env);
    const { email } = await emailOwner(edge);
    counted.take();
    expect((await emailGrant(edge, { email })).status).toBe(200);
    expect(counted.take()).toMatchObject({ d1Batches: 2, d1Statements: 0 });
  });

  it("of a blocked account are refused as everything of it is, the wrong password like any", async () => {
    const edge = startEdge();
    const { tokens, email } = await emailOwner(edge);
    await env.DB.prepare("UPDATE accounts SET blocked_at = 1 WHERE id = ?1").bind(tokens.account_id).run();
    expect(await errorOf(await emailGrant(edge, { email, password: WRONG }))).toEqual(REFUSED);
    edge.advance(1000);
    expect(await errorOf(await emailGrant(edge, { email }))).toEqual([403, "access_denied"]);
  });
});

describe("guessing from one address", () => {
  it("is delayed by one second, then two, and so on to sixty; the right password waits too, and ends it", async () => {
    const edge = startEdge();
    const { email } = await emailOwner(edge);
    for (const [n, seconds] of [1, 2, 4, 8, 16, 32, 60, 60].entries()) {
      expect(await errorOf(await emailGrant(edge, { email, password: WRONG })), `try ${n}`).toEqual(REFUSED);
      edge.advance(seconds * 1000 - 1);
      const early = await emailGrant(edge, { email });
      expect([...(await errorOf(early)), early.headers.get("Retry-After")], `after try ${n}`).toEqual([
        ...SLOW_DOWN,
        "1",
      ]);
      edge.advance(1);
    }
    expect((await emailGrant(edge, { email })).status).toBe(200);
    expect(await failures()).toEqual({});
  });

  it("is delayed for an unknown email just the same", async () => {
    const edge = startEdge();
    const email = newEmail();
    expect(await errorOf(await emailGrant(edge, { email }))).toEqual(REFUSED);
    expect(await errorOf(await emailGrant(edge, { email: email.toUpperCase() }))).toEqual(SLOW_DOWN);
    edge.advance(1000);
    expect(await errorOf(await emailGrant(edge, { email }))).toEqual(REFUSED);
    edge.advance(1999);
    expect(await errorOf(await emailGrant(edge, { email }))).toEqual(SLOW_DOWN);
  });

  it("delays neither another email from there nor this email from elsewhere", async () => {
    const edge = startEdge();
    const { email } = await emailOwner(edge);
    const other = await emailOwner(edge);
    await emailGrant(edge, { email, password: WRONG });
    expect(await errorOf(await emailGrant(edge, { email: other.email, password: WRONG }))).toEqual(REFUSED);
    const elsewhere = from("2001:db8:5:6::7");
    expect(await errorOf(await emailGrant(edge, { email, password: WRONG }, newApp(), elsewhere))).toEqual(REFUSED);
    const near = from("2001:db8:5:6:7::8");
    expect(await errorOf(await emailGrant(edge, { email, password: WRONG }, newApp(), near))).toEqual(SLOW_DOWN);
  });

  it("at many tries at once is one try", async () => {
    const edge = startEdge();
    const { email } = await emailOwner(edge);
    const tries = Array.from({ length: 6 }, () => emailGrant(edge, { email, password: WRONG }));
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([400, 429, 429, 429, 429, 429]);
    expect(await failures()).toEqual({ email: 1 });
  });

  it("is told to the operator once an hour, after five failures and not before", async () => {
    const edge = startEdge();
    const { email } = await emailOwner(edge);
    for (let n = 1; n <= 5; n += 1) {
      expect(edge.events(), `before failure ${n}`).toEqual([]);
      await emailGrant(edge, { email, password: WRONG });
      await emailGrant(edge, { email, password: WRONG });
      edge.advance(60_000);
    }
    expect(edge.events()).toEqual(["sign_in_throttled warning"]);
    await emailGrant(edge, { email, password: WRONG });
    await emailGrant(edge, { email, password: WRONG });
    expect(edge.events()).toEqual(["sign_in_throttled warning"]);
    expect(edge.lines.join()).not.toContain(email);
  });
});

describe("a known device of the account", () => {
  it("is not delayed by what others did from its address, and counts by itself: ten failures in an hour", async () => {
    const edge = startEdge();
    const { app, tokens, email } = await emailOwner(edge);
    await emailGrant(edge, { email, password: WRONG });
    for (let n = 1; n <= 10; n += 1)
      expect(await errorOf(await emailGrant(edge, { email, password: WRONG }, app)), `failure ${n}`).toEqual(REFUSED);
    const eleventh = await emailGrant(edge, { email }, app);
    expect([...(await errorOf(eleventh)), eleventh.headers.get("Retry-After")]).toEqual([...SLOW_DOWN, "3600"]);
    expect(await failures()).toEqual({ email: 1, device: 10 });
    expect(edge.events()).toEqual(["sign_in_throttled warning"]);
    // The account's other device goes on, and this one in the next hour.
    const other = await anotherDevice(edge, tokens.account_id);
    expect(await errorOf(await emailGrant(edge, { email, password: WRONG }, other.app))).toEqual(REFUSED);
    edge.advance(3_600_000);
    expect((await emailGrant(edge, { email }, app)).status).toBe(200);
  });

  it("is known by its app secret only, and while it is not removed", async () => {
    const edge = startEdge();
    const { app, tokens, email } = await emailOwner(edge);
    await emailGrant(edge, { email, password: WRONG }, { ...app, app_secret: newApp().app_secret });
    expect(await failures()).toEqual({ email: 1 });
    await env.DB.prepare("UPDATE devices SET removed_at = 1 WHERE id = ?1").bind(tokens.device_id).run();
    edge.advance(1000);
    await emailGrant(edge, { email, password: WRONG }, app);
    expect(await failures()).toEqual({ email: 2 });
  });

  it("of another account is a stranger here", async () => {
    const edge = startEdge();
    const { email } = await emailOwner(edge);
    const { app } = await signedIn(edge);
    await emailGrant(edge, { email, password: WRONG }, app);
    expect(await failures()).toEqual({ email: 1 });
  });
});
