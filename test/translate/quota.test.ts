/** The limits on what is forwarded in a UTC day, and what stays possible when they are reached. */
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { emulated } from "../provider/emulated.ts";
import { startWorker } from "../worker.ts";
import { plantPhrasebook, read, spent, traveller } from "./traveller.ts";

const azure = emulated("translate-quota");
const NOON = Date.UTC(2026, 10, 25, 12);
const SECONDS_TO_MIDNIGHT = 12 * 3600;

/** A traveller under these daily limits, at noon or whenever `clock` says. */
const under = (perAccount: number, total: number, clock = () => NOON) =>
  traveller({
    env: { ...azure.env, DAILY_CHARACTERS_PER_ACCOUNT: perAccount, DAILY_CHARACTERS_TOTAL: total },
    clock,
  });

beforeAll(plantPhrasebook);
beforeEach(async () => {
  await azure.tell({ reset: true });
  await env.DB.prepare("DELETE FROM spent").run();
});

describe("over a limit", () => {
  test("of the account: 429 with the seconds until UTC midnight, and nothing is sent", async () => {
    const { refused, translate } = await under(10, 1000);
    expect((await translate({ text: "0123456789", to: "es" })).usage).toEqual({
      charactersBilled: 10,
      charactersLeft: 0,
    });
    expect(await refused({ text: "!", to: "es" })).toMatchObject({
      status: 429,
      code: "quota_exceeded",
      retryAfter: String(SECONDS_TO_MIDNIGHT),
    });
    expect((await azure.status()).counters).toMatchObject({ calls: 1, characters: 10 });
  });

  test("of the whole service: 503 with the same seconds, and an alarm in the log", async () => {
    const { refused, worker } = await under(1000, 9);
    expect(await refused({ text: "9876543210", to: "es" })).toMatchObject({
      status: 503,
      code: "budget_exhausted",
      retryAfter: String(SECONDS_TO_MIDNIGHT),
    });
    expect(worker.lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ event: "budget_exhausted", severity: "alarm" }),
    );
    expect((await azure.status()).counters.calls).toBe(0);
  });

  test("of both: it is said to be the account's own, which the caller can understand", async () => {
    const { refused, worker } = await under(9, 9);
    expect((await refused({ text: "ten letter", to: "es" })).code).toBe("quota_exceeded");
    expect(worker.lines.some((line) => line.includes("budget_exhausted"))).toBe(false);
  });

  test("another account goes on, until the whole service's limit", async () => {
    const first = await under(10, 25);
    const second = await under(10, 25);
    const third = await under(10, 25);
    await first.translate({ text: "one 567890", to: "es" });
    await second.translate({ text: "two 567890", to: "es" });
    expect((await first.refused({ text: "more", to: "es" })).code).toBe("quota_exceeded");
    expect((await third.refused({ text: "three 7890", to: "es" })).code).toBe("budget_exhausted");
    expect((await third.translate({ text: "short", to: "es" })).usage.charactersLeft).toBe(0);
  });

  test("every hit still answers, and beside it a miss has its own error", async () => {
    const { translate } = await under(30, 1000);
    await translate({ text: "translated in time", from: "en", to: "es" });
    const body = { texts: ["translated in time", "bread", "a little too late"], from: "en", to: "es" };
    const answer = await translate(body);
    expect(read(answer)).toEqual(["memory: [es] translated in time", "phrasebook: pan", "error: quota_exceeded"]);
    expect(answer.translations[2]?.results[0]?.error?.retryAfterSeconds).toBe(SECONDS_TO_MIDNIGHT);
    expect(answer.usage).toEqual({ charactersBilled: 0, charactersLeft: 12 });
  });

  test("characters count times targets, and as UTF-16", async () => {
    const { refused, translate } = await under(5, 1000);
    expect((await refused({ text: "🏖🏖", to: ["es", "ja"] })).code).toBe("quota_exceeded");
    expect((await translate({ text: "🏖🏖", to: "es" })).usage).toEqual({ charactersBilled: 4, charactersLeft: 1 });
  });
});

describe("the day", () => {
  test("changes at UTC midnight: a second before it the wait is one second, and then there is room", async () => {
    let now = Date.UTC(2026, 10, 25, 23, 59, 59);
    const { refused, translate } = await under(5, 1000, () => now);
    await translate({ text: "night", to: "es" });
    expect((await refused({ text: "later", to: "es" })).retryAfter).toBe("1");
    now += 999;
    expect((await refused({ text: "later", to: "es" })).retryAfter).toBe("1");
    now += 1;
    expect((await translate({ text: "later", to: "es" })).usage.charactersLeft).toBe(0);
    expect(await spent("2026-11-25")).toMatchObject({ total: 5 });
    expect(await spent("2026-11-26")).toMatchObject({ total: 5 });
  });

  test("of a reserve is the one that it is given back to, though the answer came after midnight", async () => {
    let now = Date.UTC(2026, 10, 25, 23, 59, 59);
    const { ask } = await under(100, 1000, () => now);
    await azure.tell({ fail: { as: "slow", ms: 150 }, meter: "codePoints" });
    const asking = ask({ text: "🌃 bridge", to: "es" });
    while ((await azure.status()).counters.concurrent === 0);
    expect(await spent("2026-11-25")).toMatchObject({ total: 9 });
    now += 2000;
    expect((await asking).status).toBe(200);
    expect(await spent("2026-11-25")).toMatchObject({ total: 8 });
    expect(await spent("2026-11-26")).toEqual({});
  });
});

describe("sixty requests at once", () => {
  test.each(["DAILY_CHARACTERS_TOTAL", "DAILY_CHARACTERS_PER_ACCOUNT"])(
    "under %s 100 are never more than 100 characters",
    async (limit) => {
      const isolates = [await traveller({ env: { ...azure.env, [limit]: 100 } })];
      const [first] = isolates;
      isolates.push(await traveller({ env: { ...azure.env, [limit]: 100 } }, first?.tokens));
      await azure.tell({ fail: { as: "slow", ms: 20, always: true } });
      const statuses = await Promise.all(
        Array.from({ length: 60 }, async (_, i) => {
          const text = `racer ${String(i).padStart(2, "0")} ${limit.at(-1)}`;
          return (await isolates[i % 2]?.ask({ text, to: "es" }))?.status;
        }),
      );
      // Each has ten characters, so ten fit.
      expect(statuses.filter((status) => status === 200)).toHaveLength(10);
      expect(statuses.filter((status) => status === (limit === "DAILY_CHARACTERS_TOTAL" ? 503 : 429))).toHaveLength(50);
      expect((await azure.status()).counters).toMatchObject({ calls: 10, characters: 100 });
    },
  );
});

describe("a session that was ended", () => {
  test("gets 401 for a miss where the isolate does not know of it yet, and nothing is sent or spent", async () => {
    const { refused, translate, tokens } = await under(1000, 1000);
    await translate({ text: "in memory", from: "en", to: "es" });
    await startWorker().form("/oauth/revoke", { token: tokens.refresh_token });
    await azure.tell({ reset: true });
    const before = await spent("2026-11-25");
    expect(await refused({ text: "not any more", from: "en", to: "es" })).toMatchObject({
      status: 401,
      code: "invalid_token",
    });
    expect(read(await translate({ texts: ["in memory", "bread"], from: "en", to: "es" }))).toEqual([
      "memory: [es] in memory",
      "phrasebook: pan",
    ]);
    expect((await azure.status()).counters.calls).toBe(0);
    expect(await spent("2026-11-25")).toEqual(before);
  });
});
