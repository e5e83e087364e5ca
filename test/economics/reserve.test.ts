/** The reserving statement under many at once: all its subjects agree, and none passes its cap. */
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { SessionId } from "../../src/auth/ids.ts";
import { giveBack, type QuotaSubject, type Reserve, reserveCharacters } from "../../src/limits/quota-store.ts";
import { spent } from "../translate/traveller.ts";
import { startWorker, type Tokens } from "../worker.ts";
import { createdAt, LONG_AGO, NOON, nothingSpent, TODAY } from "./account.ts";

let newcomers: readonly Tokens[];
let regulars: readonly Tokens[];

beforeAll(async () => {
  const worker = startWorker({ clock: () => NOON });
  const several = () => Promise.all(Array.from({ length: 4 }, () => worker.signIn()));
  newcomers = await several();
  regulars = await several();
  for (const { account_id } of regulars) await createdAt(account_id, LONG_AGO);
});
beforeEach(nothingSpent);

interface Caps {
  readonly account?: number;
  readonly newAccount?: number;
  readonly prefix?: number;
  readonly share?: number;
  readonly total?: number;
}

/** The four subjects, with caps that are out of the way unless given. */
function subjects({ account_id }: Tokens, prefix: string, caps: Caps): readonly QuotaSubject[] {
  const { account = 1e6, newAccount = 1e6, prefix: ofPrefix = 1e6, share = 1e6, total = 1e6 } = caps;
  return [
    { subject: `account:${account_id}`, cap: account, newCap: newAccount },
    { subject: `new-ip:${prefix}`, newCap: ofPrefix },
    { subject: "new", newCap: share },
    { subject: "total", cap: total },
  ];
}

function reserve(by: Tokens, characters: number, caps: Caps, prefix = "p") {
  const asked: Reserve = { day: TODAY, characters, subjects: subjects(by, prefix, caps) };
  // The id comes from a real sign-in.
  return reserveCharacters(env.DB, by.session_id as SessionId, asked, NOON);
}

/** Two hundred reserves at once by eight accounts behind two prefixes, and the characters of those that were granted. */
async function twoHundred(caps: Caps) {
  const all = [...newcomers, ...regulars];
  const granted = { total: 0, new: 0, byAccount: new Map<string, number>(), byPrefix: new Map<string, number>() };
  const refused: string[] = [];
  const add = (sums: Map<string, number>, key: string, more: number) => sums.set(key, (sums.get(key) ?? 0) + more);
  await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      const by = all[index % all.length] ?? all[0];
      if (by === undefined) throw new Error("Nobody signed in");
      const characters = 1 + (index % 13);
      const prefix = `p${index % 2}`;
      const result = await reserve(by, characters, caps, prefix);
      if (result.outcome !== "reserved") {
        refused.push(result.outcome === "full" ? (result.subject.split(":")[0] ?? "") : result.outcome);
        return;
      }
      granted.total += characters;
      add(granted.byAccount, `account:${by.account_id}`, characters);
      if (!newcomers.includes(by)) return;
      granted.new += characters;
      add(granted.byPrefix, `new-ip:${prefix}`, characters);
    }),
  );
  return { granted, refused: new Set(refused) };
}

describe("two hundred reserves at once", () => {
  const cases: readonly [string, Caps, string][] = [
    ["nothing but the accounts' own caps", { account: 120, newAccount: 70 }, "account"],
    ["the prefixes' cap", { prefix: 100 }, "new-ip"],
    ["the new accounts' share", { share: 150 }, "new"],
    ["the total", { total: 500 }, "total"],
    ["all of them", { account: 150, newAccount: 90, prefix: 120, share: 200, total: 600 }, "new"],
  ];
  test.each(cases)(
    "under %s: every subject has exactly what was granted, and none passes its cap",
    async (_, caps, by) => {
      const { granted, refused } = await twoHundred(caps);
      expect(refused).toContain(by);
      const rows = await spent(TODAY);
      expect(rows).toEqual({
        total: granted.total,
        new: granted.new,
        ...Object.fromEntries(granted.byAccount),
        ...Object.fromEntries(granted.byPrefix),
      });
      for (const each of [...newcomers, ...regulars]) {
        const cap = newcomers.includes(each) ? caps.newAccount : caps.account;
        expect(rows[`account:${each.account_id}`] ?? 0).toBeLessThanOrEqual(cap ?? 1e6);
      }
      for (const prefix of ["p0", "p1"]) expect(rows[`new-ip:${prefix}`] ?? 0).toBeLessThanOrEqual(caps.prefix ?? 1e6);
      expect(rows.new ?? 0).toBeLessThanOrEqual(caps.share ?? 1e6);
      expect(rows.total ?? 0).toBeLessThanOrEqual(caps.total ?? 1e6);
    },
  );
});

describe("a reserve", () => {
  const newcomer = () => newcomers[0] ?? expect.fail("Nobody signed in");

  test("that one subject refuses leaves nothing on the others, and names the first that is full", async () => {
    await reserve(newcomer(), 10, {});
    const before = await spent(TODAY);
    for (const [caps, subject] of [
      [{ newAccount: 10, total: 10 }, `account:${newcomer().account_id}`],
      [{ prefix: 10, share: 10 }, "new-ip:p"],
      [{ share: 10, total: 10 }, "new"],
      [{ total: 10 }, "total"],
    ] as const)
      expect(await reserve(newcomer(), 1, caps)).toEqual({ outcome: "full", subject, left: 0 });
    expect(await spent(TODAY)).toEqual(before);
  });

  test("tells each subject's cap as it held for this account", async () => {
    const caps = { account: 90, newAccount: 40, prefix: 50, share: 60, total: 70 };
    const told = async (by: Tokens | undefined) => {
      const result = await reserve(by ?? newcomer(), 1, caps);
      return result.outcome === "reserved" ? result.counted.map(({ cap }) => cap).sort() : result.outcome;
    };
    expect(await told(newcomer())).toEqual([40, 50, 60, 70]);
    expect(await told(regulars[0])).toEqual([70, 90]);
  });

  test("by a session that is over spends nothing, and is told so whatever is full", async () => {
    const over = await startWorker({ clock: () => NOON }).signIn();
    await env.DB.prepare("UPDATE sessions SET revoked_at = ?2 WHERE id = ?1").bind(over.session_id, NOON).run();
    for (const caps of [{}, { total: 0 }]) expect(await reserve(over, 1, caps)).toEqual({ outcome: "session_over" });
    expect(await spent(TODAY)).toEqual({});
  });

  test("is given back to the subjects that it names, never below nothing, and to no other", async () => {
    await reserve(newcomer(), 10, {});
    const named = [`account:${newcomer().account_id}`, "new-ip:p", "new"];
    await giveBack(env.DB, TODAY, named, 4);
    expect(await spent(TODAY)).toEqual({ ...Object.fromEntries(named.map((subject) => [subject, 6])), total: 10 });
    await giveBack(env.DB, TODAY, named, 7);
    await giveBack(env.DB, "2026-11-24", ["total"], 7);
    expect(await spent(TODAY)).toEqual({ ...Object.fromEntries(named.map((subject) => [subject, 0])), total: 10 });
  });
});
