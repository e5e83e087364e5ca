/**
 * What a refresh proves beside its token (RFC 9470): the app's ID and secret, and with them the account's password or
 * recovery code. The refresh statement decides whether all of that stands; only the password is verified beforehand.
 */
import type { Failed, OAuthFailure } from "../errors.ts";
import { hashOfRecoveryCode } from "./code.ts";
import type { GrantContext } from "./grant.ts";
import type { SessionId } from "./ids.ts";
import { checkPassword } from "./password-check.ts";
import { clearingFailures } from "./password-store.ts";
import type { StepUp } from "./refresh-store.ts";
import { hashOfSecret } from "./refresh-token.ts";

/** The parameters that make a refresh a step-up. */
export interface StepUpParameters {
  readonly app_id?: string | undefined;
  readonly app_secret?: string | undefined;
  readonly password?: string | undefined;
  readonly recovery_code?: string | undefined;
}

/** The step-up for the refresh statement, and what belongs in its batch. */
export interface ReadStepUp {
  readonly ok: true;
  readonly stepUp: StepUp | undefined;
  readonly beside: readonly D1PreparedStatement[];
}

/**
 * Reads a step-up: with a password one batch and a hashing, else without I/O. Failed where the password could not be
 * verified now. Where email accounts are switched off, passwords count for nothing, and none is hashed.
 */
export async function readStepUp(
  context: GrantContext,
  sessionId: SessionId,
  { app_id: appId, app_secret, password, recovery_code }: StepUpParameters,
): Promise<ReadStepUp | Failed<OAuthFailure>> {
  if (appId === undefined || app_secret === undefined) return { ok: true, stepUp: undefined, beside: [] };
  const proof = { appId, secretHash: await hashOfSecret(app_secret) };
  if (recovery_code !== undefined) {
    const hash = await hashOfRecoveryCode(recovery_code);
    return { ok: true, stepUp: { ...proof, given: { as: "recovery", hash } }, beside: [] };
  }
  if (password === undefined || !context.config.emailAccounts) return { ok: true, stepUp: proof, beside: [] };
  const checked = await checkPassword(context, {
    asked: { by: "session", sessionId },
    appId,
    appSecretHash: proof.secretHash,
    password,
  });
  if (!checked.ok) return checked;
  const { verdict, tried } = checked;
  const verified = verdict.right ? (tried.password ?? "") : "";
  const beside = verdict.right && tried.counter !== undefined ? [clearingFailures(context.db, tried.counter)] : [];
  return { ok: true, stepUp: { ...proof, given: { as: "pwd", hash: verified } }, beside };
}
