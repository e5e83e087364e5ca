/**
 * Who is calling: reads the bearer token (RFC 6750, header only), verifies it without I/O, and counts the request by
 * its account. What carries no good token is counted by address, so junk never costs the others anything. Whether the
 * session has ended since is looked up in the snapshot (`authenticateBySnapshot`), or by the route in its own statement.
 */
import type { Context, MiddlewareHandler } from "hono";
import { SNAPSHOT_STALE_MS, STEP_UP_MAX_AGE_SECONDS } from "../bounds.ts";
import type { AppEnv } from "../context.ts";
import type { Failure } from "../errors.ts";
import { limit } from "../limits/rate.ts";
import { refuse } from "../route.ts";
import type { Verified, Verifier } from "./access-token.ts";
import type { KeyringOf } from "./keyring.ts";
import { verifyLink } from "./link-token.ts";
import type { Revocations } from "./revocation.ts";

/** What an isolate's authentication is made of. `clock` is milliseconds. */
export interface AuthParts {
  readonly keyringOf: KeyringOf;
  readonly verify: Verifier;
  readonly revocations: Revocations;
  readonly clock: () => number;
}

const MISSING: Failure = { code: "missing_token", detail: "Send an access token as a bearer token." };
const NOT_GOOD: Failure = {
  code: "invalid_token",
  detail: "The access token is not good; refresh, or sign in again",
};

/** Answers a token whose session is over, wherever that was found, and tells the operator once. */
export function refuseEnded(c: Context<AppEnv>): Response {
  const { accountId, sessionId } = c.get("caller");
  c.get("trace").event({
    kind: "revoked_token_used",
    severity: "info",
    account: accountId,
    session: sessionId,
    once: sessionId,
  });
  return refuse(c, { code: "invalid_token", detail: "The session was ended; sign in again" });
}

/** The token of `Authorization: Bearer …`; `undefined` where no bearer token was sent. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? "")?.[1];
}

/** Answers a request that proves nothing, which its address is limited in. */
async function refuseStranger(c: Context<AppEnv>, failure: Failure): Promise<Response> {
  return refuse(c, (await limit(c, { kind: "anonymous", doing: "junk" })) ?? failure);
}

/** Sets `caller`, or gives the answer to whoever has no good token or too many requests: 401 or 429. */
async function identify(
  { keyringOf, verify }: AuthParts,
  c: Context<AppEnv>,
  now: number,
): Promise<Response | undefined> {
  const config = c.get("config");
  const token = bearerToken(c.req.header("Authorization"));
  if (token === undefined) return refuseStranger(c, MISSING);
  const policy = { issuer: config.issuer, audience: config.audience, ttlSeconds: config.accessTtlSeconds };
  const caller = await verify((await keyringOf(config)).signing, policy, token, now);
  if (caller === undefined) return refuseStranger(c, NOT_GOOD);
  c.get("trace").note({ account: caller.accountId, session: caller.sessionId });
  const limited = await limit(c, { kind: "account", id: caller.accountId });
  if (limited !== undefined) return refuse(c, limited);
  c.set("caller", caller);
  return undefined;
}

/** Middleware that sets `caller`, or answers 401 (429 where the address sends too much of that). */
export function authenticate(parts: AuthParts): MiddlewareHandler<AppEnv> {
  return async function authenticateCaller(c, next) {
    return (await identify(parts, c, parts.clock())) ?? next();
  };
}

/** Middleware for downloads: a signed link in the query stands in for the access token. */
export function authenticateLink(parts: AuthParts): MiddlewareHandler<AppEnv> {
  const byToken = authenticate(parts);
  return async function authenticateByLink(c, next) {
    const config = c.get("config");
    const trace = c.get("trace");
    const url = new URL(c.req.url);
    const link = url.searchParams.get("link");
    if (link === null) return byToken(c, next);
    // Everything that the link was signed for, in the very form it was signed in.
    const path = url.pathname + url.search.replace(/[?&]link=[^&]*$/, "");
    const now = parts.clock();
    const caller = await verifyLink((await parts.keyringOf(config)).signing, config.issuer, link, path, now);
    if (caller === undefined) return refuseStranger(c, NOT_GOOD);
    trace.note({ account: caller.accountId, session: caller.sessionId, by: "link" });
    const limited = await limit(c, { kind: "account", id: caller.accountId });
    if (limited !== undefined) return refuse(c, limited);
    c.set("caller", caller);
    await next();
    c.res.headers.set("Cache-Control", "no-store");
  };
}

/** The same for routes that need no D1: refuses a session too that the isolate's snapshot knows as ended. */
export function authenticateBySnapshot(parts: AuthParts): MiddlewareHandler<AppEnv> {
  const { revocations, clock } = parts;
  return async function authenticateCallerBySnapshot(c, next) {
    const now = clock();
    const refused = await identify(parts, c, now);
    if (refused !== undefined) return refused;
    const { sessionId } = c.get("caller");
    const wait = revocations.refresh({
      db: c.env.DB,
      waitUntil: (work) => c.executionCtx.waitUntil(work),
      now,
      accessTtlSeconds: c.get("config").accessTtlSeconds,
    });
    if (revocations.isEnded(sessionId)) return refuseEnded(c);
    await (wait === undefined ? next() : Promise.all([next(), wait]));
    if (revocations.age(now) >= SNAPSHOT_STALE_MS) c.get("trace").note({ snapshot: "stale" });
    if (!revocations.isEnded(sessionId)) return;
    // Nothing of the answer that was made meanwhile may remain, its headers neither.
    c.res = undefined;
    c.res = refuseEnded(c);
  };
}

/** The answer to a token that proves too little for a sensitive route: the app's secret, or the account's password as well. */
export function stepUpNeeded(proof: "app_secret" | "password" = "app_secret"): Failure {
  if (proof === "app_secret") {
    return {
      code: "insufficient_user_authentication",
      detail: "Refresh with app_id and app_secret, then repeat the request",
    };
  }
  return {
    code: "insufficient_user_authentication",
    detail: "Refresh with app_id, app_secret and password (or recovery_code), then repeat the request",
    acrValues: "password",
  };
}

/** Whether the app's secret was proved for this token within the last five minutes. */
export function hasSteppedUp({ authTime }: Verified, now: number): boolean {
  return now / 1000 - authTime <= STEP_UP_MAX_AGE_SECONDS;
}

/**
 * What `PROVEN_SESSION` takes as `?3`: whether the account's password stands in nobody's way, because this token proves
 * it, or because email accounts are switched off and passwords count for nothing.
 */
export function provesPassword(c: Context<AppEnv>): 0 | 1 {
  return c.get("caller").proved || !c.get("config").emailAccounts ? 1 : 0;
}

/** Middleware for sensitive routes (RFC 9470): the token must come from a sign-in or step-up of the last five minutes. */
export function requireStepUp({ clock }: AuthParts): MiddlewareHandler<AppEnv> {
  return async function requireRecentProof(c, next) {
    return hasSteppedUp(c.get("caller"), clock()) ? next() : refuse(c, stepUpNeeded());
  };
}
