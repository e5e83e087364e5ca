/** The refresh table of the design at the statement itself, row by row and at the boundaries of its times. */

import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { SessionId } from "../../src/auth/ids.ts";
import { refreshSession } from "../../src/auth/refresh-store.ts";
import { ABSOLUTE_TTL_MS, attemptOf, hashOf, IDLE_TTL_MS, lineageAt, newLineage, SIGNED_IN_AT } from "./lineage.ts";

const OTHER_ATTEMPT = "another-attempt-of-it";

describe("the token of the live generation", () => {
  it("is rotated: the row moves on by one, and remembers the hash before, the attempt and the time", async () => {
    const lineage = await newLineage();
    const report = await lineage.present(1, 1000, { attemptId: attemptOf(1) });
    expect(report).toEqual({
      outcome: "rotated",
      accountId: lineage.accountId,
      deviceId: lineage.deviceId,
      signedInAt: SIGNED_IN_AT,
      idleExpiresAt: SIGNED_IN_AT + 1000 + IDLE_TTL_MS,
    });
    expect(await lineage.row()).toEqual({
      generation: 2,
      secretHash: hashOf(2),
      previousSecretHash: hashOf(1),
      attemptId: attemptOf(1),
      rotatedAt: SIGNED_IN_AT + 1000,
      idleExpiresAt: SIGNED_IN_AT + 1000 + IDLE_TTL_MS,
      revokedAt: null,
    });
  });

  it("forgets the attempt before it, also where the new refresh has none", async () => {
    const lineage = await lineageAt(2);
    await lineage.present(2, 0);
    expect(await lineage.row()).toMatchObject({ generation: 3, attemptId: null });
  });

  it("never moves the idle expiry past the absolute one", async () => {
    const lineage = await newLineage();
    for (let day = 20, n = 1; day <= 160; day += 20, n += 1) await lineage.present(n, day * 86_400_000);
    expect(await lineage.row()).toMatchObject({ generation: 9, idleExpiresAt: SIGNED_IN_AT + ABSOLUTE_TTL_MS });
  });

  it("with another secret is a rollback, and changes nothing", async () => {
    const lineage = await lineageAt(3);
    const before = await lineage.row();
    expect((await lineage.present(3, 0, { secretHash: "of another secret" }))?.outcome).toBe("rollback");
    expect(await lineage.row()).toEqual(before);
  });
});

describe("the token before the live one", () => {
  it.each([0, 30_000, 30_001, 120_001, IDLE_TTL_MS - 1])(
    "with the same attempt is a retry after %d ms, and changes nothing",
    async (afterMs) => {
      const lineage = await lineageAt(2);
      const before = await lineage.row();
      expect((await lineage.present(1, afterMs, { attemptId: attemptOf(1) }))?.outcome).toBe("retry");
      expect(await lineage.row()).toEqual(before);
    },
  );

  it.each([undefined, OTHER_ATTEMPT])("with the attempt %s is concurrent for 30 s, and changes nothing", async (id) => {
    const lineage = await lineageAt(2);
    const before = await lineage.row();
    expect((await lineage.present(1, 30_000, { attemptId: id }))?.outcome).toBe("concurrent");
    expect(await lineage.row()).toEqual(before);
  });

  it.each([undefined, OTHER_ATTEMPT])("with the attempt %s is a reuse after 30 s, and ends the session", async (id) => {
    const lineage = await lineageAt(2);
    const before = await lineage.row();
    expect((await lineage.present(1, 30_001, { attemptId: id }))?.outcome).toBe("reuse");
    expect(await lineage.row()).toEqual({ ...before, revokedAt: SIGNED_IN_AT + 30_001 });
    expect((await lineage.present(2, 30_002))?.outcome).toBe("revoked");
  });

  it("without an attempt is no retry of a refresh that had none", async () => {
    const lineage = await newLineage();
    await lineage.present(1, 0);
    expect((await lineage.present(1, 30_000))?.outcome).toBe("concurrent");
    expect((await lineage.present(1, 30_001))?.outcome).toBe("reuse");
  });

  it.each([attemptOf(1), undefined])("with another secret is a reuse at once, attempt %s or not", async (attemptId) => {
    const lineage = await lineageAt(2);
    const forged = { secretHash: "of another secret", attemptId };
    expect((await lineage.present(1, 0, forged))?.outcome).toBe("reuse");
    expect(await lineage.row()).toMatchObject({ revokedAt: SIGNED_IN_AT });
  });
});

describe("a token two or more generations old", () => {
  it.each([1, 2])(
    "is stale for 120 s after the latest rotation (generation %d of 4), and changes nothing",
    async (n) => {
      const lineage = await lineageAt(4);
      const before = await lineage.row();
      expect((await lineage.present(n, 120_000, { attemptId: attemptOf(n) }))?.outcome).toBe("stale");
      expect(await lineage.row()).toEqual(before);
    },
  );

  it.each([1, 2])("is a reuse after 120 s (generation %d of 4), and ends the session", async (n) => {
    const lineage = await lineageAt(4);
    expect((await lineage.present(n, 120_001, { attemptId: attemptOf(n) }))?.outcome).toBe("reuse");
    expect(await lineage.row()).toMatchObject({ generation: 4, revokedAt: SIGNED_IN_AT + 120_001 });
  });

  it("has its 120 s counted anew by each rotation", async () => {
    const lineage = await lineageAt(3);
    await lineage.present(3, 100_000);
    expect((await lineage.present(1, 220_000))?.outcome).toBe("stale");
    expect((await lineage.present(1, 220_001))?.outcome).toBe("reuse");
  });
});

describe("a token of a generation that the database does not know yet", () => {
  it.each([0, 120_001])("is a rollback after %d ms, and changes nothing", async (afterMs) => {
    const lineage = await lineageAt(2);
    const before = await lineage.row();
    expect((await lineage.present(3, afterMs))?.outcome).toBe("rollback");
    expect(await lineage.row()).toEqual(before);
  });
});

it("50 racers with one token get one rotation and 49 times the same successor", async () => {
  const lineage = await newLineage();
  const reports = await Promise.all(Array.from({ length: 50 }, () => lineage.present(1, 0)));
  const outcomes = reports.map((report) => report?.outcome);
  expect(outcomes.filter((outcome) => outcome === "rotated")).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome === "concurrent")).toHaveLength(49);
  expect(await lineage.row()).toMatchObject({ generation: 2, secretHash: hashOf(2), revokedAt: null });
});

it("a session that is not there has no report", async () => {
  const unknown = "AAAAAAAAAAAAAAAAAAAAAA" as SessionId; // In the form that a good tag vouches for.
  const attempt = { generation: 1, secretHash: "h", successorHash: "s", attemptId: undefined, proof: undefined };
  const report = await refreshSession(env.DB, { ...attempt, sessionId: unknown, now: SIGNED_IN_AT, idleTtlMs: 1 });
  expect(report).toBeUndefined();
});
