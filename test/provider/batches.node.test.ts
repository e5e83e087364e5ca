/** How missing units become calls, against the provider's limits. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PROVIDER_CHARACTERS, PROVIDER_ELEMENTS } from "../../src/bounds.ts";
import { batchesOf, type ProviderUnit } from "../../src/provider/batches.ts";
import { charactersOf } from "../../src/provider/wire.ts";

/** Units of some texts into the same targets. */
function unitsOf(texts: readonly string[], targets: readonly string[], options: Partial<ProviderUnit> = {}) {
  return texts.flatMap((text) =>
    targets.map((to): ProviderUnit => ({ text, from: "en", to, textType: "plain", toScript: undefined, ...options })),
  );
}

const TARGETS = ["es", "ja", "fr", "de", "it", "pt", "nl", "pl", "cs", "sv"];

describe("units become calls", () => {
  test("together where options and targets are equal", () => {
    const calls = batchesOf([...unitsOf(["a", "b"], ["es", "ja"]), ...unitsOf(["c"], ["es", "ja"])]).map(
      ({ call }) => call,
    );
    expect(calls).toEqual([
      { texts: ["a", "b", "c"], from: "en", targets: ["es", "ja"], textType: "plain", toScript: undefined },
    ]);
  });

  test("by their sets of missing targets, so that no text goes where it is not wanted", () => {
    const calls = batchesOf([...unitsOf(["a", "c"], ["es", "ja"]), ...unitsOf(["b"], ["ja"])]).map(({ call }) => call);
    expect(calls.map(({ texts, targets }) => [texts, targets])).toEqual([
      [
        ["a", "c"],
        ["es", "ja"],
      ],
      [["b"], ["ja"]],
    ]);
  });

  test.each([
    ["source language", { from: "de" }],
    ["detection", { from: undefined }],
    ["text type", { textType: "html" }],
  ] as const)("apart by %s", (_, options) => {
    expect(batchesOf([...unitsOf(["a"], ["es"]), ...unitsOf(["a"], ["es"], options)])).toHaveLength(2);
  });

  test("by target where a script is asked for: a call takes one", () => {
    const calls = batchesOf(unitsOf(["a", "b"], ["ja", "ru"], { toScript: "Latn" })).map(({ call }) => call);
    expect(calls.map(({ texts, targets, toScript }) => [texts, targets, toScript])).toEqual([
      [["a", "b"], ["ja"], "Latn"],
      [["a", "b"], ["ru"], "Latn"],
    ]);
  });

  test("of 50,000 characters in one, and of 50,001 in two", () => {
    const fitting = unitsOf(["x".repeat(5000)], TARGETS);
    expect(batchesOf(fitting).map(({ call }) => charactersOf(call))).toEqual([50_000]);
    const passing = unitsOf(["x".repeat(5001)], TARGETS);
    expect(batchesOf(passing).map(({ call }) => call.targets.length)).toEqual([9, 1]);
    const together = [...unitsOf(["x".repeat(25_000), "y".repeat(25_001)], ["es"])];
    expect(batchesOf(together).map(({ call }) => call.texts.length)).toEqual([1, 1]);
  });

  test("of a text of 10,000 characters into 10 targets as two, of five targets each", () => {
    const calls = batchesOf(unitsOf(["x".repeat(10_000)], TARGETS)).map(({ call }) => call);
    expect(calls.map(({ targets }) => targets)).toEqual([TARGETS.slice(0, 5), TARGETS.slice(5)]);
  });

  test("of 1,000 texts in one, and of 1,001 in two", () => {
    const numbered = (count: number) => Array.from({ length: count }, (_, i) => String(i));
    expect(batchesOf(unitsOf(numbered(1000), ["es"])).map(({ call }) => call.texts.length)).toEqual([1000]);
    expect(batchesOf(unitsOf(numbered(1001), ["es"])).map(({ call }) => call.texts.length)).toEqual([1000, 1]);
  });

  test("of no unit: none", () => {
    expect(batchesOf([])).toEqual([]);
  });
});

const length = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 4000, max: 50_000 }));
const row = fc.record({
  length,
  targets: fc.uniqueArray(fc.constantFrom(...TARGETS), { minLength: 1 }),
  from: fc.constantFrom("en", undefined),
  textType: fc.constantFrom("plain" as const, "html" as const),
  pronounced: fc.boolean(),
});

test("whatever is missing, every unit is in exactly one call, and every call is within the limits", () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 60 }), fc.boolean(), (rows, many) => {
      const repeats = many ? 40 : 1;
      const units = Array.from({ length: repeats }, (_, round) =>
        rows.flatMap(({ length: size, targets, from, textType, pronounced }, index) =>
          targets.map((to): ProviderUnit => {
            const text = `${round}.${index} `.padEnd(many ? 8 : size, "x");
            return { text, from, to, textType, toScript: pronounced && to === "ja" ? "Latn" : undefined };
          }),
        ),
      ).flat();
      const batches = batchesOf(units);
      const placed = batches.flatMap(({ units: placedRows }) => placedRows.flat());
      expect(placed).toHaveLength(units.length);
      expect(new Set(placed)).toEqual(new Set(units));
      for (const { call, units: placedRows } of batches) {
        expect(call.texts.length).toBeLessThanOrEqual(PROVIDER_ELEMENTS);
        expect(charactersOf(call)).toBeLessThanOrEqual(PROVIDER_CHARACTERS);
        placedRows.forEach((units, i) => {
          const { texts, targets, ...options } = call;
          expect(units.map(({ text, to, ...rest }) => ({ text, to, ...rest }))).toEqual(
            targets.map((to) => ({ text: texts[i], to, ...options })),
          );
        });
      }
    }),
    { numRuns: 60 },
  );
});
