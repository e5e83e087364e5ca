/** The step-up that also proves the account's password or recovery code, over HTTP. */
import { env } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import { sha256 } from "../../src/encoding.ts";
import { errorOf, NOON, signedIn, startEdge, tokensOf } from "../auth/edge.ts";
import { aroundDb, counting } from "../bindings.ts";
import { newApp, type Tokens } from "../worker.ts";
import {
  anotherDevice,
  deleteEmail,
  emailGrant,
  emailOwner,
  failures,
  forgetFailures,
  givePassword,
  PASSWORD,
  putEmail,
  steppedUp,
} from "./email-owner.ts";

beforeEach(forgetFailures);

const WRONG = { password: "a wrong password" };
const WRONG_PASSWORD = [400, "invalid_grant", "wrong_password"];
const CODE = "0123456789ABCDEFGHJKMNPQRS";

const proofOf = ({ access_token }: Tokens) => decodeJwt(access_token).amr;

/** Gives an account a recovery code behind the Worker's back. */
async function giveCode(accountId: string): Promise<void> {
  const sql = "UPDATE accounts SET recovery_hash = ?2 WHERE id = ?1";
  await env.DB.prepare(sql)
    .bind(accountId, await sha256(CODE))
    .run();
}

describe("the right password", () => {
  it("is in the token of a rotated, a concurrent and a repeated refresh, and in no later one", async () => {
    const edge = startEdge();
    const { app, tokens } = await emailOwner(edge);
    const attempt = { attempt_id: "the-attempt-of-this-step-up" };
    const rotated = await steppedUp(edge, app, tokens, { ...attempt, password: PASSWORD });
    const concurrent = await steppedUp(edge, app, tokens, { password: PASSWORD });
    edge.advance(400_000);
    const retried = await steppedUp(edge, app, tokens, { ...attempt, password: PASSWORD });
    for (const answer of [rotated, concurrent, retried]) {
      expect(answer.refresh_token).toBe(rotated.refresh_token);
      expect(proofOf(answer)).toEqual(["pwd"]);
    }
    expect(decodeJwt(retried.access_token).auth_time).toBe(NOON / 1000 + 400);
    // A retry of the same attempt that gives no password gets none.
    expect(proofOf(await steppedUp(edge, app, tokens, attempt))).toBeUndefined();
    const later = await edge.refreshed(rotated.refresh_token);
    expect(proofOf(later)).toBeUndefined();
    expect((await deleteEmail(edge, later.access_token)).status).toBe(401);
    expect((await deleteEmail(edge, retried.access_token)).status).toBe(204);
  });

  it("costs two batches with a hashing between, the wrong one no more, and none of both one statement", async () => {
    const counted = counting(env);
    const edge = startEdge(counted.env);
    const { app, tokens } = await emailOwner(edge);
    const opsOf = async (given: Record<string, string>) => {
      counted.take();
      await edge.refresh(tokens.refresh_token, { ...app, ...given });
      const { d1Batches, d1Statements } = counted.take();
      return [d1Batches, d1Statements];
    };
    expect(await opsOf({ password: PASSWORD })).toEqual([2, 0]);
    expect(await opsOf(WRONG)).toEqual([1, 1]);
    expect(await opsOf({})).toEqual([0, 1]);
    expect(await opsOf({ recovery_code: CODE })).toEqual([0, 1]);
  });

  it("needs the app's own secret beside it", async () => {
    const edge = startEdge();
    const { app, tokens } = await emailOwner(edge);
    const { refresh_token } = tokens;
    expect(await errorOf(await edge.refresh(refresh_token, { password: PASSWORD }))).toEqual([400, "invalid_request"]);
    for (const other of [newApp(), { ...app, app_secret: newApp().app_secret }]) {
      const answer = await edge.refresh(refresh_token, { ...other, ...WRONG });
      expect(await errorOf(answer)).toEqual([400, "invalid_grant", "app_secret_mismatch"]);
    }
    // Whoever lacks the secret tries no password, and uses up nobody's tries.
    expect(await failures()).toEqual({});
    expect((await edge.refresh(refresh_token)).status).toBe(200);
  });
});

describe("a wrong password", () => {
  it("is told, consumes nothing and ends nothing, whatever the generation of the refresh token", async () => {
    const edge = startEdge();
    const { app, tokens } = await emailOwner(edge);
    expect(await errorOf(await edge.refresh(tokens.refresh_token, { ...app, ...WRONG }))).toEqual(WRONG_PASSWORD);
    const next = await edge.refreshed(tokens.refresh_token);
    edge.advance(31_000);
    // Without the password this token would be a reuse, and end the session.
    expect(await errorOf(await edge.refresh(tokens.refresh_token, { ...app, ...WRONG }))).toEqual(WRONG_PASSWORD);
    expect((await edge.refresh(next.refresh_token)).status).toBe(200);
    expect(edge.events()).toEqual([]);
  });

  it("is any where the account has none: no token claims what nobody checked", async () => {
    const edge = startEdge();
    const { app, tokens } = await signedIn(edge);
    const answer = await edge.refresh(tokens.refresh_token, { ...app, password: PASSWORD });
    expect(await errorOf(answer)).toEqual(WRONG_PASSWORD);
    expect(await failures()).toEqual({});
  });

  it("may be given ten times an hour by a device, in both grants together; then it slows down and consumes nothing", async () => {
    const edge = startEdge();
    const { app, tokens, email } = await emailOwner(edge);
    const { refresh_token } = tokens;
    for (let n = 1; n <= 9; n += 1) await edge.refresh(refresh_token, { ...app, ...WRONG });
    expect(await errorOf(await emailGrant(edge, { email, ...WRONG }, app))).toEqual([400, "invalid_grant"]);
    const refused = await edge.refresh(refresh_token, { ...app, password: PASSWORD });
    expect([...(await errorOf(refused)), refused.headers.get("Retry-After")]).toEqual([429, "slow_down", "3600"]);
    expect(edge.events()).toEqual(["sign_in_throttled warning"]);
    // Another device of the account goes on.
    const other = await anotherDevice(edge, tokens.account_id);
    expect(proofOf(await steppedUp(edge, other.app, other.tokens, { password: PASSWORD }))).toEqual(["pwd"]);
    edge.advance(3_599_999);
    expect((await edge.refresh(refresh_token, { ...app, password: PASSWORD })).status).toBe(429);
    edge.advance(1);
    expect(proofOf(await steppedUp(edge, app, tokens, { password: PASSWORD }))).toEqual(["pwd"]);
  });

  it("is forgotten once the right one was given", async () => {
    const edge = startEdge();
    const { app, tokens } = await emailOwner(edge);
    for (let n = 1; n <= 9; n += 1) await edge.refresh(tokens.refresh_token, { ...app, ...WRONG });
    expect(await failures()).toEqual({ device: 9 });
    await steppedUp(edge, app, tokens, { password: PASSWORD });
    expect(await failures()).toEqual({});
  });

  it("twenty times at once is ten tries, of which two at a time are hashed", async () => {
    const edge = startEdge();
    const { app, tokens } = await emailOwner(edge);
    const tries = Array.from({ length: 20 }, () => edge.refresh(tokens.refresh_token, { ...app, ...WRONG }));
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    const count = (status: number) => statuses.filter((each) => each === status).length;
    expect(count(400) + count(503) + count(429)).toBe(20);
    expect(count(400)).toBeLessThanOrEqual(10);
    expect(await failures()).toEqual({ device: count(400) });
  });
});

describe("a recovery code", () => {
  it("stands in for the password: its token changes what the password is needed for", async () => {
    const edge = startEdge();
    const { app, tokens, email } = await emailOwner(edge);
    await giveCode(tokens.account_id);
    const proved = await steppedUp(edge, app, tokens, { recovery_code: "ol23-4567 89abcdefghjkmnpqrs" });
    expect(proofOf(proved)).toEqual(["recovery"]);
    const answer = await putEmail(edge, proved.access_token, { email, password: "another password of theirs" });
    expect(answer.status).toBe(200);
  });

  it("that is wrong, or of an account without one, is wrong as a password is, and consumes nothing", async () => {
    const edge = startEdge();
    const { app, tokens } = await emailOwner(edge);
    const given = { ...app, recovery_code: CODE };
    expect(await errorOf(await edge.refresh(tokens.refresh_token, given))).toEqual(WRONG_PASSWORD);
    await giveCode(tokens.account_id);
    const wrong = { ...app, recovery_code: `1${CODE.slice(1)}` };
    expect(await errorOf(await edge.refresh(tokens.refresh_token, wrong))).toEqual(WRONG_PASSWORD);
    expect(proofOf(await tokensOf(await edge.refresh(tokens.refresh_token, given)))).toEqual(["recovery"]);
  });
});

it("a password that was changed between its verification and the refresh is wrong", async () => {
  const edge = startEdge();
  const { app, tokens, email } = await emailOwner(edge);
  const DB = aroundDb(env.DB, async (make, { args }) => {
    const answer = await make();
    if (String(args[0]).includes("AS freeAt"))
      await givePassword(tokens.account_id, email, "another password of theirs");
    return answer;
  });
  const elsewhere = startEdge({ DB });
  const given = { ...app, password: PASSWORD };
  expect(await errorOf(await elsewhere.refresh(tokens.refresh_token, given))).toEqual(WRONG_PASSWORD);
});
