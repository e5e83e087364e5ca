/**
 * What all grants share: what they work with, how they answer, and how the tokens of an answer are made. Which session
 * they are for is decided by `refresh.ts` and `sign-in.ts`.
 */
import type { Config } from "../config.ts";
import { type Failed, failed, type OAuthFailure } from "../errors.ts";
import type { SecurityEvent } from "../events/event.ts";
import { signAccessToken } from "./access-token.ts";
import type { AccountId, DeviceId, SessionId } from "./ids.ts";
import type { Keyring } from "./keyring.ts";
import { formatRefreshToken, type PresentedToken } from "./refresh-token.ts";

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
}

/** A grant's result. */
export type GrantResult = { readonly ok: true; readonly answer: TokenAnswer } | Failed<OAuthFailure>;

/** A session's tokens to be made. */
export interface Issue {
  readonly token: PresentedToken;
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  readonly authTimeMs: number;
  readonly idleExpiresAt: number;
}

/** Makes a token answer. */
export async function issue({ config, keyring, now }: GrantContext, tokens: Issue): Promise<GrantResult> {
  const { accountId, deviceId, authTimeMs, token } = tokens;
  const policy = { issuer: config.issuer, audience: config.audience, ttlSeconds: config.accessTtlSeconds };
  const subject = { accountId, deviceId, sessionId: token.sessionId, authTimeMs };
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
    },
  };
}

/** The answer of every grant to a blocked account. */
export const BLOCKED = failed<OAuthFailure>({
  error: "access_denied",
  description: "The operator has blocked this account.",
});
