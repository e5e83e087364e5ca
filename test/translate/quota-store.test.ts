/** The quota's statements on real local D1: a reserve passes on every subject or on none, and no cap is ever passed. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { SessionId } from "../../src/auth/ids.ts";
import { giveBack, type Reserve, reserveCharacters } from "../../src/limits/quota-store.ts";
import { startWorker } from "../worker.ts";
import { spent } from "./traveller.ts";

const DAY = "2026-11-25";
const NOW = Date.now();

/** A live session's id, as the token's verification hands it on. */
async function session(): Promise<SessionId> {
  const { session_id } = await startWorker().signIn();
  return session_id as SessionId;
}

/** A reserve on an account of its own cap, and on the total. */
function reserveOf(characters: number, account: string, caps: { account: number; total: number }): Reserve {
  return {
    day: DAY,
    characters,
    subjects: [
      { subject: `account:${account}`, cap: caps.account },
      { subject: "total", cap: caps.total },
    ],
  };
}

beforeEach(async () => {
  await env.DB.prepare("DELETE FROM spent").run();
});

describe("a reserve", () => {
  test("passes up to the cap exactly, and tells what it counted", async () => {
    const id = await session();
    const caps = { account: 100, total: 1000 };
    expect(await reserveCharacters(env.DB, id, reserveOf(99, "a", caps), NOW)).toEqual({
      outcome: "reserved",
      counted: [
        { subject: "account:a", cap: 100, characters: 99 },
        { subject: "total", cap: 1000, characters: 99 },
      ],
    });
    expect(await reserveCharacters(env.DB, id, reserveOf(2, "a", caps), NOW)).toEqual({
      outcome: "full",
      subject: "account:a",
      left: 1,
    });
    expect(await reserveCharacters(env.DB, id, reserveOf(1, "a", caps), NOW)).toMatchObject({ outcome: "reserved" });
    expect(await spent(DAY)).toEqual({ "account:a": 100, total: 100 });
  });

  test("that one subject refuses is put on none", async () => {
    const id = await session();
    const caps = { account: 100, total: 50 };
    expect(await reserveCharacters(env.DB, id, reserveOf(51, "a", caps), NOW)).toMatchObject({
      outcome: "full",
      subject: "total",
    });
    expect(await spent(DAY)).toEqual({});
  });

  test("of 200 in parallel passes as often as it fits, and the subjects agree", async () => {
    const id = await session();
    const caps = { account: 1000, total: 1500 };
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, (_, i) => reserveCharacters(env.DB, id, reserveOf(30, i % 2 ? "a" : "b", caps), NOW)),
    );
    expect(outcomes.filter(({ outcome }) => outcome === "reserved")).toHaveLength(50);
    expect(outcomes.filter(({ outcome }) => outcome === "full")).toHaveLength(150);
    const { total, "account:a": a = 0, "account:b": b = 0 } = await spent(DAY);
    expect(total).toBe(1500);
    expect(a + b).toBe(1500);
    expect(Math.max(a, b)).toBeLessThanOrEqual(1000);
  });

  test.each([
    ["ended", "UPDATE sessions SET revoked_at = ?2 WHERE id = ?1"],
    ["idle for too long", "UPDATE sessions SET idle_expires_at = ?2 WHERE id = ?1"],
    ["too old", "UPDATE sessions SET absolute_expires_at = ?2 WHERE id = ?1"],
    [
      "of a blocked account",
      "UPDATE accounts SET blocked_at = ?2 WHERE id = (SELECT account_id FROM sessions WHERE id = ?1)",
    ],
  ])("of a session that is %s spends nothing", async (_, sql) => {
    const id = await session();
    await env.DB.prepare(sql).bind(id, NOW).run();
    const reserve = reserveOf(1, "a", { account: 100, total: 100 });
    expect(await reserveCharacters(env.DB, id, reserve, NOW)).toEqual({ outcome: "session_over" });
    expect(await spent(DAY)).toEqual({});
  });

  test("of a session lives until the last millisecond before it is over", async () => {
    const id = await session();
    await env.DB.prepare("UPDATE sessions SET idle_expires_at = ?2 WHERE id = ?1").bind(id, NOW).run();
    const reserve = reserveOf(1, "a", { account: 100, total: 100 });
    expect((await reserveCharacters(env.DB, id, reserve, NOW - 1)).outcome).toBe("reserved");
  });
});

test("what is given back is taken off each subject of that day, and never below nothing", async () => {
  const id = await session();
  const reserve = reserveOf(10, "a", { account: 100, total: 100 });
  await reserveCharacters(env.DB, id, reserve, NOW);
  await reserveCharacters(env.DB, id, { ...reserve, day: "2026-11-26" }, NOW);
  await reserveCharacters(env.DB, id, reserveOf(5, "b", { account: 100, total: 100 }), NOW);
  await giveBack(env.DB, DAY, ["account:a", "total"], 4);
  expect(await spent(DAY)).toEqual({ "account:a": 6, "account:b": 5, total: 11 });
  await giveBack(env.DB, DAY, ["account:a", "total"], 100);
  expect(await spent(DAY)).toEqual({ "account:a": 0, "account:b": 5, total: 0 });
  expect(await spent("2026-11-26")).toEqual({ "account:a": 10, total: 10 });
});
