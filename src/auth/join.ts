/** Joining an account, from a credential to a token answer or an OAuth error. The batch that decides is in `join-store.ts`. */
import { CODE_FAILURES_ALERT, CODE_FAILURES_PER_IP } from "../bounds.ts";
import { secondsToMidnight, utcDay } from "../days.ts";
import { type Failed, failed, type OAuthFailure } from "../errors.ts";
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
import type { Credential } from "./join-decision.ts";
import { type NotJoined, runJoin } from "./join-store.ts";
import { hashAddress } from "./token-keys.ts";

/** The parameters that all joining grants share. */
export interface JoinParameters extends AppParameters {
  readonly entries: "move" | "leave" | undefined;
}

/** One answer for wrong, used and expired codes. */
const CODE_REFUSED = failed<OAuthFailure>({
  error: "invalid_grant",
  description: "The code is not good: it is wrong, used or expired.",
});

/** One answer for an unknown email and a wrong password. */
export const EMAIL_REFUSED = failed<OAuthFailure>({
  error: "invalid_grant",
  description: "Email or password is wrong.",
});

const PROOFS = { transfer: undefined, recovery: "recovery", password: "pwd" } as const;

/** Tells the operator of guessing: once where an address has used up its tries, once a day where all have many. */
function watchGuessing({ report, now }: GrantContext, [ofAddress, inAll]: readonly number[]): void {
  const kind = "code_guessing";
  if (ofAddress === CODE_FAILURES_PER_IP)
    report({ kind, severity: "warning", cause: "an address has tried as many codes as it may in a day" });
  if (inAll === CODE_FAILURES_ALERT)
    report({ kind, severity: "alarm", cause: `${inAll} codes failed today (UTC)`, once: utcDay(now) });
}

function refusal(context: GrantContext, kind: Credential["kind"], report: NotJoined): Failed<OAuthFailure> {
  switch (report.outcome) {
    case "blocked":
      return BLOCKED;
    case "removed":
      return DEVICE_REMOVED;
    case "secret_mismatch":
      context.report({ kind: "app_secret_mismatch", severity: "warning", account: report.accountId });
      return SECRET_MISMATCH;
    case "throttled":
      return failed({
        error: "slow_down",
        description: "Too many codes have failed from this address today (UTC).",
        retryAfterSeconds: secondsToMidnight(context.now),
      });
    case "refused":
      watchGuessing(context, report.failures);
      return kind === "password" ? EMAIL_REFUSED : CODE_REFUSED;
    case "device_limit":
      return failed({
        error: "invalid_request",
        description: "The account has as many devices as it may: its owner removes one of them first.",
        errorCode: "device_limit",
        extra: {
          devices: report.devices.map(({ id, name, lastSeenAt }) => ({
            id,
            name,
            last_seen_at: new Date(lastSeenAt).toISOString(),
          })),
        },
      });
    case "choice_required":
      return failed({
        error: "invalid_request",
        description:
          "Nobody could reach this device's own entries any more: ask the owner, then send entries=move or entries=leave.",
        errorCode: "entries_choice_required",
        extra: {
          entries_count: report.entryCount,
          ...(kind === "transfer" ? { device_name: report.deviceName } : {}),
        },
      });
  }
}

/**
 * One join: one D1 batch. A device that is in the account already signs in, and nothing else changes. `beside` are
 * statements of the caller's for that batch, which run whatever it comes to.
 */
export async function join(
  context: GrantContext,
  credential: Credential,
  parameters: JoinParameters,
  beside: readonly D1PreparedStatement[] = [],
): Promise<GrantResult> {
  const { config, keyring, now } = context;
  const { start, tokenOf } = await newSession(context, parameters);
  const report = await runJoin(context.db, {
    ...start,
    credential,
    entries: parameters.entries,
    failureSubject:
      credential.kind === "password"
        ? undefined
        : `code-ip:${await hashAddress(keyring.tokens, addressPrefix(parameters.address, 64))}`,
    day: utcDay(now),
    emailAccounts: config.emailAccounts,
    beside,
  });
  if (!("sessionId" in report)) return refusal(context, credential.kind, report);
  context.ended(report.endedSessions);
  return issue(context, {
    token: tokenOf(report.sessionId),
    accountId: report.accountId,
    deviceId: report.deviceId,
    authTimeMs: now,
    proof: PROOFS[credential.kind],
    joined: report.joined,
    idleExpiresAt: start.idleExpiresAt,
  });
}
