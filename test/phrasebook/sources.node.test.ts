// The allow-list's own rules: a slip of the hand stops the build and is named.
import { describe, expect, test } from "vitest";
import { parseWords } from "../../scripts/phrasebook/sources.ts";
import { PHRASEBOOK_TEXT_UNITS } from "../../src/bounds.ts";

const bread = { id: "bread", category: "food", en: "bread", cldr: "🍞", texts: { es: "pan" }, why: "a loaf" };

describe("an allow-list", () => {
  test("is taken as it is", () => {
    const tea = { id: "tea", category: "drink", en: "tea", texts: { es: "té" }, why: "a cup" };
    const egg = { id: "egg", category: "food", en: "egg", cldr: "🥚" };
    expect(parseWords([bread, tea, egg])).toEqual([bread, tea, egg]);
  });

  test.each([
    ["an id twice", [bread, bread], /an id stands twice/],
    ["neither an emoji nor texts", [{ id: "egg", category: "food", en: "egg" }], /egg: neither/],
    ["texts that do not say why", [{ ...bread, why: undefined }], /bread: .*why/],
    ["a reason for nothing", [{ ...bread, texts: undefined }], /bread: .*why/],
    ["a language that is not the provider's", [{ ...bread, texts: { "en-AU": "pan" } }], /bread: unknown language/],
    ["a space at an end", [{ ...bread, en: "bread " }], /bread: not trimmed/],
    ["a decomposed accent", [{ ...bread, texts: { es: "pa\u0301n" } }], /bread: not trimmed/],
    ["an empty text", [{ ...bread, texts: { es: "" } }], /bread: not trimmed/],
    ["a text longer than lookups allow", [{ ...bread, en: "b".repeat(PHRASEBOOK_TEXT_UNITS + 1) }], /bread: .*length/],
    ["a field that nobody reads", [{ ...bread, emoji: "🍞" }], /bread: .*emoji/],
    ["an id that is not a plain name", [{ ...bread, id: "Bread" }], /Bread: /],
    ["no list", {}, /word list: /],
  ])("is refused with %s", (_fault, list, message) => {
    expect(() => parseWords(list)).toThrow(message);
  });
});
