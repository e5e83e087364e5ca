import { expect, test } from "vitest";
import { MEMORY_CACHE_BYTES, MEMORY_CACHE_TTL_MS } from "../../src/bounds.ts";
import { createMemory } from "../../src/translate/memory.ts";

const START = Date.UTC(2026, 5, 1);

test("a translation is kept for an hour, and not a millisecond longer", () => {
  const memory = createMemory();
  memory.set("bread", { text: "pan" }, START);
  expect(memory.get("bread", START + MEMORY_CACHE_TTL_MS - 1)).toEqual({ text: "pan" });
  expect(memory.get("bread", START + MEMORY_CACHE_TTL_MS)).toBeUndefined();
  memory.set("bread", { text: "el pan" }, START + MEMORY_CACHE_TTL_MS);
  expect(memory.get("bread", START + 2 * MEMORY_CACHE_TTL_MS - 1)).toEqual({ text: "el pan" });
});

test("what is kept has its bound in bytes, of key, text and pronunciation alike", () => {
  const long = "x".repeat(MEMORY_CACHE_BYTES / 8);
  for (const [key, translation] of [
    [long, { text: "" }],
    ["", { text: long }],
    ["", { text: "", pronunciation: long }],
  ] as const) {
    const memory = createMemory();
    for (let index = 0; index < 4; index += 1) memory.set(`${index}${key}`, translation, START);
    const kept = [0, 1, 2, 3].filter((index) => memory.get(`${index}${key}`, START) !== undefined);
    expect(kept).toEqual([1, 2, 3]);
  }
});
