/** How many KV keys an account may look up in a minute: each is billed, hit or miss. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { createLookups } from "../../src/limits/lookups.ts";
import { aroundKv } from "../bindings.ts";
import { emulated } from "../provider/emulated.ts";
import { plantPhrasebook, read, traveller } from "./traveller.ts";

const azure = emulated("translate-lookups");
const MINUTE_MS = 60_000;

beforeAll(plantPhrasebook);

describe("in a minute", () => {
  const start = 1000 * MINUTE_MS;

  test("an account gets 1,000, also where it asks for more at once", () => {
    const take = createLookups();
    expect([take("a", 999, start), take("a", 100, start), take("a", 1, start)]).toEqual([999, 1, 0]);
  });

  test("another account has its own", () => {
    const take = createLookups();
    take("a", 1000, start);
    expect([take("b", 3, start), take("a", 3, start)]).toEqual([3, 0]);
  });

  test("the count begins anew, and not a millisecond earlier", () => {
    const take = createLookups();
    take("a", 1000, start);
    expect(take("a", 5, start + MINUTE_MS - 1)).toBe(0);
    expect(take("a", 5, start + MINUTE_MS)).toBe(5);
  });
});

describe("an account's requests", () => {
  /** A traveller at a time that stands still, who has had 950 KV keys looked up that nobody has. */
  async function limited(rateLimits = "on") {
    let keys = 0;
    let now = Date.now();
    const TRANSLATIONS = aroundKv(env.TRANSLATIONS, {
      get: (make, { args: [asked] }) => {
        keys += Array.isArray(asked) ? asked.length : 1;
        return make();
      },
    });
    const { translate, refused } = await traveller({
      env: { ...azure.env, TRANSLATIONS, RATE_LIMITS: rateLimits, DAILY_CHARACTERS_PER_ACCOUNT: 1_000_000 },
      clock: () => now,
    });
    // The provider refuses them all, so none of them is kept.
    await azure.tell({ fail: { as: "error", code: 400000, always: true } });
    for (let round = 0; round < 10; round += 1) {
      const texts = Array.from({ length: 19 }, (_, i) => `${round}.${i} of ${now}`);
      await refused({ texts, to: ["es", "ja", "fr", "de", "it"] });
    }
    await azure.tell({ reset: true });
    return { translate, refused, keys: () => keys, later: (ms: number) => (now += ms) };
  }

  test("go beyond it only with what needs no look-up: the rest is rate_limited, unlooked and unsent", async () => {
    const { translate, refused, keys } = await limited();
    expect(keys()).toBe(950);
    const texts = Array.from({ length: 60 }, (_, i) => `number ${i}`);
    const units = read(await translate({ texts, from: "en", to: "es" }));
    expect(units.slice(0, 50)).toEqual(texts.slice(0, 50).map((text) => `azure: [es] ${text}`));
    expect(units.slice(50)).toEqual(texts.slice(50).map(() => "error: rate_limited"));
    expect(keys()).toBe(1000);
    expect((await azure.status()).counters.elements).toBe(50);
    expect(read(await translate({ texts: ["number 0", "bread"], from: "en", to: "es" }))).toEqual([
      "memory: [es] number 0",
      "phrasebook: pan",
    ]);
    expect(await refused({ text: "one more", to: "es" })).toMatchObject({
      status: 429,
      code: "rate_limited",
      retryAfter: "60",
    });
    expect(keys()).toBe(1000);
  });

  test("are not counted where the limits are off", async () => {
    const { translate, keys } = await limited("off");
    const texts = Array.from({ length: 60 }, (_, i) => `unlimited ${i}`);
    expect(read(await translate({ texts, from: "en", to: "es" }))).toEqual(texts.map((text) => `azure: [es] ${text}`));
    expect(keys()).toBe(1010);
  });

  test("have the next minute's look-ups in the next minute", async () => {
    const { translate, refused, later } = await limited();
    const texts = Array.from({ length: 50 }, (_, i) => `later ${i}`);
    await translate({ texts, from: "en", to: "es" });
    expect((await refused({ text: "later yet", from: "en", to: "es" })).code).toBe("rate_limited");
    later(MINUTE_MS);
    expect(read(await translate({ text: "later yet", from: "en", to: "es" }))).toEqual(["azure: [es] later yet"]);
  });
});
