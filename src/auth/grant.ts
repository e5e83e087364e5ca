/**
 * What all grants share: what they work with, how they answer, and how the tokens of an answer are made. Which session
 * they are for is decided by `refresh.ts` and `sign-in.ts`.
 */
import type { Config } from "../config.ts";
import { type Failed, failed, type OAuthFailure } from "../errors.ts";
import type { SecurityEvent } from "../events/event.ts";
import { type Proof, signAccessToken } from "./access-token.ts";
import type { AccountId, DeviceId, SessionId } from "./ids.ts";
import type { Keyring } from "./keyring.ts";
import { firstSecret, formatRefreshToken, hashOfSecret, type PresentedToken } from "./refresh-token.ts";
import type { DeviceFacts, SessionStart } from "./session-start.ts";

/** What every grant works with. `report` writes a security event; `ended` tells this isolate's snapshot at once. */
export interface GrantContext {
  readonly db: D1Database;
  readonly config: Config;
  readonly keyring: Keyring;
  readonly now: number;
  readonly report: (event: SecurityEvent) => void;
  readonly ended: (sessions: readonly SessionId[]) => void;
}

/** The body of RFC 6749 section 5.1, with this service's ids. Durations are seconds. */
export interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: "Bearer";
  readonly expires_in: number;
  readonly refresh_token: string;
  readonly refresh_expires_in: number;
  readonly scope: "app";
  readonly session_id: string;
  readonly device_id: string;
  readonly account_id: string;
  /** Of code and email grants: what became of the entries of the account that the device left. */
  readonly joined?: Joined;
}

/** Entries that were moved under their own ids, were there already, were moved under new ids, and were left behind. */
export interface Joined {
  readonly moved: number;
  readonly equal: number;
  readonly renamed: number;
  readonly left: number;
}

/** A grant's result. */
export type GrantResult = { readonly ok: true; readonly answer: TokenAnswer } | Failed<OAuthFailure>;

/** A session's tokens to be made. */
export interface Issue {
  readonly token: PresentedToken;
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  readonly authTimeMs: number;
  readonly proof?: Proof | undefined;
  readonly joined?: Joined | undefined;
  readonly idleExpiresAt: number;
}

/** Makes a token answer. */
export async function issue({ config, keyring, now }: GrantContext, tokens: Issue): Promise<GrantResult> {
  const { accountId, deviceId, authTimeMs, proof, token, joined } = tokens;
  const policy = { issuer: config.issuer, audience: config.audience, ttlSeconds: config.accessTtlSeconds };
  const subject = { accountId, deviceId, sessionId: token.sessionId, authTimeMs, proof };
  return {
    ok: true,
    answer: {
      access_token: await signAccessToken(keyring.signing, policy, subject, now),
      token_type: "Bearer",
      expires_in: config.accessTtlSeconds,
      refresh_token: await formatRefreshToken(token),
      refresh_expires_in: Math.max(0, Math.floor((tokens.idleExpiresAt - now) / 1000)),
      scope: "app",
      session_id: token.sessionId,
      device_id: deviceId,
      account_id: accountId,
      ...(joined === undefined ? {} : { joined }),
    },
  };
}

/** The credentials and facts that every sign-in carries. */
export interface AppParameters extends DeviceFacts {
  readonly appId: string;
  readonly appSecret: string;
  /** Where the request came from; only a keyed hash of its prefix is kept. */
  readonly address: string;
}

/** A session that is about to start: what its statements take, and the refresh token that it begins with. */
export interface NewSession {
  readonly start: Omit<SessionStart, "sessionId" | "decidedByJoin" | "mayBeDisplaced">;
  readonly tokenOf: (sessionId: SessionId) => PresentedToken;
}

/** Prepares the session of a sign-in. Its id is made with the batch that starts it. */
export async function newSession({ config, keyring, now }: GrantContext, app: AppParameters): Promise<NewSession> {
  const [keys] = keyring.tokens;
  if (keys === undefined) throw new TypeError("There is no token secret");
  const secret = firstSecret();
  const absoluteExpiresAt = now + config.refreshAbsoluteTtlMs;
  return {
    start: {
      appId: app.appId,
      appSecretHash: await hashOfSecret(app.appSecret),
      refreshSecretHash: await hashOfSecret(secret),
      device: app,
      onlyOne: config.onlyOneDevice,
      now,
      idleExpiresAt: Math.min(now + config.refreshIdleTtlMs, absoluteExpiresAt),
      absoluteExpiresAt,
    },
    tokenOf: (sessionId) => ({ keys, sessionId, generation: 1, secret }),
  };
}

/** The answer of every grant to a blocked account. */
export const BLOCKED = failed<OAuthFailure>({
  error: "access_denied",
  description: "The operator has blocked this account.",
});

/** The answer to an app ID that is known with another secret. */
export const SECRET_MISMATCH = failed<OAuthFailure>({
  error: "invalid_grant",
  description: "The app ID is known with another secret: make a new app ID and secret.",
  errorCode: "app_secret_mismatch",
});

/** The answer to the app ID of a device that its owner removed. */
export const DEVICE_REMOVED = failed<OAuthFailure>({
  error: "invalid_grant",
  description: "This device was removed from its account: make a new app ID and secret.",
  errorCode: "device_removed",
});
