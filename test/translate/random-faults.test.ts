/** Whatever is asked and however the provider fails: no text is ever paired with a foreign translation. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { FaultPlan } from "../azure/fault-plans.ts";
import { pseudoTranslate } from "../azure/pseudo-translation.ts";
import { emulated } from "../provider/emulated.ts";
import { plantPhrasebook, traveller, type WireAnswer } from "./traveller.ts";

const azure = emulated("translate-random");

beforeAll(async () => {
  await plantPhrasebook();
  vi.spyOn(Math, "random").mockReturnValue(0);
});
afterAll(() => vi.restoreAllMocks());

const PHRASEBOOK: Readonly<Record<string, string>> = {
  "bread es": "pan",
  "bread ja": "パン",
  "water es": "agua",
  "water ja": "水",
};

const fault: fc.Arbitrary<FaultPlan> = fc.oneof(
  fc.constantFrom<FaultPlan>(
    { as: "error", code: 429000 },
    { as: "error", code: 429001, retryAfter: 30 },
    { as: "error", code: 400000 },
    { as: "error", code: 401000 },
    { as: "error", code: 500000, times: 3 },
    { as: "too-few-results" },
    { as: "too-many-results" },
    { as: "wrong-targets" },
    { as: "wrong-order" },
    { as: "not-json" },
    { as: "slow", ms: 5 },
  ),
);

const TEXTS = ["bread", "Bread", "water", "c ", "  c", "<b>d</b>", "é", "e\u0301", "🏖 beach", "مرحبا"];

const request = fc.record({
  // A few texts, so that requests meet again what others asked before.
  texts: fc.array(
    fc.oneof(
      fc.constantFrom(...TEXTS),
      fc.nat(40).map((number) => `phrase ${number}`),
    ),
    {
      minLength: 1,
      maxLength: 8,
    },
  ),
  to: fc.array(fc.constantFrom("es", "ja", "es-MX", "zh-CN", "fr"), { minLength: 1, maxLength: 5 }),
  from: fc.constantFrom("en", "en-GB", "es", undefined),
  textType: fc.constantFrom("plain" as const, "html" as const),
  pronunciation: fc.boolean(),
  store: fc.boolean(),
  faults: fc.array(fault, { maxLength: 3 }),
});

const FOLDED: Readonly<Record<string, string>> = { "es-MX": "es", "zh-CN": "zh-Hans", "en-GB": "en" };
const folded = (tag: string) => FOLDED[tag] ?? tag;

/** The text that a unit is to be answered with. */
function expected(text: string, from: string | undefined, to: string, textType: "plain" | "html"): string {
  const canonical = text.normalize("NFC").trim();
  if (from === to) return canonical;
  const word = from === "en" && textType === "plain" ? PHRASEBOOK[`${canonical.toLowerCase()} ${to}`] : undefined;
  return word ?? pseudoTranslate(canonical, to, textType);
}

test("every unit is answered with its own translation or an error, in its own place", { timeout: 30_000 }, async () => {
  const first = await traveller({
    env: { ...azure.env, DAILY_CHARACTERS_PER_ACCOUNT: "1000000", DAILY_CHARACTERS_TOTAL: "1000000" },
  });
  let isolate = first;
  const counts = { ok: 0, failed: 0 };
  await fc.assert(
    fc.asyncProperty(request, fc.boolean(), async ({ faults, store, ...body }, fresh) => {
      if (fresh)
        isolate = await traveller({ env: { ...azure.env, DAILY_CHARACTERS_PER_ACCOUNT: "1000000" } }, first.tokens);
      await azure.tell({ reset: true, fail: faults });
      const response = await isolate.ask(body, store ? {} : { "Cache-Control": "no-store" });
      await isolate.worker.settled();
      if (response.status !== 200) {
        expect(response.status === 502 || response.status === 503).toBe(true);
        counts.failed += 1;
        return;
      }
      const { translations }: WireAnswer = await response.json();
      expect(translations.map(({ text }) => text)).toEqual(body.texts);
      const from = body.from === undefined ? undefined : folded(body.from);
      for (const { text, results } of translations) {
        expect(results.map(({ to }) => to)).toEqual(body.to.map(folded));
        for (const result of results) {
          counts[result.error === undefined ? "ok" : "failed"] += 1;
          if (result.error !== undefined) continue;
          expect(result.text).toBe(expected(text, from, result.to, body.textType));
          if (result.pronunciation !== undefined) expect(result.pronunciation).toBe(`[Latn] ${result.text}`);
        }
      }
    }),
    { numRuns: 120 },
  );
  // Both kinds of ends were met.
  expect(Math.min(counts.ok, counts.failed)).toBeGreaterThan(0);
});
