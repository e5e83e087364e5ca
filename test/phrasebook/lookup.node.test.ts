// Lookup over parsed languages: the exact match, and a text that could mean two things.
import { describe, expect, test } from "vitest";
import { PHRASEBOOK_TEXT_UNITS } from "../../src/bounds.ts";
import { emptyLanguage, lookUp, parseLanguage } from "../../src/phrasebook/lookup.ts";

const english = parseLanguage(
  "en",
  JSON.stringify({
    bread: ["bread", "cldr"],
    "turkey-bird": ["turkey", "cldr"],
    "turkey-country": ["Turkey", "cldr"],
    "light-lamp": ["light", "hand"],
    "light-weight": ["light", "hand"],
    "metro-a": ["underground", "hand"],
    "metro-b": ["underground", "hand"],
    coffee: ["coffee", "hand"],
    endless: ["a".repeat(PHRASEBOOK_TEXT_UNITS), "hand"],
  }),
);
const spanish = parseLanguage(
  "es",
  JSON.stringify({
    bread: ["pan", "hand"],
    "turkey-bird": ["pavo", "cldr"],
    "turkey-country": ["Turquía", "cldr"],
    "light-lamp": ["luz", "hand"],
    "light-weight": ["ligero", "hand"],
    "metro-a": ["metro", "hand"],
    "metro-b": ["metro", "hand"],
    endless: ["sin fin", "hand"],
  }),
);

describe("a text that means one thing", () => {
  test("is answered with the other language's text and where that comes from", () => {
    expect(lookUp("bread", english, spanish)).toEqual({ text: "pan", origin: "hand" });
    expect(lookUp("pan", spanish, english)).toEqual({ text: "bread", origin: "cldr" });
  });

  test("is found whatever its case, spaces and end marks", () => {
    expect(lookUp(" BREAD! ", english, spanish)?.text).toBe("pan");
  });

  test("is no hit where the other language lacks it", () => {
    expect(lookUp("coffee", english, spanish)).toBeUndefined();
    expect(lookUp("bread", english, emptyLanguage("ja"))).toBeUndefined();
  });

  test("is no hit as a part of a longer text", () => {
    expect(lookUp("the bread", english, spanish)).toBeUndefined();
    expect(lookUp("", english, spanish)).toBeUndefined();
  });

  test("is looked for up to the longest text there can be", () => {
    expect(lookUp("a".repeat(PHRASEBOOK_TEXT_UNITS), english, spanish)?.text).toBe("sin fin");
    expect(lookUp(`${"a".repeat(PHRASEBOOK_TEXT_UNITS)}.`, english, spanish)).toBeUndefined();
  });
});

describe("how a text is read", () => {
  const japanese = parseLanguage(
    "ja",
    JSON.stringify({ bread: ["パン", "hand", "pan"], coffee: ["駅", "hand", "eki", "えき"], endless: ["右", "hand"] }),
  );

  test("comes with the hit: Latin letters, and kana where the text is not in kana", () => {
    expect(lookUp("bread", english, japanese)).toEqual({
      text: "パン",
      origin: "hand",
      reading: { pronunciation: "pan" },
    });
    expect(lookUp("coffee", english, japanese)?.reading).toEqual({ pronunciation: "eki", kana: "えき" });
  });

  test("is absent where it is not known", () => {
    expect(japanese.byConcept.get("endless")).toEqual({ text: "右", origin: "hand" });
  });
});

describe("a text that is another word too, which the phrasebook lacks", () => {
  const from = parseLanguage(
    "en",
    JSON.stringify({
      may: ["May", "hand", "", "", "case"],
      right: ["right", "hand", "", "", "never"],
      night: ["night", "hand"],
      evening: ["night", "hand", "", "", "never"],
    }),
  );
  const to = parseLanguage(
    "es",
    JSON.stringify({
      may: ["mayo", "cldr"],
      right: ["derecha", "hand"],
      night: ["noche", "hand"],
      evening: ["tarde", "hand"],
    }),
  );

  test("is found in its exact case alone, where it is marked so", () => {
    expect(lookUp("May", from, to)?.text).toBe("mayo");
    expect(lookUp("May.", from, to)?.text).toBe("mayo");
    expect(lookUp("may", from, to)).toBeUndefined();
    expect(lookUp("MAY", from, to)).toBeUndefined();
  });

  test("is never found, where it is marked so, but translated into", () => {
    expect(lookUp("right", from, to)).toBeUndefined();
    expect(lookUp("derecha", to, from)?.text).toBe("right");
  });

  test("leaves another concept that is said alike to be found", () => {
    expect(lookUp("night", from, to)?.text).toBe("noche");
  });
});

describe("a text that may mean several things", () => {
  test("is decided by its exact case", () => {
    expect(lookUp("Turkey", english, spanish)?.text).toBe("Turquía");
    expect(lookUp("turkey", english, spanish)?.text).toBe("pavo");
    expect(lookUp("turkey?", english, spanish)?.text).toBe("pavo");
  });

  test("is no hit in any other case", () => {
    expect(lookUp("TURKEY", english, spanish)).toBeUndefined();
  });

  test("is no hit where even the case is the same", () => {
    expect(lookUp("light", english, spanish)).toBeUndefined();
    expect(lookUp("Light", english, spanish)).toBeUndefined();
  });

  test("is a hit where all that it may mean is said alike", () => {
    expect(lookUp("Underground", english, spanish)?.text).toBe("metro");
  });

  test("is no hit where the other language has only some of its meanings", () => {
    const half = parseLanguage("fr", JSON.stringify({ "light-lamp": ["lumière", "hand"] }));
    expect(lookUp("light", english, half)).toBeUndefined();
  });
});
