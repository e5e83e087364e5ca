/** Where a wrong password stands among the outcomes of the refresh statement: after what ends a session, before the table. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { IDLE_TTL_MS, type Lineage, lineageAt, SIGNED_IN_AT } from "../auth/lineage.ts";

const STORED = "the stored password";
const RECOVERY = "the hash of the recovery code";

async function lineageWithPassword(): Promise<Lineage> {
  const lineage = await lineageAt(4);
  await env.DB.prepare("UPDATE accounts SET email = id, password = ?2, recovery_hash = ?3 WHERE id = ?1")
    .bind(lineage.accountId, STORED, RECOVERY)
    .run();
  return lineage;
}

const given = (lineage: Lineage, as: "pwd" | "recovery", hash: string) => ({
  proof: { ...lineage.proof, given: { as, hash } },
});

describe("a wrong password", () => {
  it.each(["pwd", "recovery"] as const)("given as %s changes nothing, whatever the generation", async (as) => {
    const lineage = await lineageWithPassword();
    const before = await lineage.row();
    for (const generation of [1, 2, 3, 4, 5])
      for (const hash of ["", "another"]) {
        const report = await lineage.present(generation, 130_000, given(lineage, as, hash));
        expect(report?.outcome).toBe("wrong_password");
      }
    expect(await lineage.row()).toEqual(before);
  });

  it("is not told where the secret is wrong, the time is over, the session ended or the account is blocked", async () => {
    const lineage = await lineageWithPassword();
    const wrong = given(lineage, "pwd", "");
    const mismatch = { proof: { ...wrong.proof, secretHash: "of another secret" } };
    expect((await lineage.present(4, 0, mismatch))?.outcome).toBe("secret_mismatch");
    expect((await lineage.present(4, IDLE_TTL_MS, wrong))?.outcome).toBe("expired");
    await env.DB.prepare("UPDATE sessions SET revoked_at = ?2 WHERE id = ?1")
      .bind(lineage.sessionId, SIGNED_IN_AT)
      .run();
    expect((await lineage.present(4, 0, wrong))?.outcome).toBe("revoked");
    await env.DB.prepare("UPDATE accounts SET blocked_at = 1 WHERE id = ?1").bind(lineage.accountId).run();
    expect((await lineage.present(4, 0, wrong))?.outcome).toBe("blocked");
  });

  it("is also what was verified but stands no more, and any where the account has none", async () => {
    const lineage = await lineageWithPassword();
    await env.DB.prepare("UPDATE accounts SET password = NULL, recovery_hash = NULL WHERE id = ?1")
      .bind(lineage.accountId)
      .run();
    for (const proof of [
      given(lineage, "pwd", STORED),
      given(lineage, "pwd", ""),
      given(lineage, "recovery", RECOVERY),
    ])
      expect((await lineage.present(4, 0, proof))?.outcome).toBe("wrong_password");
  });
});

it.each([
  ["pwd", STORED],
  ["recovery", RECOVERY],
] as const)("what is right as %s rotates", async (as, hash) => {
  const lineage = await lineageWithPassword();
  const other = as === "pwd" ? "recovery" : "pwd";
  expect((await lineage.present(4, 0, given(lineage, other, hash)))?.outcome).toBe("wrong_password");
  expect((await lineage.present(4, 0, given(lineage, as, hash)))?.outcome).toBe("rotated");
});
