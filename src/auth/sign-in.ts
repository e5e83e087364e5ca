/** A sign-in with the app grant, which enrols an unknown app ID within the day's caps. The batch that decides is in `sign-in-store.ts`. */
import { PAUSED_RETRY_SECONDS } from "../bounds.ts";
import { secondsToMidnight, utcDay } from "../days.ts";
import { base64url } from "../encoding.ts";
import { failed } from "../errors.ts";
import { addressPrefix } from "../limits/address.ts";
import { BLOCKED, type GrantContext, type GrantResult, issue } from "./grant.ts";
import { firstSecret, hashOfSecret } from "./refresh-token.ts";
import { type DeviceFacts, type EnrolmentCap, signIn } from "./sign-in-store.ts";
import { hmac } from "./token-keys.ts";

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
