/**
 * The refresh rules once more, as a pure function written from the design's table and not from the statement, so that
 * the two can be held against each other. Times are milliseconds.
 */
import type { RefreshAttempt, RefreshOutcome } from "../../src/auth/refresh-store.ts";

/** All that the rules depend on. */
export interface ModelSession {
  readonly blocked: boolean;
  readonly revokedAt: number | null;
  readonly idleExpiresAt: number;
  readonly absoluteExpiresAt: number;
  readonly proof: { readonly appId: string; readonly secretHash: string };
  readonly generation: number;
  readonly secretHash: string;
  readonly previousSecretHash: string | null;
  readonly attemptId: string | null;
  readonly rotatedAt: number;
}

const CONCURRENT_MS = 30 * 1000;
const STALE_MS = 120 * 1000;

/** What comes before the table; `undefined` where nothing stands in the way. */
function obstacle(session: ModelSession, { now, proof }: RefreshAttempt): RefreshOutcome | undefined {
  if (session.blocked) return "blocked";
  if (session.revokedAt !== null) return "revoked";
  if (now >= session.idleExpiresAt || now >= session.absoluteExpiresAt) return "expired";
  const { appId, secretHash } = session.proof;
  if (proof !== undefined && (proof.appId !== appId || proof.secretHash !== secretHash)) return "secret_mismatch";
  return undefined;
}

/** The table, by how many generations the presented token is behind the live one. */
function table(session: ModelSession, attempt: RefreshAttempt): RefreshOutcome {
  const behind = session.generation - attempt.generation;
  const age = attempt.now - session.rotatedAt;
  if (behind < 0) return "rollback";
  if (behind === 0) return attempt.secretHash === session.secretHash ? "rotated" : "rollback";
  if (behind >= 2) return age <= STALE_MS ? "stale" : "reuse";
  if (attempt.secretHash !== session.previousSecretHash) return "reuse";
  if (attempt.attemptId !== undefined && attempt.attemptId === session.attemptId) return "retry";
  return age <= CONCURRENT_MS ? "concurrent" : "reuse";
}

/** What an attempt comes to, and the session after it. */
export function modelRefresh(
  session: ModelSession,
  attempt: RefreshAttempt,
): { readonly outcome: RefreshOutcome; readonly session: ModelSession } {
  const outcome = obstacle(session, attempt) ?? table(session, attempt);
  if (outcome === "reuse") return { outcome, session: { ...session, revokedAt: attempt.now } };
  if (outcome !== "rotated") return { outcome, session };
  return {
    outcome,
    session: {
      ...session,
      generation: session.generation + 1,
      previousSecretHash: session.secretHash,
      secretHash: attempt.successorHash,
      attemptId: attempt.attemptId ?? null,
      rotatedAt: attempt.now,
      idleExpiresAt: Math.min(attempt.now + attempt.idleTtlMs, session.absoluteExpiresAt),
    },
  };
}
