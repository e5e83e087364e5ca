/**
 * One try of a password, from the throttle to the verdict. Nothing is hashed before the throttle allows it; an account
 * that is not there costs as much as one that is. Accepted risk: until the next good sign-in, a password that was stored at
 * a lower cost is verified faster than an unknown one.
 */
import { SIGN_IN_FAILURES_TOLD } from "../bounds.ts";
import { utcHour } from "../days.ts";
import { type Failed, failed, type OAuthFailure } from "../errors.ts";
import type { GrantContext } from "./grant.ts";
import { BUSY, NOBODYS_PASSWORD, TOO_BUSY, type Verdict, verifyPassword } from "./password.ts";
import { type Asked, type Tried, takeBackTry, tryPassword } from "./password-store.ts";

/** A password with whatever it is tried on. */
export interface PasswordTry {
  readonly asked: Asked;
  readonly appId: string;
  readonly appSecretHash: string;
  readonly password: string;
}

/** The verdict, and what the try found. */
export interface PasswordCheck {
  readonly ok: true;
  readonly verdict: Verdict;
  readonly tried: Tried;
}

/** Refuses a try that comes too early, and tells the operator where that is no slip of the finger. */
function throttled(
  { now, report }: GrantContext,
  { accountId, counter, failures, freeAt }: Tried,
): Failed<OAuthFailure> {
  if (failures >= SIGN_IN_FAILURES_TOLD) {
    report({
      kind: "sign_in_throttled",
      severity: "warning",
      ...(accountId === null ? {} : { account: accountId }),
      cause: `${failures} wrong passwords from one ${counter?.subject.startsWith("device:") ? "device" : "address"}`,
      once: `${counter?.subject}:${utcHour(now)}`,
    });
  }
  return failed({
    error: "slow_down",
    description: "Too many passwords were wrong: wait before the next.",
    retryAfterSeconds: Math.ceil((freeAt - now) / 1000),
  });
}

/** Tries a password: one batch, then a hashing. Failed only where it was not verified at all. */
export async function checkPassword(
  context: GrantContext,
  { password, ...asking }: PasswordTry,
): Promise<PasswordCheck | Failed<OAuthFailure>> {
  const { db, now } = context;
  const tried = await tryPassword(db, { ...asking, now });
  const { counter } = tried;
  // Nobody could be right: the session is over, or its account has no password.
  if (counter === undefined) return { ok: true, tried, verdict: { right: false, outdated: false } };
  if (tried.freeAt > now) return throttled(context, tried);
  const verdict = await verifyPassword(password, tried.password ?? NOBODYS_PASSWORD, now);
  if (verdict !== BUSY) return { ok: true, tried, verdict };
  await takeBackTry(db, counter, now, tried.lastAt);
  return TOO_BUSY;
}
