/** Signing out by token (RFC 7009): which session ends, and that nothing of it works afterwards. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { counting } from "../bindings.ts";
import { type Edge, errorOf, SECOND_MS, signedIn, startEdge, tokensOf } from "./edge.ts";

let edge: Edge;
beforeEach(() => {
  edge = startEdge();
});

const revokedAt = (sessionId: string) =>
  env.DB.prepare("SELECT revoked_at FROM sessions WHERE id = ?").bind(sessionId).first<number>("revoked_at");

/** An answer of the endpoint to whatever is no fault: 200 without a body. */
async function expectDone(response: Response): Promise<void> {
  expect([response.status, await response.text()]).toEqual([200, ""]);
  expect(response.headers.get("Cache-Control")).toBe("no-store");
}

describe("either token", () => {
  it.each(["access_token", "refresh_token"] as const)("the %s ends its session, and no other", async (kind) => {
    const { tokens } = await signedIn(edge);
    const { tokens: other } = await signedIn(edge);
    await expectDone(await edge.revoke(tokens[kind]));
    expect(await edge.status(tokens.access_token)).toBe(401);
    expect(await errorOf(await edge.refresh(tokens.refresh_token))).toEqual([400, "invalid_grant"]);
    expect(await edge.status(other.access_token)).toBe(200);
  });

  it("is taken as a form and as JSON, with any hint, and with a client_id", async () => {
    for (const hint of ["access_token", "refresh_token", "something else"]) {
      const { tokens } = await signedIn(edge);
      const more = { token_type_hint: hint, client_id: "anyone" };
      await expectDone(await edge.form("/oauth/revoke", { token: tokens.refresh_token, ...more }));
      expect(await edge.status(tokens.access_token)).toBe(401);
      const { tokens: others } = await signedIn(edge);
      await expectDone(await edge.post("/oauth/revoke", { token: others.access_token, ...more }));
      expect(await edge.status(others.access_token)).toBe(401);
    }
  });

  it("in another isolate as well, exactly and at once", async () => {
    const other = startEdge();
    const { tokens } = await signedIn(edge);
    expect(await other.status(tokens.access_token)).toBe(200);
    await edge.revoke(tokens.access_token);
    expect(await other.status(tokens.access_token)).toBe(401);
  });

  it("also an old refresh token with a good tag", async () => {
    const { tokens } = await signedIn(edge);
    const second = await edge.refreshed(tokens.refresh_token);
    const third = await edge.refreshed(second.refresh_token);
    await expectDone(await edge.revoke(tokens.refresh_token));
    expect(await edge.status(third.access_token)).toBe(401);
  });

  it("a second time is 200 as well, and the session keeps the time at which it ended", async () => {
    const { tokens } = await signedIn(edge);
    await expectDone(await edge.revoke(tokens.refresh_token));
    const at = await revokedAt(tokens.session_id);
    expect(at).toBe(edge.now());
    edge.advance(10 * SECOND_MS);
    await expectDone(await edge.revoke(tokens.access_token));
    expect(await revokedAt(tokens.session_id)).toBe(at);
  });

  it("and the app signs in again to the same account", async () => {
    const { app, tokens } = await signedIn(edge);
    await edge.revoke(tokens.refresh_token);
    const again = await tokensOf(await edge.appGrant(app));
    expect(again.account_id).toBe(tokens.account_id);
    expect(await edge.status(again.access_token)).toBe(200);
  });

  it("costs one D1 statement", async () => {
    const counted = counting(env);
    const { tokens } = await signedIn(edge);
    await startEdge(counted.env).revoke(tokens.access_token);
    expect(counted.take()).toEqual({ d1Statements: 1, d1Batches: 0, kvGets: 0, kvPuts: 0, fetches: 0 });
  });
});

describe("a token that is not known", () => {
  it("is 200, asks nothing of D1, and ends nothing", async () => {
    const { tokens } = await signedIn(edge);
    const counted = counting(env);
    const watched = startEdge(counted.env);
    const { access_token, refresh_token } = tokens;
    const tampered = [access_token, refresh_token].map((token) => token.replace(/.$/, (c) => (c === "A" ? "Q" : "A")));
    for (const token of ["x", "ü".repeat(100), "v1.a.b.1.c.d", ...tampered, `${refresh_token}.`]) {
      await expectDone(await watched.revoke(token));
    }
    watched.advance(905 * SECOND_MS);
    await expectDone(await watched.revoke(access_token));
    expect(counted.take()).toMatchObject({ d1Statements: 0, d1Batches: 0 });
    expect(await edge.status(access_token)).toBe(200);
  });

  it("is invalid_request where it is absent, empty or of another type", async () => {
    for (const body of [
      {},
      { token: "" },
      { token: 1 },
      { token: null },
      { token: ["x"] },
      { token: "x", token_type_hint: 1 },
    ]) {
      expect(await errorOf(await edge.post("/oauth/revoke", body))).toEqual([400, "invalid_request"]);
    }
    expect(await errorOf(await edge.form("/oauth/revoke", {}))).toEqual([400, "invalid_request"]);
    expect(await errorOf(await edge.form("/oauth/revoke", { token: "" }))).toEqual([400, "invalid_request"]);
  });
});
