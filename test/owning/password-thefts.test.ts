/** The rows of the theft table that a password adds: what it keeps from whoever has stolen something else. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { errorOf, startEdge, tokensOf } from "../auth/edge.ts";
import {
  accountRow,
  anotherDevice,
  emailGrant,
  emailOwner,
  newEmail,
  PASSWORD,
  putEmail,
  steppedUp,
} from "./email-owner.ts";

const JSON_TYPE = { "Content-Type": "application/json" };

/** An owner with two devices, and a thief's tries at all that needs the password. */
async function owner() {
  const edge = startEdge();
  const first = await emailOwner(edge);
  const { tokens: second } = await anotherDevice(edge, first.tokens.account_id);
  const before = await accountRow(first.tokens.account_id);
  const tries: readonly [string, string, unknown?][] = [
    ["PUT", "/v1/account/email", { email: newEmail(), password: "the thief's own password" }],
    ["DELETE", "/v1/account/email"],
    ["PUT", "/v1/account/recovery-code", { code: "0123456789ABCDEFGHJKMNPQRS" }],
    ["DELETE", "/v1/account/recovery-code"],
    ["DELETE", `/v1/devices/${second.device_id}`],
    ["DELETE", "/v1/account"],
  ];
  return {
    edge,
    ...first,
    second,
    /** What a token comes to with each of them; the account stays as it was. */
    async tried(token: string) {
      const answers: string[] = [];
      for (const [method, path, body] of tries) {
        const headers = { Authorization: `Bearer ${token}`, ...(body === undefined ? {} : JSON_TYPE) };
        const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
        const answer = await edge.request(path, init);
        const { code } = await answer.json<{ code: string }>();
        const wants = /acr_values="password"/.test(answer.headers.get("WWW-Authenticate") ?? "") ? "password" : "";
        answers.push(`${answer.status} ${code} ${wants}`.trim());
      }
      expect(await accountRow(first.tokens.account_id)).toEqual(before);
      expect(await edge.status(second.access_token)).toBe(200);
      return new Set(answers);
    },
  };
}

const PASSWORD_WANTED = new Set(["401 insufficient_user_authentication password"]);
const STEP_UP_WANTED = new Set(["401 insufficient_user_authentication"]);

describe("never gets what needs the password", () => {
  it("whoever has stolen the app secret: by its sign-in, by its step-up, by a password that he guesses", async () => {
    const { edge, app, tried } = await owner();
    const thief = await tokensOf(await edge.appGrant(app));
    expect(await tried(thief.access_token)).toEqual(PASSWORD_WANTED);
    const { access_token } = await steppedUp(edge, app, thief);
    expect(await tried(access_token)).toEqual(PASSWORD_WANTED);
    const guess = { ...app, password: "the thief's own guess" };
    expect(await errorOf(await edge.refresh(thief.refresh_token, guess))).toEqual([
      400,
      "invalid_grant",
      "wrong_password",
    ]);
  });

  it("whoever has stolen an access token, unless it proves the password, and then for five minutes", async () => {
    const { edge, app, tokens, tried } = await owner();
    expect(await tried(tokens.access_token)).toEqual(PASSWORD_WANTED);
    const proved = await steppedUp(edge, app, tokens, { password: PASSWORD });
    edge.advance(301_000);
    expect(await tried(proved.access_token)).toEqual(STEP_UP_WANTED);
  });

  it("whoever has stolen a refresh token: what it is refreshed to proves nothing", async () => {
    const { edge, app, tokens, tried } = await owner();
    const proved = await steppedUp(edge, app, tokens, { password: PASSWORD });
    const thief = await edge.refreshed(proved.refresh_token);
    expect(await tried(thief.access_token)).toEqual(PASSWORD_WANTED);
    edge.advance(301_000);
    expect(await tried(thief.access_token)).toEqual(STEP_UP_WANTED);
  });

  it("whoever has a copy of the database: what is stored of the password is not the password", async () => {
    const { edge, app, tokens, email, tried } = await owner();
    const { password: stored } = await accountRow(tokens.account_id);
    const password = String(stored);
    expect(await errorOf(await emailGrant(edge, { email, password }))).toEqual([400, "invalid_grant"]);
    expect(await errorOf(await edge.refresh(tokens.refresh_token, { ...app, password }))).toEqual([
      400,
      "invalid_grant",
      "wrong_password",
    ]);
    expect(await tried(tokens.access_token)).toEqual(PASSWORD_WANTED);
  });
});

it("the owner takes everything back from a thief with the app secret: another password, and the stolen device is removed", async () => {
  const { edge, app, tokens, email } = await owner();
  const thief = await tokensOf(await edge.appGrant(app));
  const safe = await tokensOf(await emailGrant(edge, { email }));
  expect((await putEmail(edge, safe.access_token, { email, password: "another password of theirs" })).status).toBe(200);
  expect(await edge.status(thief.access_token)).toBe(401);
  const init = { method: "DELETE", headers: { Authorization: `Bearer ${safe.access_token}` } };
  expect((await edge.request(`/v1/devices/${tokens.device_id}`, init)).status).toBe(204);
  expect(await errorOf(await edge.appGrant(app))).toEqual([400, "invalid_grant", "device_removed"]);
});

it("no password, email or address is in any table but the account's row, nor in a line of the log", async () => {
  const { edge, app, tokens, email } = await owner();
  await edge.refresh(tokens.refresh_token, { ...app, password: PASSWORD });
  await emailGrant(edge, { email, password: "a wrong password" });
  await edge.settled();
  const { results } = await env.DB.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all<{
    name: string;
  }>();
  for (const { name } of results.filter((table) => !/^(sqlite_|_cf_|d1_)/.test(table.name))) {
    const rows = JSON.stringify((await env.DB.prepare(`SELECT * FROM ${name}`).all()).results);
    if (name !== "accounts") expect(rows, name).not.toContain(email);
    for (const secret of [PASSWORD, "a wrong password", "203.0.113.7"]) expect(rows, name).not.toContain(secret);
  }
  for (const secret of [email, PASSWORD, "203.0.113.7"]) expect(edge.lines.join()).not.toContain(secret);
});
