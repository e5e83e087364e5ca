/** What is decided before the refresh table, in which order, and what one refresh costs D1. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { aroundDb } from "../bindings.ts";
import {
  ABSOLUTE_TTL_MS,
  attemptOf,
  IDLE_TTL_MS,
  type Lineage,
  lineageAt,
  newLineage,
  SIGNED_IN_AT,
} from "./lineage.ts";

const block = ({ accountId }: Lineage, at: number | null) =>
  env.DB.prepare("UPDATE accounts SET blocked_at = ?2 WHERE id = ?1").bind(accountId, at).run();
const revoke = ({ sessionId }: Lineage, at: number | null) =>
  env.DB.prepare("UPDATE sessions SET revoked_at = ?2 WHERE id = ?1").bind(sessionId, at).run();

describe("the checks before the table", () => {
  it("are, in this order: blocked, revoked, expired, step-up mismatch; mending one brings the next to light", async () => {
    const lineage = await lineageAt(3);
    const wrong = { ...lineage.proof, secretHash: "of another app secret" };
    await block(lineage, SIGNED_IN_AT);
    await revoke(lineage, SIGNED_IN_AT);
    const outcome = async (afterMs: number, proof = wrong) => (await lineage.present(1, afterMs, { proof }))?.outcome;

    expect(await outcome(IDLE_TTL_MS)).toBe("blocked");
    await block(lineage, null);
    expect(await outcome(IDLE_TTL_MS)).toBe("revoked");
    await revoke(lineage, null);
    expect(await outcome(IDLE_TTL_MS)).toBe("expired");
    expect(await outcome(IDLE_TTL_MS - 1)).toBe("secret_mismatch");
    expect((await lineage.row()).revokedAt).toBeNull();
    expect(await outcome(IDLE_TTL_MS - 1, lineage.proof)).toBe("reuse");
  });

  it("leave the row as it is, even for a token that would be rotated or a reuse", async () => {
    const lineage = await lineageAt(2);
    const wrong = { ...lineage.proof, appId: crypto.randomUUID() };
    const before = await lineage.row();
    for (const generation of [1, 2]) {
      expect((await lineage.present(generation, IDLE_TTL_MS))?.outcome).toBe("expired");
      expect((await lineage.present(generation, 30_001, { proof: wrong }))?.outcome).toBe("secret_mismatch");
    }
    expect(await lineage.row()).toEqual(before);
    await revoke(lineage, SIGNED_IN_AT + 5);
    for (const generation of [1, 2]) expect((await lineage.present(generation, 30_001))?.outcome).toBe("revoked");
    expect(await lineage.row()).toEqual({ ...before, revokedAt: SIGNED_IN_AT + 5 });
  });

  it("take a session for expired at its idle expiry, and not 1 ms before", async () => {
    const lineage = await newLineage();
    expect((await lineage.present(1, IDLE_TTL_MS))?.outcome).toBe("expired");
    expect((await lineage.present(1, IDLE_TTL_MS - 1))?.outcome).toBe("rotated");
    expect((await lineage.present(2, 2 * IDLE_TTL_MS - 2))?.outcome).toBe("rotated");
  });

  it("take a session for expired at its absolute expiry, however often it was used and whatever the idle one says", async () => {
    const lineage = await newLineage();
    for (let n = 1; n <= 8; n += 1) await lineage.present(n, n * 20 * 86_400_000);
    expect((await lineage.present(9, ABSOLUTE_TTL_MS))?.outcome).toBe("expired");
    expect((await lineage.present(9, ABSOLUTE_TTL_MS - 1))?.outcome).toBe("rotated");
    await env.DB.prepare("UPDATE sessions SET idle_expires_at = idle_expires_at + 1 WHERE id = ?1")
      .bind(lineage.sessionId)
      .run();
    expect((await lineage.present(10, ABSOLUTE_TTL_MS))?.outcome).toBe("expired");
  });

  it("need both the app ID and the secret of this very session", async () => {
    const lineage = await newLineage();
    const stranger = await newLineage();
    const { appId } = lineage.proof;
    expect((await lineage.present(1, 0, { proof: { appId, secretHash: "other" } }))?.outcome).toBe("secret_mismatch");
    expect((await lineage.present(1, 0, { proof: stranger.proof }))?.outcome).toBe("secret_mismatch");
    expect((await lineage.present(1, 0, { proof: lineage.proof }))?.outcome).toBe("rotated");
  });
});

describe("what a refresh costs", () => {
  it("is one statement that writes one row, whatever its outcome, with and without step-up", async () => {
    // D1 bills the entries of the two indexes beside the row, hence up to 3 where one row is written.
    const runs: { method: string; changes: unknown; written: unknown }[] = [];
    const watched = aroundDb(env.DB, async (make, { method }) => {
      const result = await make();
      // `all` and `run` answer a D1Result.
      const { meta } = result as D1Result;
      runs.push({ method, changes: meta?.changes, written: meta?.rows_written });
      return result;
    });
    const lineage = await newLineage(watched);
    const { proof } = lineage;
    const steps = [
      () => lineage.present(1, 0, { attemptId: attemptOf(1) }),
      () => lineage.present(1, 0, { attemptId: attemptOf(1), proof }),
      () => lineage.present(1, 0),
      () => lineage.present(5, 0),
      () => lineage.present(1, 0, { proof: { ...proof, secretHash: "other" } }),
      () => lineage.present(2, 0, { proof }),
      () => lineage.present(1, 0),
      () => lineage.present(1, IDLE_TTL_MS),
      () => lineage.present(1, 120_001),
      () => lineage.present(3, 120_001),
    ];
    const outcomes: (string | undefined)[] = [];
    for (const step of steps) {
      runs.length = 0;
      outcomes.push((await step())?.outcome);
      expect(runs).toHaveLength(1);
      expect(runs[0]).toMatchObject({ method: "all", changes: 1 });
      expect(runs[0]?.written).toBeLessThanOrEqual(3);
    }
    expect(outcomes).toEqual([
      ...["rotated", "retry", "concurrent", "rollback", "secret_mismatch"],
      ...["rotated", "stale", "expired", "reuse", "revoked"],
    ]);
  });
});
