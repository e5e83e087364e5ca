// The allow-list's own rules: a slip of the hand stops the build and is named.
import { describe, expect, test } from "vitest";
import { parseWords } from "../../scripts/phrasebook/words.ts";
import { PHRASEBOOK_TEXT_UNITS } from "../../src/bounds.ts";

const bread = { id: "bread", en: "bread", cldr: "🍞", texts: { es: "pan" }, why: "a loaf" };

describe("an allow-list", () => {
  test("is taken as it is", () => {
    const tea = { id: "tea", en: "tea", texts: { es: "té" }, why: "a cup" };
    const egg = { id: "egg", en: "egg", cldr: "🥚" };
    const may = { id: "may", en: "May", cldr: "month:5", strict: { en: "case" }, why: "also a verb" };
    const list = [bread, tea, egg, may];
    expect(parseWords("food", list)).toEqual(list.map((word) => ({ ...word, category: "food" })));
  });

  test.each([
    ["an id twice", [bread, bread], /an id stands twice/],
    ["neither an emoji nor texts", [{ id: "egg", en: "egg" }], /egg: neither named/],
    ["texts that do not say why", [{ ...bread, why: undefined }], /bread: .*why/],
    ["a reason for nothing", [{ ...bread, texts: undefined }], /bread: .*why/],
    ["a language that is not the provider's", [{ ...bread, texts: { "en-AU": "pan" } }], /bread: unknown language/],
    ["a space at an end", [{ ...bread, en: "bread " }], /bread: not trimmed/],
    ["a decomposed accent", [{ ...bread, texts: { es: "pa\u0301n" } }], /bread: not trimmed/],
    ["an empty text", [{ ...bread, texts: { es: "" } }], /bread: not trimmed/],
    ["a text longer than lookups allow", [{ ...bread, en: "b".repeat(PHRASEBOOK_TEXT_UNITS + 1) }], /bread: .*length/],
    ["a mark that does not say why", [{ id: "may", en: "May", cldr: "month:5", strict: { en: "case" } }], /may: .*why/],
    ["a mark that means nothing", [{ ...bread, strict: { en: "often" } }], /bread: /],
    ["a place in CLDR that there is none of", [{ ...bread, cldr: "moon:5" }], /bread: neither an emoji nor/],
    ["a field that nobody reads", [{ ...bread, emoji: "🍞" }], /bread: .*emoji/],
    ["an id that is not a plain name", [{ ...bread, id: "Bread" }], /Bread: /],
    ["no list", {}, /word list: /],
  ])("is refused with %s", (_fault, list, message) => {
    expect(() => parseWords("food", list)).toThrow(message);
  });
});
