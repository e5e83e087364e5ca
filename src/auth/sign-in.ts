/** A sign-in with the app grant, which enrols an unknown app ID within the day's caps. The batch that decides is in `sign-in-store.ts`. */
import { ENROLMENTS_NEAR, PAUSED_RETRY_SECONDS } from "../bounds.ts";
import { secondsToMidnight, utcDay } from "../days.ts";
import { failed } from "../errors.ts";
import { addressPrefix } from "../limits/address.ts";
import {
  type AppParameters,
  BLOCKED,
  DEVICE_REMOVED,
  type GrantContext,
  type GrantResult,
  issue,
  newSession,
  SECRET_MISMATCH,
} from "./grant.ts";
import { type EnrolmentCap, type EnrolmentCount, signIn } from "./sign-in-store.ts";
import { hashAddress } from "./token-keys.ts";

/** The enrolment counters of an address: itself (IPv6: its /64), for IPv6 also its /48 with ten times the cap, and the total. */
async function enrolmentCaps({ config, keyring }: GrantContext, address: string): Promise<readonly EnrolmentCap[]> {
  const { perIp, total } = config.dailyEnrolments;
  const hashed = async (prefix: string) => `ip:${await hashAddress(keyring.tokens, prefix)}`;
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
export interface SignInParameters extends AppParameters {
  /** Under `SESSION_POLICY=one`: this device signs in although another did since. */
  readonly takeOver: boolean;
}

function tooManyEnrolments({ now, report }: GrantContext, counts: readonly EnrolmentCount[]): GrantResult {
  const retryAfterSeconds = secondsToMidnight(now);
  if (counts.some(({ subject, count, cap }) => subject === "total" && count >= cap)) {
    report({
      kind: "enrolment_burst",
      severity: "alarm",
      cause: "the day's enrolments are used up",
      once: utcDay(now),
    });
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

/** Tells the operator, by the one enrolment that reaches it, that half of the day's enrolments are made. */
function watchEnrolments({ report }: GrantContext, counts: readonly EnrolmentCount[]): void {
  const total = counts.find(({ subject }) => subject === "total");
  if (total === undefined || total.count !== Math.ceil(total.cap * ENROLMENTS_NEAR)) return;
  report({
    kind: "enrolment_burst",
    severity: "warning",
    cause: `${total.count} of the day's ${total.cap} enrolments are made`,
  });
}

/** One sign-in: one D1 batch. An unknown app ID is enrolled. */
export async function signInApp(context: GrantContext, parameters: SignInParameters): Promise<GrantResult> {
  const { config, now } = context;
  const { start, tokenOf } = await newSession(context, parameters);
  const report = await signIn(context.db, {
    ...start,
    enrolment: { open: config.enrolmentOpen, day: utcDay(now), caps: await enrolmentCaps(context, parameters.address) },
    mayBeDisplaced: parameters.takeOver || !config.onlyOneDevice,
  });
  switch (report.outcome) {
    case "signed_in": {
      const { accountId, deviceId, sessionId } = report;
      context.ended(report.endedSessions);
      if (report.enrolled) watchEnrolments(context, report.counts);
      return issue(context, {
        token: tokenOf(sessionId),
        accountId,
        deviceId,
        authTimeMs: now,
        idleExpiresAt: start.idleExpiresAt,
      });
    }
    case "blocked":
      return BLOCKED;
    case "secret_mismatch":
      context.report({ kind: "app_secret_mismatch", severity: "warning", account: report.accountId });
      return SECRET_MISMATCH;
    case "paused":
      return failed({
        error: "temporarily_unavailable",
        description: "No new apps are taken for now; known ones go on.",
        retryAfterSeconds: PAUSED_RETRY_SECONDS,
      });
    case "removed":
      return DEVICE_REMOVED;
    case "displaced":
      return failed({
        error: "invalid_grant",
        description: "The account is in use on another device: ask the owner, then send take_over.",
        errorCode: "signed_in_elsewhere",
      });
    case "capped":
      return tooManyEnrolments(context, report.counts);
  }
}
