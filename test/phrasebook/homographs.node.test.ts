// Ambiguous words over the seed of this repository: decided by exact case, or not answered at all.
import { describe, expect, test } from "vitest";
import { buildSeed } from "../../scripts/phrasebook/seed.ts";
import { readSources } from "../../scripts/phrasebook/sources.ts";
import { lookUp, parseLanguage } from "../../src/phrasebook/lookup.ts";

const { languages } = buildSeed(readSources());

function parsed(language: string) {
  return parseLanguage(language, JSON.stringify(languages.get(language)));
}

const [english, spanish, german, french, italian] = [
  parsed("en"),
  parsed("es"),
  parsed("de"),
  parsed("fr"),
  parsed("it"),
];

describe("the exact case decides", () => {
  test.each([
    ["Turkey", "Turquía"],
    ["turkey", "pavo"],
    ["Polish", "polaco"],
    ["May", "mayo"],
    ["March", "marzo"],
    ["August", "agosto"],
    ["China", "China"],
  ])("%s is %s", (asked, answer) => {
    expect(lookUp(asked, english, spanish)?.text).toBe(answer);
  });

  test.each(["TURKEY", "polish", "may", "MAY", "march", "august", "china"])("%s is not answered", (asked) => {
    expect(lookUp(asked, english, spanish)).toBeUndefined();
  });

  test("in other languages too: a Turkish Sunday is a market, a German morning is tomorrow", () => {
    const turkish = parsed("tr");
    expect(lookUp("Pazar", turkish, english)?.text).toBe("Sunday");
    expect(lookUp("pazar", turkish, english)?.text).toBe("market");
    expect(lookUp("Morgen", german, english)?.text).toBe("morning");
    expect(lookUp("morgen", german, english)?.text).toBe("tomorrow");
  });
});

describe("what stays ambiguous is not answered", () => {
  test("orange, but where the fruit and the colour have one name", () => {
    expect(lookUp("orange", english, italian)).toBeUndefined();
    expect(lookUp("orange", english, german)).toBeUndefined();
    expect(lookUp("orange", english, spanish)?.text).toBe("naranja");
    expect(lookUp("arancia", italian, english)?.text).toBe("orange");
    expect(lookUp("arancione", italian, german)?.text).toBe("orange");
  });

  test.each(["right", "light", "spring", "second", "change", "back", "open", "tip", "square", "hot", "cold"])(
    "English %s",
    (asked) => {
      expect(lookUp(asked, english, german)).toBeUndefined();
    },
  );

  test("Spanish mañana, Italian dolce is the dessert no more", () => {
    expect(lookUp("mañana", spanish, english)).toBeUndefined();
    expect(lookUp("dolce", italian, english)?.text).toBe("sweet");
  });
});

test("of greetings that are said alike, the first answers", () => {
  const hello = languages.get("en")?.hello?.[0];
  expect(lookUp("Bonjour", french, english)?.text).toBe(hello);
});
