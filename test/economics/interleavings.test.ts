/** Random requests at random moments over one isolate: whoever leads and whoever joins, each text has its own translation. */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { pseudoTranslate } from "../azure/pseudo-translation.ts";
import { aroundKv, delaying } from "../bindings.ts";
import { emulated } from "../provider/emulated.ts";
import { read, traveller } from "../translate/traveller.ts";

const azure = emulated("economics-interleavings");
const ROOM = {
  ...{ DAILY_CHARACTERS_PER_ACCOUNT: 1e7, DAILY_CHARACTERS_TOTAL: 1e8 },
  ...{ NEW_ACCOUNT_CHARACTERS: 1e7, NEW_ACCOUNT_CHARACTERS_PER_IP: 1e7 },
};

/** Some reads of KV are slow, so that a unit may have landed by the time that another request goes on with it. */
let reads = 0;
const TRANSLATIONS = aroundKv(env.TRANSLATIONS, {
  get(make, call) {
    reads += 1;
    return delaying((reads % 4) * 8)(make, call);
  },
});

let one: Awaited<ReturnType<typeof traveller>>;
let run = 0;

beforeAll(async () => {
  one = await traveller({ env: { ...azure.env, ...ROOM, TRANSLATIONS } });
});
beforeEach(() => azure.tell({ reset: true }));

const request = fc.record({
  words: fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { minLength: 1 }),
  to: fc.uniqueArray(fc.constantFrom("es", "ja", "fr"), { minLength: 1 }),
  afterMs: fc.nat({ max: 12 }),
});
const requests = fc.array(request, { minLength: 2, maxLength: 8 });

/** Makes all requests, each at its moment, and checks every pairing of text and translation. */
async function all(asked: readonly { words: string[]; to: string[]; afterMs: number }[]): Promise<readonly string[]> {
  run += 1;
  const units = await Promise.all(
    asked.map(async ({ words, to, afterMs }) => {
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      const texts = words.map((word) => `${word} of run ${run}`);
      const got = read(await one.translate({ texts, to })).map((unit) => unit.replace(/^(azure|memory|kv): /, ""));
      expect(got).toEqual(texts.flatMap((text) => to.map((code) => pseudoTranslate(text, code))));
      return got;
    }),
  );
  return [...new Set(units.flat())].sort();
}

const sent = async () =>
  (await azure.status()).calls.flatMap(({ texts, to }) =>
    texts.flatMap((text) => to.map((code) => pseudoTranslate(text, code))),
  );

test("every unit is right, and asked of the provider once", async () => {
  const property = fc.asyncProperty(requests, fc.constantFrom(0, 4, 8), async (asked, ms) => {
    await azure.tell({ reset: true, fail: { as: "slow", ms, probability: 0.5, seed: run } });
    const units = await all(asked);
    expect((await sent()).sort()).toEqual(units);
  });
  await fc.assert(property, { numRuns: 30, endOnFailure: true });
}, 20_000);
