/** The refresh statement on real local D1 agrees with the pure model, over thousands of random steps. */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { RefreshOutcome } from "../../src/auth/refresh-store.ts";
import { gatheringDb } from "./gathering-db.ts";
import { ABSOLUTE_TTL_MS, hashOf, IDLE_TTL_MS, type Lineage, newLineage, SIGNED_IN_AT } from "./lineage.ts";
import { type ModelSession, modelRefresh } from "./refresh-model.ts";

const RUNS = 114;
const STEPS_PER_RUN = 40;
const SESSIONS_AT_ONCE = 38;

/** The sessions that are refreshed at once share their round trips. */
const db = gatheringDb(env.DB);

/** How far behind the live generation a presented token is: mostly the ones with rows of their own. */
const behind = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.constant(1) },
  { weight: 2, arbitrary: fc.constantFrom(2, 3) },
  { weight: 1, arbitrary: fc.constant(-1) },
);

const step = fc.record({
  waitMs: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(0, 1, 10_000, 30_000, 30_001, 120_000, 120_001) },
    { weight: 1, arbitrary: fc.constantFrom(IDLE_TTL_MS - 1, IDLE_TTL_MS, 3_600_000) },
  ),
  behind,
  rightSecret: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  attemptId: fc.constantFrom(undefined, "attempt-a", "attempt-b"),
  proof: fc.constantFrom("none", "none", "right", "wrong"),
  operator: fc.constantFrom(...Array<"none">(8).fill("none"), ...Array<"mend">(6).fill("mend"), "block"),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What only an operator with the database does; `mend` keeps a run going that a block, a reuse or time has ended. */
async function operate(
  lineage: Lineage,
  model: ModelSession,
  what: Step["operator"],
  now: number,
): Promise<ModelSession> {
  const stuck = model.blocked || model.revokedAt !== null || now >= model.idleExpiresAt;
  if (what === "none" || (what === "mend" && !stuck)) return model;
  const blocked = what === "block";
  const idleExpiresAt = model.absoluteExpiresAt;
  const block = "UPDATE accounts SET blocked_at = ?2 WHERE id = ?1";
  const revive = "UPDATE sessions SET revoked_at = NULL, idle_expires_at = ?2 WHERE id = ?1";
  await Promise.all([
    db
      .prepare(block)
      .bind(lineage.accountId, blocked ? 1 : null)
      .all(),
    db.prepare(revive).bind(lineage.sessionId, idleExpiresAt).all(),
  ]);
  return { ...model, blocked, revokedAt: null, idleExpiresAt };
}

/** Takes the same steps with the statement and with the model, and compares report and row after each. */
async function agree(steps: readonly Step[], seen: Map<RefreshOutcome, number>): Promise<void> {
  const lineage = await newLineage(db);
  const { proof } = lineage;
  let model: ModelSession = {
    ...(await lineage.row()),
    blocked: false,
    absoluteExpiresAt: SIGNED_IN_AT + ABSOLUTE_TTL_MS,
    proof,
  };
  let afterMs = 0;
  for (const { waitMs, behind, rightSecret, attemptId, proof: proven, operator } of steps) {
    afterMs += waitMs;
    model = await operate(lineage, model, operator, SIGNED_IN_AT + afterMs);
    const generation = Math.max(1, model.generation - behind);
    const presented = {
      secretHash: rightSecret ? hashOf(generation) : "of another secret",
      attemptId,
      proof: proven === "none" ? undefined : proven === "right" ? proof : { ...proof, secretHash: "other" },
    };
    const where = JSON.stringify({ model, generation, afterMs, presented });
    const report = await lineage.present(generation, afterMs, presented);
    const expected = modelRefresh(model, {
      ...presented,
      generation,
      sessionId: lineage.sessionId,
      successorHash: hashOf(generation + 1),
      now: SIGNED_IN_AT + afterMs,
      idleTtlMs: IDLE_TTL_MS,
    });
    model = expected.session;
    seen.set(expected.outcome, (seen.get(expected.outcome) ?? 0) + 1);
    expect(report?.outcome, where).toBe(expected.outcome);
    expect(report?.idleExpiresAt, where).toBe(model.idleExpiresAt);
    expect(model, where).toMatchObject(await lineage.row());
  }
}

it("the statement and the model agree on outcome and row in every step", { timeout: 30_000 }, async () => {
  const seen = new Map<RefreshOutcome, number>();
  const steps = fc.array(step, { minLength: STEPS_PER_RUN, maxLength: STEPS_PER_RUN });
  const runs = fc.array(steps, { minLength: SESSIONS_AT_ONCE, maxLength: SESSIONS_AT_ONCE });
  await fc.assert(
    fc.asyncProperty(runs, async (all) => {
      await Promise.all(all.map((one) => agree(one, seen)));
    }),
    // The step that fails says all there is to say; making the runs shorter would only take time.
    { numRuns: RUNS / SESSIONS_AT_ONCE, endOnFailure: true },
  );
  expect([...seen.values()].reduce((a, b) => a + b)).toBeGreaterThanOrEqual(RUNS * STEPS_PER_RUN);
  // No row of the table was left out by chance.
  expect([...seen.keys()].sort()).toEqual([
    "blocked",
    "concurrent",
    "expired",
    "retry",
    "reuse",
    "revoked",
    "rollback",
    "rotated",
    "secret_mismatch",
    "stale",
  ]);
  for (const count of seen.values()) expect(count).toBeGreaterThan(10);
});
