/** The OAuth endpoints that take tokens: token and revocation. */
import type { Context } from "hono";
import * as v from "valibot";
import { TOKEN_BODY_BYTES } from "../bounds.ts";
import type { AppEnv } from "../context.ts";
import { type Failure, type OAuthFailure, oauthResponse } from "../errors.ts";
import { limit } from "../limits/rate.ts";
import type { Declaration, Mount } from "../route.ts";
import { refuse } from "../route.ts";
import { hashesOfTransferCode, hashOfRecoveryCode } from "./code.ts";
import { signInByEmail } from "./email-grant.ts";
import type { GrantContext, GrantResult } from "./grant.ts";
import type { SessionId } from "./ids.ts";
import { join } from "./join.ts";
import type { AuthParts } from "./middleware.ts";
import { badRefreshToken, refresh } from "./refresh.ts";
import { revokeSession } from "./refresh-store.ts";
import { readRefreshToken } from "./refresh-token.ts";
import { signInApp } from "./sign-in.ts";
import {
  APP_GRANT,
  EMAIL_GRANT,
  RECOVERY_GRANT,
  RevocationRequest,
  readRevocationRequest,
  readTokenRequest,
  TokenRequest,
  TRANSFER_GRANT,
} from "./token-request.ts";

const TAG = "Tokens";
const EXAMPLE_APP = {
  app_id: "0b8f4f1e-6a52-4c0d-9d6f-3f5f0f1c2a3b",
  app_secret: "u0rGv2bXq8m3Jt5yKc7nWd9fHs1aLe4pZiVxQoUjM6Y",
};

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

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
  joined: v.optional(
    v.pipe(
      v.object({ moved: count, equal: count, renamed: count, left: count }),
      v.description(
        "Of code and email grants: entries of the account that this device left. `moved` kept their ids, `equal` were there already, `renamed` got new ids, `left` stayed behind or were erased. A repeated redemption reports the same.",
      ),
    ),
  ),
});

/** What the sign-ins are counted as, by address. */
const DOING = {
  [APP_GRANT]: "sign-in",
  [TRANSFER_GRANT]: "codes",
  [RECOVERY_GRANT]: "codes",
  [EMAIL_GRANT]: "email",
} as const;

const tokenRoute = {
  method: "post",
  path: "/oauth/token",
  access: "grant",
  body: {
    kind: "form",
    schema: TokenRequest,
    limitBytes: TOKEN_BODY_BYTES,
  },
  docs: DOCUMENTED && {
    operationId: "token",
    tag: TAG,
    summary: "Get tokens",
    description:
      "RFC 6749 section 5, as a form or JSON. The app grant signs an app in by its ID and secret, and enrols it where the ID is unknown. The refresh grant rotates the refresh token; repeating it with the same `attempt_id` gives the same successor, however late. With `app_id` and `app_secret` a refresh is a step-up (RFC 9470). `client_id` is accepted and ignored.",
    examples: {
      app: { grant_type: APP_GRANT, ...EXAMPLE_APP, platform: "ios", device_name: "Phone" },
      refresh: {
        grant_type: "refresh_token",
        refresh_token:
          "v1.a1.sHSJQqMX7ZwLhUjVvYbN3g.4.3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.Zm9vYmFyYmF6cXV4MTIzNA",
        attempt_id: "Zm9vYmFyYmF6cXV4MTIzNA",
      },
    },
    answers: { 200: { description: "Tokens.", schema: TokenBody, headers: { "Cache-Control": "`no-store`" } } },
    errors: [],
  },
} as const satisfies Declaration;

const revokeRoute = {
  method: "post",
  path: "/oauth/revoke",
  access: "grant",
  body: {
    kind: "form",
    schema: RevocationRequest,
    limitBytes: TOKEN_BODY_BYTES,
  },
  docs: DOCUMENTED && {
    operationId: "revoke",
    tag: TAG,
    summary: "Sign out",
    description: "RFC 7009: ends the session that the token belongs to. An unknown token is answered with 200 as well.",
    examples: { unknown: { token: "unknown" } },
    answers: {
      200: { description: "The session is over, or there was none.", headers: { "Cache-Control": "`no-store`" } },
    },
    errors: [],
  },
} as const satisfies Declaration;

function answerGrant(c: Context<AppEnv>, result: GrantResult): Response {
  if (!result.ok) return answerFailure(c, result.failure);
  const { answer } = result;
  c.get("trace").note({ account: answer.account_id, session: answer.session_id });
  return c.json(answer, 200, { "Cache-Control": "no-store" });
}

function answerFailure(c: Context<AppEnv>, failure: OAuthFailure): Response {
  c.get("trace").note({ code: failure.errorCode ?? failure.error });
  return oauthResponse(failure);
}

/** Mounts the token endpoints. */
export function tokenRoutes(mount: Mount, { keyringOf, verify, revocations, clock }: AuthParts): void {
  const grantContext = async (c: Context<AppEnv>): Promise<GrantContext> => {
    const config = c.get("config");
    const trace = c.get("trace");
    const now = clock();
    const ended = (sessions: readonly SessionId[]) => revocations.markEnded(sessions, now);
    return { db: c.env.DB, config, keyring: await keyringOf(config), now, report: trace.event, ended };
  };
  const junk = (c: Context<AppEnv>): Promise<Failure | undefined> => limit(c, { kind: "anonymous", doing: "junk" });

  mount(tokenRoute, async (c, { body }) => {
    const read = readTokenRequest(body, c.get("config"));
    if (!read.ok) {
      const limited = await junk(c);
      return limited === undefined ? answerFailure(c, read.failure) : refuse(c, limited);
    }
    const context = await grantContext(c);
    const { request } = read;
    c.get("trace").note({ grant: request.grant_type });
    if (request.grant_type === "refresh_token") {
      const token = await readRefreshToken(context.keyring.tokens, request.refresh_token);
      const limited = token === undefined ? await junk(c) : await limit(c, { kind: "session", id: token.sessionId });
      if (limited !== undefined) return refuse(c, limited);
      const result =
        token === undefined
          ? badRefreshToken()
          : await c.get("trace").timed("d1", () => refresh(context, token, request));
      return answerGrant(c, result);
    }
    const limited = await limit(c, { kind: "anonymous", doing: DOING[request.grant_type] });
    if (limited !== undefined) return refuse(c, limited);
    const app = {
      appId: request.app_id,
      appSecret: request.app_secret,
      name: request.device_name,
      platform: request.platform,
      appVersion: request.app_version,
      address: c.req.header("CF-Connecting-IP") ?? "",
    };
    const result = await c.get("trace").timed("d1", async () => {
      switch (request.grant_type) {
        case APP_GRANT:
          return signInApp(context, { ...app, takeOver: request.take_over === "true" });
        case TRANSFER_GRANT: {
          const hashes = await hashesOfTransferCode(context.keyring.tokens, request.code);
          return join(context, { kind: "transfer", hashes }, { ...app, entries: request.entries });
        }
        case RECOVERY_GRANT: {
          const hash = await hashOfRecoveryCode(request.code);
          return join(context, { kind: "recovery", hash }, { ...app, entries: request.entries });
        }
        case EMAIL_GRANT:
          return signInByEmail(context, {
            ...app,
            entries: request.entries,
            email: request.email,
            password: request.password,
          });
      }
    });
    return answerGrant(c, result);
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
    if (sessionId !== undefined) {
      await revokeSession(context.db, sessionId, now);
      context.ended([sessionId]);
    }
    return c.body(null, 200, { "Cache-Control": "no-store" });
  });
}
