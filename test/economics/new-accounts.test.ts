/** What an account may have translated in its first 24 hours: alone, with all from its prefix, and with all new ones. */
import { beforeEach, describe, expect, test } from "vitest";
import { emulated } from "../provider/emulated.ts";
import { spent, traveller } from "../translate/traveller.ts";
import { createdAt, LONG_AGO, NEW_ACCOUNT_LIMITS, NOON, nothingSpent, TO_MIDNIGHT, TODAY } from "./account.ts";

const azure = emulated("economics-new-accounts");
const DAY_MS = 86_400_000;
const QUOTA = { status: 429, code: "quota_exceeded", retryAfter: TO_MIDNIGHT };
const BUDGET = { status: 503, code: "budget_exhausted", retryAfter: TO_MIDNIGHT };

beforeEach(async () => {
  await nothingSpent();
  await azure.tell({ reset: true });
});

let number = 0;
/** A text of so many characters that nobody has asked for. */
function text(characters: number): string {
  number += 1;
  return String.fromCharCode(0x4e00 + number).padEnd(characters, "x");
}

/** An account of an age, behind an address, in an isolate with these settings. */
async function account(made: number, address = "203.0.113.7", settings: Record<string, number> = {}) {
  const { tokens, translate, refused } = await traveller({
    env: { ...azure.env, ...NEW_ACCOUNT_LIMITS, ...settings },
    clock: () => NOON,
  });
  await createdAt(tokens.account_id, made);
  const from = { "CF-Connecting-IP": address };
  return {
    id: tokens.account_id,
    spend: (characters: number) => translate({ text: text(characters), to: "es" }, from),
    refused: (characters: number) => refused({ text: text(characters), to: "es" }, from),
  };
}

const fresh = (address?: string, settings?: Record<string, number>) => account(NOON, address, settings);
const calls = async () => (await azure.status()).counters.calls;

describe("a new account", () => {
  test("has a thousand characters and not one more, which it is told as its own quota", async () => {
    const { spend, refused } = await fresh();
    expect((await spend(999)).usage.charactersLeft).toBe(1);
    expect(await refused(2)).toMatchObject(QUOTA);
    expect((await spend(1)).usage.charactersLeft).toBe(0);
    expect(await refused(1)).toMatchObject(QUOTA);
    expect(await calls()).toBe(2);
  });

  test("is new until a millisecond before 24 hours have passed", async () => {
    const younger = await account(NOON - DAY_MS + 1);
    expect(await younger.refused(1001)).toMatchObject(QUOTA);
    const older = await account(NOON - DAY_MS);
    expect((await older.spend(1001)).usage.charactersLeft).toBe(3999);
  });

  test("never has more than an older one", async () => {
    const { spend, refused } = await fresh("203.0.113.7", { DAILY_CHARACTERS_PER_ACCOUNT: 500 });
    expect(await refused(501)).toMatchObject(QUOTA);
    await spend(500);
  });

  test("counts for itself, its prefix, all new ones and the total; an older one for itself and the total", async () => {
    const [newcomer, regular] = [await fresh(), await account(LONG_AGO)];
    await newcomer.spend(10);
    await regular.spend(20);
    const {
      [`account:${newcomer.id}`]: own,
      [`account:${regular.id}`]: other,
      total,
      new: all,
      ...rest
    } = await spent(TODAY);
    expect([own, other, total, all]).toEqual([10, 20, 30, 10]);
    expect(Object.values(rest)).toEqual([10]);
    expect(Object.keys(rest)[0]).toMatch(/^new-ip:[\w-]{20,}$/);
  });
});

/** Three new accounts that have spent all that their prefix may. */
async function spendPrefix(addresses: readonly string[]): Promise<void> {
  for (const address of addresses) await (await fresh(address)).spend(1000);
}

describe("all new accounts from one prefix", () => {
  test("have three thousand together, from one IPv4 address; from the next address there is more", async () => {
    await spendPrefix(Array(3).fill("198.51.100.9"));
    expect(await (await fresh("198.51.100.9")).refused(1)).toMatchObject(QUOTA);
    expect((await (await fresh("198.51.100.10")).spend(1)).usage.charactersLeft).toBe(999);
  });

  test("the last of them has what the others left", async () => {
    await spendPrefix(Array(2).fill("198.51.100.9"));
    await (await fresh("198.51.100.9")).spend(900);
    const last = await fresh("198.51.100.9");
    expect(await last.refused(101)).toMatchObject(QUOTA);
    expect((await last.spend(100)).usage.charactersLeft).toBe(0);
  });

  test("are those of an IPv6 /48, whatever their /64; the next /48 is another", async () => {
    await spendPrefix(["2001:db8:7::1", "2001:db8:7:1::1", "2001:db8:7:ffff::1"]);
    expect(await (await fresh("2001:db8:7:abcd::9")).refused(1)).toMatchObject(QUOTA);
    await (await fresh("2001:db8:8::1")).spend(1);
  });

  test("leave an older account at that address its own characters", async () => {
    await spendPrefix(Array(3).fill("198.51.100.9"));
    expect((await (await account(LONG_AGO, "198.51.100.9")).spend(1)).usage.charactersLeft).toBe(4999);
  });
});

describe("all new accounts together", () => {
  const SHARE = { DAILY_CHARACTERS_TOTAL: 4000 };

  test("have a quarter of the total; beyond it they are told that the service has no more", async () => {
    await (await fresh("198.51.100.1", SHARE)).spend(999);
    const next = await fresh("198.51.100.2", SHARE);
    expect(await next.refused(2)).toMatchObject(BUDGET);
    expect((await next.spend(1)).usage.charactersLeft).toBe(0);
    expect(await next.refused(1)).toMatchObject(BUDGET);
  });

  test("do not silence an older account when they have spent their share", async () => {
    await (await fresh("198.51.100.1", SHARE)).spend(1000);
    const older = await account(LONG_AGO, "198.51.100.1", SHARE);
    expect((await older.spend(3000)).usage.charactersLeft).toBe(0);
    expect(await older.refused(1)).toMatchObject(BUDGET);
  });

  test("have the part that the operator sets", async () => {
    const settings = { ...SHARE, NEW_ACCOUNT_SHARE: 0.1 };
    const { spend, refused } = await fresh("198.51.100.1", settings);
    expect(await refused(401)).toMatchObject(BUDGET);
    await spend(400);
  });
});

test("an account that is over its own limit is told so, even where the total is used up, too", async () => {
  const settings = { DAILY_CHARACTERS_TOTAL: 1000, NEW_ACCOUNT_SHARE: 1 };
  const { spend, refused } = await fresh("198.51.100.1", settings);
  await spend(1000);
  expect(await refused(1)).toMatchObject(QUOTA);
});

describe("what the provider did not bill is given back", () => {
  test("to all four subjects of a new account", async () => {
    await azure.tell({ fail: { as: "error", code: 400000, always: true } });
    const { refused } = await fresh();
    expect((await refused(700)).code).toBe("translator_refused");
    expect(Object.values(await spent(TODAY))).toEqual([0, 0, 0, 0]);
  });

  test("in part, where it billed less", async () => {
    await azure.tell({ meter: "codePoints" });
    const { tokens, translate } = await traveller({ env: { ...azure.env, ...NEW_ACCOUNT_LIMITS }, clock: () => NOON });
    await createdAt(tokens.account_id, NOON);
    expect((await translate({ text: "🏖🏖🏖", to: "es" })).usage).toEqual({ charactersBilled: 3, charactersLeft: 997 });
    expect(Object.values(await spent(TODAY))).toEqual([3, 3, 3, 3]);
  });
});
