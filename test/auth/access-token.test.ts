/** Access tokens: what they say, which keys vouch for them, and what the isolate remembers of them. */
import { env } from "cloudflare:workers";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterEach, describe, expect, it, vi } from "vitest";
import { makeSigningKey } from "../../scripts/keys/make.ts";
import { createVerifier } from "../../src/auth/access-token.ts";
import { importSigningKeys } from "../../src/auth/signing-keys.ts";
import { VERIFIED_TOKENS } from "../../src/bounds.ts";
import { ORIGIN } from "../worker.ts";
import { NOON, SECOND_MS, signedIn, startEdge } from "./edge.ts";
import { CLAIMS, ISSUED_AT, newDeployment, POLICY } from "./forge.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("an access token", () => {
  it("has exactly the header and claims of the design", async () => {
    const edge = startEdge();
    const { app, tokens } = await signedIn(edge);
    const [key] = JSON.parse(env.SIGNING_KEYS) as [{ kid: string }];
    expect(decodeProtectedHeader(tokens.access_token)).toEqual({ alg: "ES256", typ: "at+jwt", kid: key.kid });
    expect(decodeJwt(tokens.access_token)).toEqual({
      iss: ORIGIN,
      aud: "pidging",
      sub: tokens.account_id,
      sid: tokens.session_id,
      client_id: tokens.device_id,
      jti: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
      iat: NOON / 1000,
      exp: NOON / 1000 + 900,
      auth_time: NOON / 1000,
      scope: "app",
    });
    expect(JSON.stringify(decodeJwt(tokens.access_token))).not.toContain(app.app_id);
  });

  it("has an id of its own, and the time of its refresh; auth_time stays that of the sign-in", async () => {
    const edge = startEdge();
    const { tokens } = await signedIn(edge);
    edge.advance(100 * SECOND_MS + 999);
    const next = await edge.refreshed(tokens.refresh_token);
    const claims = decodeJwt(next.access_token);
    expect(claims).toMatchObject({ iat: NOON / 1000 + 100, exp: NOON / 1000 + 1000, auth_time: NOON / 1000 });
    expect(claims.jti).not.toBe(decodeJwt(tokens.access_token).jti);
  });

  it("lives and is addressed as configured", async () => {
    const edge = startEdge({ ACCESS_TTL_SECONDS: "60", AUDIENCE: "words", ISSUER: "http://localhost:9000" });
    const tokens = await edge.signIn();
    expect(tokens.expires_in).toBe(60);
    const claims = { iss: "http://localhost:9000", aud: "words", exp: NOON / 1000 + 60 };
    expect(decodeJwt(tokens.access_token)).toMatchObject(claims);
    expect(await edge.status(tokens.access_token)).toBe(200);
    expect(await startEdge().status(tokens.access_token)).toBe(401);
  });

  it("is good for its time and 5 s of leeway, and no longer", async () => {
    const edge = startEdge();
    const { access_token } = await edge.signIn();
    edge.advance(904 * SECOND_MS);
    expect(await edge.status(access_token)).toBe(200);
    edge.advance(SECOND_MS);
    expect(await edge.status(access_token)).toBe(401);
    expect(await startEdge().status(access_token)).toBe(200);
  });
});

describe("rotating the signing keys", () => {
  it("signs with the first key, verifies with all, and publishes all", async () => {
    const [old, fresh] = [await makeSigningKey(), await makeSigningKey()];
    const before = startEdge({ SIGNING_KEYS: JSON.stringify([old]) });
    const appended = startEdge({ SIGNING_KEYS: JSON.stringify([old, fresh]) });
    const moved = startEdge({ SIGNING_KEYS: JSON.stringify([fresh, old]) });
    const dropped = startEdge({ SIGNING_KEYS: JSON.stringify([fresh]) });
    const { access_token: byOld } = await before.signIn();
    const { access_token: byFresh } = await moved.signIn();
    expect(decodeProtectedHeader(byFresh).kid).toBe(fresh.kid);

    for (const edge of [before, appended, moved]) expect(await edge.status(byOld)).toBe(200);
    expect(await dropped.status(byOld)).toBe(401);
    for (const edge of [appended, moved, dropped]) expect(await edge.status(byFresh)).toBe(200);
    expect(await before.status(byFresh)).toBe(401);

    const published = await (await moved.get("/.well-known/jwks.json")).json<{ keys: Record<string, unknown>[] }>();
    expect(published.keys.map(({ kid }) => kid)).toEqual([fresh.kid, old.kid]);
    for (const key of published.keys)
      expect(Object.keys(key).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
  });

  it("goes on with the public part alone of a key that no longer signs", async () => {
    const { publicJwk, sign } = await newDeployment();
    const keys = await importSigningKeys([await makeSigningKey(), publicJwk]);
    expect(await createVerifier()(keys, POLICY, await sign(), ISSUED_AT * 1000)).toMatchObject({
      sessionId: CLAIMS.sid,
    });
  });
});

describe("the tokens that an isolate remembers", () => {
  it("are verified once; a session that is over is refused all the same", async () => {
    const signatures = vi.spyOn(crypto.subtle, "verify");
    const edge = startEdge();
    const { access_token, refresh_token } = await edge.signIn();
    for (let n = 0; n < 3; n += 1) expect(await edge.status(access_token)).toBe(200);
    expect(signatures).toHaveBeenCalledTimes(1);
    await edge.revoke(refresh_token);
    expect(await edge.status(access_token)).toBe(401);
  });

  it("are forgotten at their expiry", async () => {
    const signatures = vi.spyOn(crypto.subtle, "verify");
    const { keys, sign } = await newDeployment();
    const [verify, token] = [createVerifier(), await sign()];
    const at = async (seconds: number) =>
      (await verify(keys, POLICY, token, (ISSUED_AT + seconds) * 1000)) !== undefined;
    expect([await at(0), await at(899)]).toEqual([true, true]);
    expect(signatures).toHaveBeenCalledTimes(1);
    expect([await at(900), await at(904)]).toEqual([true, true]);
    expect(signatures).toHaveBeenCalledTimes(3);
    expect([await at(905), await at(100_000)]).toEqual([false, false]);
  });

  it("are told apart by the whole token, signature included", async () => {
    const { keys, sign } = await newDeployment();
    const [verify, token] = [createVerifier(), await sign()];
    expect(await verify(keys, POLICY, token, ISSUED_AT * 1000)).toBeDefined();
    const other = `${token.slice(0, token.lastIndexOf(".") + 1)}${"A".repeat(86)}`;
    expect(await verify(keys, POLICY, other, ISSUED_AT * 1000)).toBeUndefined();
  });

  it(`are at most ${VERIFIED_TOKENS}, and bad ones never`, { timeout: 20_000 }, async () => {
    const { keys, sign } = await newDeployment();
    const verify = createVerifier();
    const at = ISSUED_AT * 1000;
    const [first, second] = [await sign(), await sign()];
    await verify(keys, POLICY, first, at);
    await verify(keys, POLICY, second, at);
    for (let n = 2; n < VERIFIED_TOKENS; n += 1) await verify(keys, POLICY, await sign({ ...CLAIMS, jti: `${n}` }), at);
    const bad = await sign({ ...CLAIMS, iss: "https://elsewhere.example" });
    const signatures = vi.spyOn(crypto.subtle, "verify");
    for (let n = 0; n < 2; n += 1) expect(await verify(keys, POLICY, bad, at)).toBeUndefined();
    expect(signatures).toHaveBeenCalledTimes(2);
    await verify(keys, POLICY, first, at);
    expect(signatures).toHaveBeenCalledTimes(2);
    await verify(keys, POLICY, await sign(), at);
    await verify(keys, POLICY, first, at);
    expect(signatures).toHaveBeenCalledTimes(3);
    // The one that was asked for the longest time ago had to go.
    await verify(keys, POLICY, second, at);
    expect(signatures).toHaveBeenCalledTimes(4);
  });
});
