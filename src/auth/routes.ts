/** The OAuth endpoints: token, revocation, metadata and keys. */
import type { Context } from "hono";
import * as v from "valibot";
import { JWKS_MAX_AGE_SECONDS, TOKEN_BODY_BYTES } from "../bounds.ts";
import type { AppEnv } from "../context.ts";
import { type Failure, type OAuthFailure, oauthResponse } from "../errors.ts";
import { limit } from "../limits/rate.ts";
import type { Declaration, Mount } from "../route.ts";
import { refuse } from "../route.ts";
import type { Verifier } from "./access-token.ts";
import { badRefreshToken, type GrantContext, refresh, signInApp } from "./grants.ts";
import type { KeyringOf } from "./keyring.ts";
import { revokeSession } from "./refresh-store.ts";
import { readRefreshToken } from "./refresh-token.ts";
import {
  APP_GRANT,
  RevocationRequest,
  readRevocationRequest,
  readTokenRequest,
  TokenRequest,
} from "./token-request.ts";

const TAG = "Tokens";
const EXAMPLE_APP = {
  app_id: "0b8f4f1e-6a52-4c0d-9d6f-3f5f0f1c2a3b",
  app_secret: "u0rGv2bXq8m3Jt5yKc7nWd9fHs1aLe4pZiVxQoUjM6Y",
};

const TokenBody = v.object({
  access_token: v.string(),
  token_type: v.literal("Bearer"),
  expires_in: v.pipe(v.number(), v.integer(), v.description("Seconds that the access token is good for.")),
  refresh_token: v.string(),
  refresh_expires_in: v.pipe(
    v.number(),
    v.integer(),
    v.description("Seconds until the session ends unless it is refreshed."),
  ),
  scope: v.literal("app"),
  session_id: v.string(),
  device_id: v.string(),
  account_id: v.string(),
});

const tokenRoute = {
  method: "post",
  path: "/oauth/token",
  operationId: "token",
  tag: TAG,
  summary: "Get tokens",
  description:
    "RFC 6749 section 5, as a form or JSON. The app grant signs an app in by its ID and secret, and enrols it where the ID is unknown. The refresh grant rotates the refresh token; repeating it with the same `attempt_id` gives the same successor, however late. With `app_id` and `app_secret` a refresh is a step-up (RFC 9470). `client_id` is accepted and ignored.",
  access: "grant",
  body: {
    kind: "form",
    schema: TokenRequest,
    limitBytes: TOKEN_BODY_BYTES,
    examples: {
      app: { grant_type: APP_GRANT, ...EXAMPLE_APP, platform: "ios", device_name: "Phone" },
      refresh: {
        grant_type: "refresh_token",
        refresh_token:
          "v1.a1.sHSJQqMX7ZwLhUjVvYbN3g.4.3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.Zm9vYmFyYmF6cXV4MTIzNA",
        attempt_id: "Zm9vYmFyYmF6cXV4MTIzNA",
      },
    },
  },
  answers: { 200: { description: "Tokens.", schema: TokenBody, headers: { "Cache-Control": "`no-store`" } } },
  errors: [],
} as const satisfies Declaration;

const revokeRoute = {
  method: "post",
  path: "/oauth/revoke",
  operationId: "revoke",
  tag: TAG,
  summary: "Sign out",
  description: "RFC 7009: ends the session that the token belongs to. An unknown token is answered with 200 as well.",
  access: "grant",
  body: {
    kind: "form",
    schema: RevocationRequest,
    limitBytes: TOKEN_BODY_BYTES,
    examples: { unknown: { token: "unknown" } },
  },
  answers: {
    200: { description: "The session is over, or there was none.", headers: { "Cache-Control": "`no-store`" } },
  },
  errors: [],
} as const satisfies Declaration;

const Metadata = v.object({
  issuer: v.string(),
  token_endpoint: v.string(),
  revocation_endpoint: v.string(),
  jwks_uri: v.string(),
  response_types_supported: v.array(v.string()),
  grant_types_supported: v.array(v.string()),
  token_endpoint_auth_methods_supported: v.array(v.string()),
  revocation_endpoint_auth_methods_supported: v.array(v.string()),
  scopes_supported: v.array(v.string()),
});

const metadataRoute = {
  method: "get",
  path: "/.well-known/oauth-authorization-server",
  operationId: "metadata",
  tag: TAG,
  summary: "Authorization server metadata",
  description: "RFC 8414; it names only what exists.",
  access: "open",
  answers: { 200: { description: "The metadata.", schema: Metadata, headers: { "Cache-Control": "10 minutes" } } },
  errors: [],
} as const satisfies Declaration;

const Jwks = v.object({
  keys: v.array(
    v.object({
      kty: v.literal("EC"),
      crv: v.literal("P-256"),
      x: v.string(),
      y: v.string(),
      kid: v.string(),
      alg: v.literal("ES256"),
      use: v.literal("sig"),
    }),
  ),
});

const jwksRoute = {
  method: "get",
  path: "/.well-known/jwks.json",
  operationId: "jwks",
  tag: TAG,
  summary: "Public keys",
  description:
    "RFC 7517: every key that access tokens may be signed with. Keys are added ten minutes before they sign.",
  access: "open",
  answers: { 200: { description: "The keys.", schema: Jwks, headers: { "Cache-Control": "10 minutes" } } },
  errors: [],
} as const satisfies Declaration;

const KEEP_10_MINUTES = { "Cache-Control": `public, max-age=${JWKS_MAX_AGE_SECONDS}` };

function answerFailure(c: Context<AppEnv>, failure: OAuthFailure): Response {
  c.var.trace.note({ code: failure.errorCode ?? failure.error });
  return oauthResponse(failure);
}

/** Mounts the OAuth endpoints. */
export function authRoutes(mount: Mount, keyringOf: KeyringOf, verify: Verifier, clock: () => number): void {
  const grantContext = async (c: Context<AppEnv>): Promise<GrantContext> => {
    const { config, trace } = c.var;
    return { db: c.env.DB, config, keyring: await keyringOf(config), now: clock(), report: trace.event };
  };
  const junk = (c: Context<AppEnv>): Promise<Failure | undefined> => limit(c, { kind: "anonymous", doing: "junk" });

  mount(tokenRoute, async (c, { body }) => {
    const read = readTokenRequest(body);
    if (!read.ok) {
      const limited = await junk(c);
      return limited === undefined ? answerFailure(c, read.failure) : refuse(c, limited);
    }
    const context = await grantContext(c);
    const { request } = read;
    c.var.trace.note({ grant: request.grant_type });
    if (request.grant_type === "refresh_token") {
      const token = await readRefreshToken(context.keyring.tokens, request.refresh_token);
      const limited = token === undefined ? await junk(c) : await limit(c, { kind: "session", id: token.sessionId });
      if (limited !== undefined) return refuse(c, limited);
      const result =
        token === undefined ? badRefreshToken() : await c.var.trace.timed("d1", () => refresh(context, token, request));
      return result.ok ? c.json(result.answer, 200, { "Cache-Control": "no-store" }) : answerFailure(c, result.failure);
    }
    const limited = await limit(c, { kind: "anonymous", doing: "sign-in" });
    if (limited !== undefined) return refuse(c, limited);
    const result = await c.var.trace.timed("d1", () =>
      signInApp(context, {
        appId: request.app_id,
        appSecret: request.app_secret,
        name: request.device_name,
        platform: request.platform,
        appVersion: request.app_version,
        address: c.req.header("CF-Connecting-IP") ?? "",
      }),
    );
    return result.ok ? c.json(result.answer, 200, { "Cache-Control": "no-store" }) : answerFailure(c, result.failure);
  });

  mount(revokeRoute, async (c, { body }) => {
    const read = readRevocationRequest(body);
    const context = await grantContext(c);
    const { config, keyring, now } = context;
    const policy = { issuer: config.issuer, audience: config.audience, ttlSeconds: config.accessTtlSeconds };
    const sessionId = read.ok
      ? (
          (await readRefreshToken(keyring.tokens, read.token)) ??
          (await verify(keyring.signing, policy, read.token, now))
        )?.sessionId
      : undefined;
    const limited = sessionId === undefined ? await junk(c) : await limit(c, { kind: "session", id: sessionId });
    if (limited !== undefined) return refuse(c, limited);
    if (!read.ok) return answerFailure(c, read.failure);
    if (sessionId !== undefined) await revokeSession(context.db, sessionId, now);
    return c.body(null, 200, { "Cache-Control": "no-store" });
  });

  mount(metadataRoute, (c) => {
    const { issuer } = c.var.config;
    const metadata = {
      issuer,
      token_endpoint: `${issuer}/oauth/token`,
      revocation_endpoint: `${issuer}/oauth/revoke`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      response_types_supported: [],
      grant_types_supported: [APP_GRANT, "refresh_token"],
      token_endpoint_auth_methods_supported: ["none"],
      revocation_endpoint_auth_methods_supported: ["none"],
      scopes_supported: ["app"],
    };
    return c.json(metadata, 200, KEEP_10_MINUTES);
  });

  mount(jwksRoute, async (c) => c.json((await keyringOf(c.var.config)).signing.jwks, 200, KEEP_10_MINUTES));
}
