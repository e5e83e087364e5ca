// Names from CLDR's tables, and numbers spelt by its rules.
import { describe, expect, test } from "vitest";
import { isCldrKey, readCldrNames } from "../../scripts/phrasebook/cldr.ts";
import { spellOut } from "../../scripts/phrasebook/spellout.ts";

describe("a locale's names", () => {
  const russian = readCldrNames("ru");

  test.each([
    ["🍌", "банан"],
    ["day:mon", "понедельник"],
    ["month:5", "май"],
    ["field:week", "неделя"],
    ["field:day+1", "завтра"],
    ["field:day-1", "вчера"],
    ["territory:JP", "Япония"],
    ["language:ja", "японский"],
    ["currency:USD", "доллар США"],
    ["answer:yes", "да"],
    ["number:12", "двенадцать"],
  ])("%s is %s, in the form of a list", (key, name) => {
    expect(russian.get(key)).toBe(name);
  });

  test("leave out what is only inherited: English, or a code", () => {
    const tswana = readCldrNames("tn");
    for (const key of ["answer:yes", "field:week", "field:day+1"]) expect(tswana.has(key)).toBe(false);
    expect(readCldrNames("es").get("answer:no")).toBe("no");
    expect(readCldrNames("de").get("field:minute")).toBe("Minute");
  });
});

describe("a key", () => {
  test.each(["🍞", "day:mon", "month:12", "field:week", "field:day+1", "territory:JP", "answer:no"])("is %s", (key) => {
    expect(isCldrKey(key)).toBe(true);
  });

  test.each(["bread", "day:Monday", "territory:jp", "answer:maybe", "number:", ""])("is not %j", (key) => {
    expect(isCldrKey(key)).toBe(false);
  });
});

describe("spelling out", () => {
  const sets = {
    "%spellout-numbering": [
      ["0", "=%cardinal=;"],
      ["1000", "←%cardinal← $(cardinal,one{thousand}other{thousands})$[ →→];"],
    ],
    "%cardinal": [
      ["-x", "minus →→;"],
      ["0", "nil;"],
      ["1", "one;"],
      ["3", "'three;"],
      ["13", "→→teen;"],
      ["20", "twen\u00ADty[-→→];"],
      ["30", "←←-ty[-→→];"],
      ["60/20", "sixty[-→→];"],
      ["200", "=#,##0=;"],
    ],
  } as const;

  test.each([
    [0, "nil"],
    [1, "one"],
    [3, "three"],
    [13, "threeteen"],
    [20, "twenty"],
    [21, "twenty-one"],
    [30, "three-ty"],
    [61, "sixty-one"],
    [73, "sixty-threeteen"],
  ])("%i is %s", (number, words) => {
    expect(spellOut(number, sets)).toBe(words);
  });

  test("is not done where the rule asks for digits or a plural case, or there is none", () => {
    expect(spellOut(200, sets)).toBeUndefined();
    expect(spellOut(1000, sets)).toBeUndefined();
    expect(spellOut(1, {})).toBeUndefined();
  });

  test("ends where rules refer to each other for ever", () => {
    expect(spellOut(1, { "%spellout-numbering": [["0", "=%spellout-numbering=;"]] })).toBeUndefined();
  });
});
