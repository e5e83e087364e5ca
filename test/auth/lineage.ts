/**
 * A session made by the sign-in store, and its refresh tokens by generation in the form that the refresh statement is
 * given. The hashes are names, since the statement only compares them; how real ones come about is tested over HTTP.
 */
import { env } from "cloudflare:workers";
import type { AccountId, DeviceId, SessionId } from "../../src/auth/ids.ts";
import { type RefreshAttempt, type RefreshReport, refreshSession } from "../../src/auth/refresh-store.ts";
import { signIn } from "../../src/auth/sign-in-store.ts";

const DAY_MS = 86_400_000;
export const IDLE_TTL_MS = 30 * DAY_MS;
export const ABSOLUTE_TTL_MS = 180 * DAY_MS;
/** When sessions of these tests sign in: noon, so that a few minutes never change the day. */
export const SIGNED_IN_AT = Date.UTC(2026, 4, 1, 12);

/** The row as the table of outcomes speaks of it. */
interface SessionRow {
  readonly generation: number;
  readonly secretHash: string;
  readonly previousSecretHash: string | null;
  readonly attemptId: string | null;
  readonly rotatedAt: number;
  readonly idleExpiresAt: number;
  readonly revokedAt: number | null;
}

const ROW = `
SELECT generation, secret_hash AS secretHash, previous_secret_hash AS previousSecretHash, attempt_id AS attemptId,
  rotated_at AS rotatedAt, idle_expires_at AS idleExpiresAt, revoked_at AS revokedAt
FROM sessions WHERE id = ?1`;

/** What a refresh presents beside its generation. */
type Presented = Partial<Pick<RefreshAttempt, "attemptId" | "secretHash" | "proof">>;

/** One session. */
export interface Lineage {
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  readonly sessionId: SessionId;
  /** The proof of a step-up. */
  readonly proof: { readonly appId: string; readonly secretHash: string };
  /** Presents the token of a generation at `SIGNED_IN_AT` plus `afterMs`, and answers what that came to. */
  present(generation: number, afterMs: number, presented?: Presented): Promise<RefreshReport | undefined>;
  row(): Promise<SessionRow>;
}

/** The name that stands for the hash of a generation's secret. */
export const hashOf = (generation: number) => `hash of secret ${generation}`;

/** Signs a new device of a new account in; `db` is what its tokens are presented to. */
export async function newLineage(db: D1Database = env.DB): Promise<Lineage> {
  const proof = { appId: crypto.randomUUID(), secretHash: "hash of the app secret" };
  const report = await signIn(env.DB, {
    appId: proof.appId,
    appSecretHash: proof.secretHash,
    device: {},
    refreshSecretHash: hashOf(1),
    enrolment: { open: true, day: "2026-05-01", caps: [] },
    onlyOne: false,
    mayBeDisplaced: true,
    now: SIGNED_IN_AT,
    idleExpiresAt: SIGNED_IN_AT + IDLE_TTL_MS,
    absoluteExpiresAt: SIGNED_IN_AT + ABSOLUTE_TTL_MS,
  });
  if (report.outcome !== "signed_in") throw new Error(`The sign-in came to ${report.outcome}`);
  const { sessionId } = report;
  return {
    ...report,
    proof,
    present: (generation, afterMs, presented) =>
      refreshSession(db, {
        sessionId,
        generation,
        secretHash: hashOf(generation),
        successorHash: hashOf(generation + 1),
        attemptId: undefined,
        proof: undefined,
        now: SIGNED_IN_AT + afterMs,
        idleTtlMs: IDLE_TTL_MS,
        ...presented,
      }),
    async row() {
      const row = await db.prepare(ROW).bind(sessionId).first<SessionRow>();
      if (row === null) throw new Error("The session is gone");
      return row;
    },
  };
}

/** A session whose live token is of generation `generation`: rotated at `SIGNED_IN_AT`, each with its own attempt. */
export async function lineageAt(generation: number): Promise<Lineage> {
  const lineage = await newLineage();
  for (let n = 1; n < generation; n += 1) await lineage.present(n, 0, { attemptId: attemptOf(n) });
  return lineage;
}

/** The attempt ID that `lineageAt` gives to the refresh with a generation's token. */
export const attemptOf = (generation: number) => `attempt-of-generation-${String(generation).padStart(4, "0")}`;
