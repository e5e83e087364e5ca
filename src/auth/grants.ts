/**
 * What a grant comes to: the refresh algorithm and the app sign-in, from validated parameters to a token answer or an
 * OAuth error. The statements that decide are in the stores; parameters and limits are the routes' business.
 */
import { PAUSED_RETRY_SECONDS } from "../bounds.ts";
import type { Config } from "../config.ts";
import { secondsToMidnight, utcDay } from "../days.ts";
import { base64url } from "../encoding.ts";
import { type Failed, failed, type OAuthFailure } from "../errors.ts";
import { addressPrefix } from "../limits/address.ts";
import type { SecurityEvent } from "../observe.ts";
import { signAccessToken } from "./access-token.ts";
import type { AccountId, DeviceId } from "./ids.ts";
import type { Keyring } from "./keyring.ts";
import { type RefreshReport, refreshSession } from "./refresh-store.ts";
import { firstSecret, formatRefreshToken, hashOfSecret, type PresentedToken, successorOf } from "./refresh-token.ts";
import { type DeviceFacts, type EnrolmentCap, signIn } from "./sign-in-store.ts";
import { hmac } from "./token-keys.ts";

/** What every grant works with. `report` writes a security event. */
export interface GrantContext {
  readonly db: D1Database;
  readonly config: Config;
  readonly keyring: Keyring;
  readonly now: number;
  readonly report: (event: SecurityEvent) => void;
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

interface Issue {
  readonly token: PresentedToken;
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  readonly authTimeMs: number;
  readonly idleExpiresAt: number;
}

async function issue({ config, keyring, now }: GrantContext, tokens: Issue): Promise<GrantResult> {
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

/** The answer to a refresh token that is not good, in whatever way. */
export function badRefreshToken(
  description = "The refresh token is not good: sign in again with the app grant.",
): Failed<OAuthFailure> {
  return failed({ error: "invalid_grant", description });
}

const BLOCKED = failed<OAuthFailure>({ error: "access_denied", description: "The operator has blocked this account." });

/** Answers and reports what is not answered with the successor. */
function refusal(context: GrantContext, token: PresentedToken, row: RefreshReport): Failed<OAuthFailure> | undefined {
  const event = (kind: string, severity: SecurityEvent["severity"]) =>
    context.report({ kind, severity, account: row.accountId, session: token.sessionId });
  switch (row.outcome) {
    case "rotated":
    case "retry":
    case "concurrent":
      return undefined;
    case "blocked":
      return BLOCKED;
    case "revoked":
      return badRefreshToken("The session was ended: sign in again with the app grant.");
    case "expired":
      return badRefreshToken("The session has expired: sign in again with the app grant.");
    case "secret_mismatch":
      event("app_secret_mismatch", "warning");
      return failed({
        error: "invalid_grant",
        description: "The app ID and secret are not those of this session; the refresh token is still good.",
        errorCode: "app_secret_mismatch",
      });
    case "stale":
      event("refresh_stale", "info");
      return badRefreshToken("A newer refresh token was issued just now: use that one.");
    case "rollback":
      event("generation_rollback", "alarm");
      return badRefreshToken();
    case "reuse":
      event("refresh_reuse", "warning");
      return badRefreshToken(
        "The refresh token was used before, so the session was ended: sign in again with the app grant.",
      );
  }
}

/** The parameters of a refresh beside the token; app ID and secret make it a step-up. */
export interface RefreshParameters {
  readonly attempt_id?: string | undefined;
  readonly app_id?: string | undefined;
  readonly app_secret?: string | undefined;
}

/** One refresh: one D1 statement, whatever its outcome. */
export async function refresh(
  context: GrantContext,
  token: PresentedToken,
  parameters: RefreshParameters,
): Promise<GrantResult> {
  const { attempt_id, app_id, app_secret } = parameters;
  const successor = await successorOf(token);
  const proof =
    app_id === undefined || app_secret === undefined
      ? undefined
      : { appId: app_id, secretHash: await hashOfSecret(app_secret) };
  const row = await refreshSession(context.db, {
    sessionId: token.sessionId,
    generation: token.generation,
    secretHash: await hashOfSecret(token.secret),
    successorHash: await hashOfSecret(successor.secret),
    attemptId: attempt_id,
    proof,
    now: context.now,
    idleTtlMs: context.config.refreshIdleTtlMs,
  });
  if (row === undefined) return badRefreshToken();
  return (
    refusal(context, token, row) ??
    issue(context, {
      token: successor,
      accountId: row.accountId,
      deviceId: row.deviceId,
      authTimeMs: proof === undefined ? row.signedInAt : context.now,
      idleExpiresAt: row.idleExpiresAt,
    })
  );
}

/** The enrolment counters of an address: itself (IPv6: its /64), for IPv6 also its /48 with ten times the cap, and the total. */
async function enrolmentCaps({ config, keyring }: GrantContext, address: string): Promise<readonly EnrolmentCap[]> {
  const { perIp, total } = config.dailyEnrolments;
  const [keys] = keyring.tokens;
  if (keys === undefined) throw new TypeError("There is no token secret");
  const hashed = async (prefix: string) => `ip:${base64url((await hmac(keys.ip, prefix)).slice(0, 16))}`;
  const narrow = addressPrefix(address, 64);
  const wide = addressPrefix(address, 48);
  const caps = [
    { subject: "total", cap: total },
    { subject: await hashed(narrow), cap: perIp },
  ];
  if (wide !== narrow) caps.push({ subject: await hashed(wide), cap: perIp * 10 });
  return caps;
}

/** The parameters of a sign-in with the app grant. */
export interface SignInParameters extends DeviceFacts {
  readonly appId: string;
  readonly appSecret: string;
  /** Where the request came from; only a keyed hash of its prefix is kept. */
  readonly address: string;
}

/** One sign-in: one D1 batch. An unknown app ID is enrolled. */
export async function signInApp(context: GrantContext, parameters: SignInParameters): Promise<GrantResult> {
  const { config, keyring, now } = context;
  const [keys] = keyring.tokens;
  if (keys === undefined) throw new TypeError("There is no token secret");
  const secret = firstSecret();
  const absoluteExpiresAt = now + config.refreshAbsoluteTtlMs;
  const idleExpiresAt = Math.min(now + config.refreshIdleTtlMs, absoluteExpiresAt);
  const report = await signIn(context.db, {
    appId: parameters.appId,
    appSecretHash: await hashOfSecret(parameters.appSecret),
    device: parameters,
    refreshSecretHash: await hashOfSecret(secret),
    enrolment: { open: config.enrolmentOpen, day: utcDay(now), caps: await enrolmentCaps(context, parameters.address) },
    now,
    idleExpiresAt,
    absoluteExpiresAt,
  });
  switch (report.outcome) {
    case "signed_in": {
      const { accountId, deviceId, sessionId } = report;
      return issue(context, {
        token: { keys, sessionId, generation: 1, secret },
        accountId,
        deviceId,
        authTimeMs: now,
        idleExpiresAt,
      });
    }
    case "blocked":
      return BLOCKED;
    case "secret_mismatch":
      context.report({ kind: "app_secret_mismatch", severity: "warning", account: report.accountId });
      return failed({
        error: "invalid_grant",
        description: "The app ID is known with another secret: make a new app ID and secret.",
        errorCode: "app_secret_mismatch",
      });
    case "paused":
      return failed({
        error: "temporarily_unavailable",
        description: "No new apps are taken for now; known ones go on.",
        retryAfterSeconds: PAUSED_RETRY_SECONDS,
      });
    case "capped": {
      const retryAfterSeconds = secondsToMidnight(now);
      if (report.subjects.includes("total")) {
        return failed({
          error: "temporarily_unavailable",
          description: "No more new apps are taken today (UTC).",
          retryAfterSeconds,
        });
      }
      return failed({
        error: "slow_down",
        description: "No more new apps are taken from this address today (UTC).",
        retryAfterSeconds,
      });
    }
  }
}
