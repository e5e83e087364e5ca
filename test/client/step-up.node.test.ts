/** Routes that want fresh proof: the client steps up silently, and asks for the password only where it is told to. */
import { describe, expect, test } from "vitest";
import { MAX_PROOF_TRIES } from "../../scripts/client/bounds.ts";
import type { AskProof } from "../../scripts/client/client.ts";
import { oauthError, problem } from "./fake-edge.ts";
import { expired, failureOf, fixture, grants, sessionSeenBy } from "./fixture.ts";

const CHALLENGE = 'Bearer error="insufficient_user_authentication", error_description="d", max_age=300';
const refusal =
  (more = "") =>
  () =>
    problem(401, "insufficient_user_authentication", { "WWW-Authenticate": CHALLENGE + more });
const proofTooOld = refusal();
const passwordNeeded = refusal(', acr_values="password"');
const wrongPassword = () => oauthError(400, "invalid_grant", "wrong_password");

/** A client that is signed in, and what the server is then asked. */
async function signedIn() {
  const it = fixture();
  const client = it.newClient();
  const session = await sessionSeenBy(client);
  it.edge.log.length = 0;
  it.edge.parameters.length = 0;
  const asked: number[] = [];
  /** The owner's answers to the question for the password, in their order. */
  const answering =
    (...passwords: string[]): AskProof =>
    async (attempt) => {
      asked.push(attempt);
      const password = passwords.shift();
      return password === undefined ? undefined : { password };
    };
  const change = (askProof?: AskProof) =>
    client.request("/v1/account", { method: "PUT", body: {}, ...(askProof && { askProof }) });
  const stepUps = () => it.edge.parameters.map((parameters) => Object.fromEntries(parameters));
  return { ...it, client, session, asked, answering, change, stepUps };
}

describe("proof of the app secret", () => {
  test("is given with a refresh, and the request is repeated", async () => {
    const { edge, store, change, stepUps, asked, answering } = await signedIn();
    const before = await store.read();
    edge.apiFaults = [proofTooOld];
    await change(answering("secret"));
    expect(edge.log).toEqual(["rotated", "/v1/account"]);
    expect(stepUps()).toEqual([
      {
        grant_type: "refresh_token",
        refresh_token: before.tokens?.refreshToken,
        attempt_id: expect.any(String),
        app_id: before.appId,
        app_secret: before.appSecret,
      },
    ]);
    expect(asked).toEqual([]);
    expect((await store.read()).tokens?.refreshToken).not.toBe(before.tokens?.refreshToken);
  });

  test("after an answer that was lost is the same attempt", async () => {
    const { edge, session, client, change } = await signedIn();
    edge.apiFaults = [proofTooOld];
    edge.tokenFaults = ["answer lost"];
    await change();
    expect(edge.log).toEqual(["rotated", "retry", "/v1/account"]);
    expect(await sessionSeenBy(client)).toBe(session);
  });

  test("is as good from a sign-in, where the session is over", async () => {
    const { edge, change } = await signedIn();
    edge.apiFaults = [proofTooOld];
    edge.sessions.clear();
    await change();
    expect(edge.log).toEqual(["revoked", "app", "/v1/account"]);
  });

  test("is no part of other refreshes", async () => {
    const { edge, client } = await expired();
    edge.parameters.length = 0;
    await sessionSeenBy(client);
    expect([...(edge.parameters[0]?.keys() ?? [])]).toEqual(["grant_type", "refresh_token", "attempt_id"]);
  });

  test("that the server does not take ends the call, with the tokens kept", async () => {
    const { edge, session, client, change } = await signedIn();
    edge.apiFaults = [proofTooOld, proofTooOld];
    expect(await failureOf(change())).toMatchObject({ problem: { code: "insufficient_user_authentication" } });
    expect(await sessionSeenBy(client)).toBe(session);
  });

  test("a token that is over, and then proves too little, is renewed for each", async () => {
    const { edge, change } = await signedIn();
    const over = () => problem(401, "invalid_token", { "WWW-Authenticate": 'Bearer error="invalid_token"' });
    edge.apiFaults = [over, proofTooOld];
    await change();
    expect(edge.log).toEqual(["rotated", "rotated", "/v1/account"]);
  });
});

describe("the password", () => {
  test("is asked for where the server says so, and travels in the step-up alone", async () => {
    const { edge, asked, answering, change, stepUps } = await signedIn();
    edge.apiFaults = [proofTooOld, passwordNeeded];
    await change(answering("correct"));
    expect(asked).toEqual([1]);
    expect(stepUps().map(({ password, app_secret }) => [password, typeof app_secret])).toEqual([
      [undefined, "string"],
      ["correct", "string"],
    ]);
    expect(edge.log).toEqual(["rotated", "rotated", "/v1/account"]);
  });

  test("that is wrong is asked for again, and costs no session", async () => {
    const { edge, session, client, asked, answering, change } = await signedIn();
    edge.apiFaults = [passwordNeeded];
    edge.tokenFaults = [wrongPassword];
    await change(answering("wrong", "correct"));
    expect(asked).toEqual([1, 2]);
    expect(await sessionSeenBy(client)).toBe(session);
  });

  test("is asked for so many times and no more", async () => {
    const { edge, session, client, asked, answering, change } = await signedIn();
    edge.apiFaults = [passwordNeeded];
    edge.tokenFaults = Array(MAX_PROOF_TRIES).fill(wrongPassword);
    expect(await failureOf(change(answering("1", "2", "3", "4", "5")))).toEqual({ kind: "wrong_password" });
    expect(asked).toEqual([1, 2, 3]);
    expect(await sessionSeenBy(client)).toBe(session);
  });

  test("that was wrong, and is not said again, ends the call", async () => {
    const { edge, answering, change } = await signedIn();
    edge.apiFaults = [passwordNeeded];
    edge.tokenFaults = [wrongPassword];
    expect(await failureOf(change(answering("wrong")))).toEqual({ kind: "wrong_password" });
  });

  test.each(["not known", "not asked for"])("that is %s ends the call", async (way) => {
    const { edge, answering, change } = await signedIn();
    edge.apiFaults = [passwordNeeded];
    expect(await failureOf(change(way === "not known" ? answering() : undefined))).toEqual({ kind: "password_needed" });
    expect(grants(edge)).toEqual([]);
  });

  test("is proved to the session that a sign-in has just made, where the one before is over", async () => {
    const { edge, answering, change, stepUps } = await signedIn();
    edge.apiFaults = [passwordNeeded];
    edge.sessions.clear();
    await change(answering("correct"));
    expect(edge.log).toEqual(["revoked", "app", "rotated", "/v1/account"]);
    expect(stepUps().map(({ password }) => password)).toEqual(["correct", undefined, "correct"]);
  });
});

test("a DELETE whose first try was lost on the way is not done where the retry is asked for proof", async () => {
  const { edge, client } = await signedIn();
  edge.apiFaults = ["request lost", proofTooOld];
  const answer = await client.request("/v1/account", { method: "DELETE", endsSession: true });
  expect(answer.status).toBe(200);
  expect(edge.log).toEqual(["rotated", "/v1/account"]);
});
