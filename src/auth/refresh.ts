/** A refresh, from a presented token to a token answer or an OAuth error. The statement that decides is in `refresh-store.ts`. */
import { type Failed, failed, type OAuthFailure } from "../errors.ts";
import type { EventKind, SecurityEvent } from "../events/event.ts";
import { BLOCKED, type GrantContext, type GrantResult, issue } from "./grant.ts";
import { type RefreshReport, refreshSession } from "./refresh-store.ts";
import { hashOfSecret, type PresentedToken, successorOf } from "./refresh-token.ts";
import { readStepUp, type StepUpParameters } from "./step-up.ts";

/** The answer to a refresh token that is not good, in whatever way. */
export function badRefreshToken(
  description = "The refresh token is not good: sign in again with the app grant.",
): Failed<OAuthFailure> {
  return failed({ error: "invalid_grant", description });
}

/** Answers and reports what is not answered with the successor. */
function refusal(context: GrantContext, token: PresentedToken, row: RefreshReport): Failed<OAuthFailure> | undefined {
  const event = (kind: EventKind, severity: SecurityEvent["severity"]) =>
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
    case "wrong_password":
      return failed({
        error: "invalid_grant",
        description: "The password or recovery code is wrong; the refresh token is still good.",
        errorCode: "wrong_password",
      });
    case "stale":
      event("refresh_stale", "info");
      return badRefreshToken("A newer refresh token was issued just now: use that one.");
    case "rollback":
      event("generation_rollback", "alarm");
      return badRefreshToken();
    case "reuse":
      context.ended([token.sessionId]);
      event("refresh_reuse", "warning");
      return badRefreshToken(
        "The refresh token was used before, so the session was ended: sign in again with the app grant.",
      );
  }
}

/** The parameters of a refresh beside the token. */
export interface RefreshParameters extends StepUpParameters {
  readonly attempt_id?: string | undefined;
}

/** One refresh: one D1 statement, whatever its outcome; with a password also what verifies that. */
export async function refresh(
  context: GrantContext,
  token: PresentedToken,
  parameters: RefreshParameters,
): Promise<GrantResult> {
  const read = await readStepUp(context, token.sessionId, parameters);
  if (!read.ok) return read;
  const { stepUp, beside } = read;
  const successor = await successorOf(token);
  const attempt = {
    sessionId: token.sessionId,
    generation: token.generation,
    secretHash: await hashOfSecret(token.secret),
    successorHash: await hashOfSecret(successor.secret),
    attemptId: parameters.attempt_id,
    proof: stepUp,
    now: context.now,
    idleTtlMs: context.config.refreshIdleTtlMs,
  };
  const row = await refreshSession(context.db, attempt, beside);
  if (row === undefined) return badRefreshToken();
  return (
    refusal(context, token, row) ??
    issue(context, {
      token: successor,
      accountId: row.accountId,
      deviceId: row.deviceId,
      authTimeMs: stepUp === undefined ? row.signedInAt : context.now,
      proof: stepUp?.given?.as,
      idleExpiresAt: row.idleExpiresAt,
    })
  );
}
