/** Setting and removing an account's email and password over HTTP. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { errorOf, NOON, signedIn, startEdge } from "../auth/edge.ts";
import { aroundDb, counting } from "../bindings.ts";
import {
  accountRow,
  anotherDevice,
  deleteEmail,
  emailGrant,
  emailOwner,
  forgetFailures,
  newEmail,
  PASSWORD,
  problemOf,
  putEmail,
  steppedUp,
} from "./email-owner.ts";

beforeEach(forgetFailures);

const PASSWORD_NEEDED = [401, "insufficient_user_authentication"];
const ANOTHER = "another password of theirs";

describe("registering", () => {
  it("stores a folded email and a hash with its cost; the phone's next step-up with that password repeats it", async () => {
    const edge = startEdge();
    const { app, tokens } = await signedIn(edge);
    const email = newEmail();
    const body = { email: ` ${email.toUpperCase()}\t`, password: PASSWORD };
    const answer = await putEmail(edge, tokens.access_token, body);
    expect([answer.status, await answer.json()]).toEqual([200, { email }]);
    const row = await accountRow(tokens.account_id);
    expect(row.email).toBe(email);
    expect(row.password).toMatch(/^scrypt\$15\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
    // The answer was lost: the account has a password now, which the old token does not prove.
    expect(await problemOf(await putEmail(edge, tokens.access_token, body))).toEqual(PASSWORD_NEEDED);
    const proved = await steppedUp(edge, app, tokens, { password: PASSWORD });
    expect((await putEmail(edge, proved.access_token, body)).status).toBe(200);
    expect(await accountRow(tokens.account_id)).toEqual(row);
  });

  it("takes two batches, and shows in the account's status", async () => {
    const counted = counting(env);
    const edge = startEdge(counted.env);
    const { tokens } = await signedIn(edge);
    const status = async () => (await edge.get("/v1/account", tokens.access_token)).json();
    expect(await status()).toMatchObject({ email: null, recoveryCode: false });
    const email = newEmail();
    counted.take();
    await putEmail(edge, tokens.access_token, { email, password: PASSWORD });
    expect(counted.take()).toMatchObject({ d1Batches: 2, d1Statements: 0 });
    expect(await status()).toMatchObject({ email });
  });

  it("of two at once with different passwords only one is heeded", async () => {
    const edge = startEdge();
    const { tokens } = await signedIn(edge);
    const email = newEmail();
    const answers = await Promise.all(
      [PASSWORD, ANOTHER].map((password) => putEmail(edge, tokens.access_token, { email, password })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
  });

  it("needs a sign-in or step-up of the last five minutes", async () => {
    const edge = startEdge();
    const { tokens } = await signedIn(edge);
    edge.advance(301_000);
    const answer = await putEmail(edge, tokens.access_token, { email: newEmail(), password: PASSWORD });
    expect(await problemOf(answer)).toEqual(PASSWORD_NEEDED);
    expect(answer.headers.get("WWW-Authenticate")).not.toContain("acr_values");
  });
});

describe("what is refused with 400", () => {
  const good = { email: "ann@example.com", password: PASSWORD };
  it.each([
    ["no @", "email", { ...good, email: "ann.example.com" }],
    ["nothing before the @", "email", { ...good, email: "@example.com" }],
    ["nothing after the @", "email", { ...good, email: "ann@ " }],
    ["a space inside", "email", { ...good, email: "ann b@example.com" }],
    ["a control character", "email", { ...good, email: "ann\u0007@example.com" }],
    ["255 characters", "email", { ...good, email: `${"a".repeat(243)}@example.com` }],
    ["7 characters", "password", { ...good, password: "7 chars" }],
    ["7 characters of two units each", "password", { ...good, password: "🦊".repeat(7) }],
    ["8 characters that compose to 7", "password", { ...good, password: "e\u0301abcdef" }],
    ["129 characters", "password", { ...good, password: "xyz".repeat(43) }],
    ["the email", "password", { ...good, password: "Ann@Example.com" }],
    ["one of the commonest", "password", { ...good, password: "iloveyou" }],
    ["one of the commonest, in capitals", "password", { ...good, password: "Password1" }],
  ])("%s, for the %s", async (_, path, body) => {
    const edge = startEdge();
    const { tokens } = await signedIn(edge);
    expect(await problemOf(await putEmail(edge, tokens.access_token, body))).toEqual([400, "invalid_request", path]);
    expect(await accountRow(tokens.account_id)).toMatchObject({ email: null, password: null });
  });

  it("nothing, where the list of the commonest cannot be read: that is 503", async () => {
    const ASSETS = { fetch: async () => new Response(null, { status: 404 }) };
    const edge = startEdge({ ASSETS });
    const { tokens } = await signedIn(edge);
    const answer = await putEmail(edge, tokens.access_token, { email: newEmail(), password: PASSWORD });
    expect([...(await problemOf(answer)), answer.headers.get("Retry-After")]).toEqual([503, "busy", "2"]);
  });
});

describe("an account with a password", () => {
  it("asks for it: by the challenge of RFC 9470, for both routes, and does nothing", async () => {
    const edge = startEdge();
    const { app, tokens } = await emailOwner(edge);
    const before = await accountRow(tokens.account_id);
    const { access_token } = await steppedUp(edge, app, tokens);
    const answers = [
      await putEmail(edge, access_token, { email: newEmail(), password: ANOTHER }),
      await deleteEmail(edge, access_token),
    ];
    for (const answer of answers) {
      expect(answer.headers.get("WWW-Authenticate")).toMatch(/max_age=300, acr_values="password"$/);
      expect(await problemOf(answer)).toEqual(PASSWORD_NEEDED);
    }
    expect(await accountRow(tokens.account_id)).toEqual(before);
  });

  it("changes it: the other sessions end at once, the transfer code is void, the own session goes on", async () => {
    const edge = startEdge();
    const { app, tokens, email } = await emailOwner(edge);
    const other = await anotherDevice(edge, tokens.account_id);
    const stranger = await signedIn(edge);
    const addCode =
      "INSERT INTO transfer_codes (account_id, code_hash, device_id, created_at, expires_at) VALUES (?1, ?1, ?2, ?3, ?3)";
    for (const { account_id, device_id } of [tokens, stranger.tokens])
      await env.DB.prepare(addCode).bind(account_id, device_id, NOON).run();
    const cached = () => edge.get("/v1/phrasebook/languages", other.tokens.access_token);
    expect((await cached()).status).toBe(200);
    const proved = await steppedUp(edge, app, tokens, { password: PASSWORD });
    expect((await putEmail(edge, proved.access_token, { email, password: ANOTHER })).status).toBe(200);
    // Languages need no database: this isolate knows at once, from no later look into it.
    expect((await edge.get("/v1/usage", other.tokens.access_token)).status).toBe(401);
    expect((await cached()).status).toBe(401);
    expect(await errorOf(await edge.refresh(other.tokens.refresh_token))).toEqual([400, "invalid_grant"]);
    expect(await edge.status(proved.access_token)).toBe(200);
    expect(await edge.status(stranger.tokens.access_token)).toBe(200);
    const codes = await env.DB.prepare("SELECT account_id FROM transfer_codes").all();
    expect(codes.results).toEqual([{ account_id: stranger.tokens.account_id }]);
    expect((await edge.refresh(proved.refresh_token, { ...app, password: ANOTHER })).status).toBe(200);
  });

  it("changes the email alone: the stored password stays as it is, and so do the other sessions", async () => {
    const edge = startEdge();
    const { app, tokens } = await emailOwner(edge);
    const { password } = await accountRow(tokens.account_id);
    const other = await anotherDevice(edge, tokens.account_id);
    const proved = await steppedUp(edge, app, tokens, { password: PASSWORD });
    const email = newEmail();
    expect((await putEmail(edge, proved.access_token, { email, password: PASSWORD })).status).toBe(200);
    expect(await accountRow(tokens.account_id)).toMatchObject({ email, password });
    expect(await edge.status(other.tokens.access_token)).toBe(200);
  });

  it("is given up again, also a second time; its address is then free", async () => {
    const edge = startEdge();
    const { app, tokens, email } = await emailOwner(edge);
    const proved = await steppedUp(edge, app, tokens, { password: PASSWORD });
    expect((await deleteEmail(edge, proved.access_token)).status).toBe(204);
    expect((await deleteEmail(edge, proved.access_token)).status).toBe(204);
    expect(await accountRow(tokens.account_id)).toMatchObject({ email: null, password: null });
    const { tokens: others } = await signedIn(edge);
    expect((await putEmail(edge, others.access_token, { email, password: PASSWORD })).status).toBe(200);
  });

  it("keeps a password that was changed between the two batches of a change", async () => {
    const edge = startEdge();
    const { app, tokens, email } = await emailOwner(edge);
    const proved = await steppedUp(edge, app, tokens, { password: PASSWORD });
    let batches = 0;
    const DB = aroundDb(env.DB, async (make, { method }) => {
      const answer = await make();
      if (method === "batch" && ++batches === 1)
        await env.DB.prepare("UPDATE accounts SET password = 'newer' WHERE id = ?1").bind(tokens.account_id).run();
      return answer;
    });
    const elsewhere = startEdge({ DB });
    expect(await problemOf(await putEmail(elsewhere, proved.access_token, { email, password: ANOTHER }))).toEqual(
      PASSWORD_NEEDED,
    );
    expect((await accountRow(tokens.account_id)).password).toBe("newer");
  });
});

it("a session that was ended changes and removes nothing", async () => {
  const edge = startEdge();
  const { app, tokens } = await emailOwner(edge);
  const before = await accountRow(tokens.account_id);
  const proved = await steppedUp(edge, app, tokens, { password: PASSWORD });
  await edge.revoke(proved.refresh_token);
  const change = await putEmail(edge, proved.access_token, { email: newEmail(), password: PASSWORD });
  expect(await problemOf(change)).toEqual([401, "invalid_token"]);
  expect(await problemOf(await deleteEmail(edge, proved.access_token))).toEqual([401, "invalid_token"]);
  expect(await accountRow(tokens.account_id)).toEqual(before);
});

it("EMAIL_ACCOUNTS=off refuses both routes and the grant, and a password then stands in nobody's way", async () => {
  const off = startEdge({ EMAIL_ACCOUNTS: "off" });
  const { app, tokens, email } = await emailOwner(off);
  const refused = [501, "email_accounts_off"];
  const change = await putEmail(off, tokens.access_token, { email: newEmail(), password: PASSWORD });
  expect(await problemOf(change)).toEqual(refused);
  expect(await problemOf(await deleteEmail(off, tokens.access_token))).toEqual(refused);
  expect(await errorOf(await emailGrant(off, { email }))).toEqual([400, "unsupported_grant_type"]);
  // A wrong password is not even looked at, and proves nothing.
  const stepped = await steppedUp(off, app, tokens, { password: "wrong, and never hashed" });
  expect(
    (
      await off.request("/v1/account", {
        method: "DELETE",
        headers: { Authorization: `Bearer ${stepped.access_token}` },
      })
    ).status,
  ).toBe(204);
});
