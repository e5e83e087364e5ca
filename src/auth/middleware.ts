/**
 * Who is calling: reads the bearer token (RFC 6750, header only), verifies it without I/O, and counts the request by
 * its account. What carries no good token is counted by address, so junk never costs the others anything.
 */
import type { Context, MiddlewareHandler } from "hono";
import type { AppEnv } from "../context.ts";
import type { Failure } from "../errors.ts";
import { limit } from "../limits/rate.ts";
import { refuse } from "../route.ts";
import type { Verifier } from "./access-token.ts";
import type { KeyringOf } from "./keyring.ts";

const MISSING: Failure = { code: "missing_token", detail: "Send an access token as a bearer token." };
const NOT_GOOD: Failure = { code: "invalid_token", detail: "The access token is not good; refresh, or sign in again" };

/** The failure for a token whose session is over, found where the account's rows are touched. */
export const SESSION_OVER: Failure = { code: "invalid_token", detail: "The session was ended; sign in again" };

/** The token of `Authorization: Bearer …`; `undefined` where no bearer token was sent. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? "")?.[1];
}

/** Middleware that sets `caller`, or answers 401 (429 where the address sends too much of that). */
export function authenticate(keyringOf: KeyringOf, verify: Verifier, clock: () => number): MiddlewareHandler<AppEnv> {
  const refuseStranger = async (c: Context<AppEnv>, failure: Failure) =>
    refuse(c, (await limit(c, { kind: "anonymous", doing: "junk" })) ?? failure);
  return async function authenticateCaller(c, next) {
    const config = c.get("config");
    const trace = c.get("trace");
    const token = bearerToken(c.req.header("Authorization"));
    if (token === undefined) return refuseStranger(c, MISSING);
    const policy = { issuer: config.issuer, audience: config.audience, ttlSeconds: config.accessTtlSeconds };
    const caller = await verify((await keyringOf(config)).signing, policy, token, clock());
    if (caller === undefined) return refuseStranger(c, NOT_GOOD);
    trace.note({ account: caller.accountId, session: caller.sessionId });
    const limited = await limit(c, { kind: "account", id: caller.accountId });
    if (limited !== undefined) return refuse(c, limited);
    c.set("caller", caller);
    await next();
    // Answers to known callers are theirs alone, unless the route says how they may be kept.
    if (!c.res.headers.has("Cache-Control")) c.res.headers.set("Cache-Control", "no-store");
  };
}
