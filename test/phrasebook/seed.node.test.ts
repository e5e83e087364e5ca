// The seed's build: the same bytes each time, complete languages only, names that are words.
import { describe, expect, test } from "vitest";
import { buildSeed, conceptsOf, share, textsOf } from "../../scripts/phrasebook/seed.ts";
import { readSources, type Sources } from "../../scripts/phrasebook/sources.ts";
import { STATEMENT_BYTES, seedModule, seedSql } from "../../scripts/phrasebook/sql.ts";
import spotValues from "./spot-values.json" with { type: "json" };

const sources = readSources();
const seed = buildSeed(sources);

/** The languages that the sentences are to be in, where every concept must be. */
const WRITTEN = ["en", "es", "fr", "de", "it", "pt", "ja", "ko", "zh-Hans", "th", "tr", "ar"];

/** Read over by hand, without sentences being promised. */
const READ_OVER = [...WRITTEN, "nl", "ru", "pl"];

/** Sources of two words, one from CLDR, and the names given. */
function small(names: Record<string, string>, language = "ru"): Sources {
  return {
    categories: ["drink", "food"],
    words: [
      { id: "bread", category: "food", en: "bread", cldr: "🍞", texts: { es: "pan" }, why: "a loaf" },
      { id: "tea", category: "drink", en: "tea", texts: { es: "té", fr: "thé" }, why: "a cup" },
    ],
    phrases: [],
    sentences: new Map(),
    readings: new Map(),
    cldr: new Map([[language, new Map(Object.entries(names))]]),
  };
}

describe("the seed of this repository", () => {
  test("is the same each time it is built", () => {
    const again = buildSeed(readSources());
    expect(again.version).toBe(seed.version);
    expect(seedSql(again)).toBe(seedSql(seed));
    expect(seedModule(again)).toBe(seedModule(seed));
  });

  test("has at least 500 words in 14 categories, not counting countries, languages and currencies", () => {
    const others = new Set(["countries", "languages", "currencies"]);
    const plain = sources.words.filter(({ category }) => !others.has(category));
    expect(plain.length).toBeGreaterThanOrEqual(500);
    expect(new Set(plain.map(({ category }) => category)).size).toBeGreaterThanOrEqual(14);
    const named = (category: string) => sources.words.filter((word) => word.category === category).length;
    expect(named("countries")).toBeGreaterThanOrEqual(60);
    expect(named("languages")).toBeGreaterThanOrEqual(40);
    expect(named("currencies")).toBeGreaterThanOrEqual(30);
  });

  test("has at least 90 languages that have 95 % of the words from CLDR", () => {
    expect(seed.languages.size).toBeGreaterThanOrEqual(90);
    for (const texts of seed.languages.values()) expect(share(sources.words, texts)).toBeGreaterThanOrEqual(0.95);
  });

  test.each(READ_OVER)("has every word in %s", (language) => {
    const missing = sources.words.filter(({ id }) => seed.languages.get(language)?.[id] === undefined);
    expect(missing.map(({ id }) => id)).toEqual([]);
  });

  test("reads every text aloud in Japanese, Chinese and Korean", () => {
    for (const language of ["ja", "zh-Hans", "ko"]) {
      const silent = Object.values(seed.languages.get(language) ?? {}).filter(
        ([, , pronunciation = ""]) => !pronunciation,
      );
      expect({ language, silent }).toEqual({ language, silent: [] });
    }
  });

  test("holds the words that a traveller asks for first", () => {
    const ids = new Set(seed.concepts.map(({ id }) => id));
    const first = "bread coffee tea water train-station airport hotel passport ticket hospital pharmacy toilet";
    expect(first.split(" ").filter((id) => !ids.has(id))).toEqual([]);
  });

  test("has no correction that CLDR has made itself since", () => {
    const stale = sources.words.flatMap(({ id, cldr, texts }) =>
      Object.entries(texts ?? {})
        .filter(([language, text]) => cldr !== undefined && sources.cldr.get(language)?.get(cldr) === text)
        .map(([language]) => `${id} ${language}`),
    );
    expect(stale).toEqual([]);
  });

  test("has no reading of a text that is nowhere said", () => {
    const said = new Set(Object.values(seed.languages.get("ja") ?? {}).map(([text]) => text));
    expect(Object.keys(sources.readings.get("ja") ?? {}).filter((text) => !said.has(text))).toEqual([]);
  });

  test("names in CLDR what is there under that name", () => {
    const names = sources.cldr.get("en");
    const unknown = sources.words.filter(({ cldr }) => cldr !== undefined && !names?.has(cldr));
    expect(unknown.map(({ id }) => id)).toEqual([]);
  });

  test("keeps its concepts by category, none split in two", () => {
    const categories = seed.concepts
      .map(({ category }) => category)
      .filter((category, i, all) => category !== all[i - 1]);
    expect(new Set(categories).size).toBe(categories.length);
  });

  test("spot values are of words that there are", () => {
    const ids = new Set(seed.concepts.map(({ id }) => id));
    const unknown = Object.values(spotValues).flatMap((values) => Object.keys(values).filter((id) => !ids.has(id)));
    expect(unknown).toEqual([]);
  });
});

describe("a text", () => {
  test("is CLDR's name, and says so", () => {
    expect(textsOf("ru", small({ "🍞": "хлеб" }))).toEqual({ bread: ["хлеб", "cldr"] });
  });

  test("is the correction where there is one", () => {
    expect(textsOf("es", small({ "🍞": "pan de molde" }, "es"))).toEqual({
      bread: ["pan", "hand"],
      tea: ["té", "hand"],
    });
  });

  test.each([
    "хлеб, булка",
    "хлеб; булка",
    "хлеб (булка)",
    "хлеб/булка",
    "パン、食パン",
    "خبز، رغيف",
    "E10-123",
    "bread",
    "Bread",
  ])("is left out where CLDR's name is no word: %s", (name) => {
    expect(textsOf("ru", small({ "🍞": name }))).toEqual({});
  });

  test("may equal the English where the language uses Latin letters", () => {
    expect(textsOf("fil", small({ "🍞": "bread" }, "fil"))).toEqual({ bread: ["bread", "cldr"] });
  });

  test("of a variant is its own, else its parent's, corrections included", () => {
    const both: Sources = {
      ...small({}),
      cldr: new Map([
        ["fr", new Map([["🍞", "pain"]])],
        ["fr-CA", new Map()],
      ]),
    };
    expect(textsOf("fr-CA", both)).toEqual({ bread: ["pain", "cldr"], tea: ["thé", "hand"] });
    const own: Sources = { ...both, cldr: new Map([...both.cldr, ["fr-CA", new Map([["🍞", "miche"]])]]) };
    expect(textsOf("fr-CA", own).bread).toEqual(["miche", "cldr"]);
  });
});

/** Sources with so many words from CLDR, and a language that lacks the last of them. */
function many(words: number, lacking: number): Sources {
  const list = Array.from({ length: words }, (_, i) => ({
    id: `w${i}`,
    category: "food",
    en: `w${i}`,
    cldr: `month:${i}`,
  }));
  const names = list.slice(lacking).map(({ cldr }): [string, string] => [cldr, `слово ${cldr.slice(6)}`]);
  return { ...small({}), words: list, cldr: new Map([["ru", new Map(names)]]) };
}

describe("a language", () => {
  test("is seeded with 95 % of the words from CLDR, and no less", () => {
    expect([...buildSeed(many(20, 1)).languages.keys()]).toEqual(["ru"]);
    expect([...buildSeed(many(20, 2)).languages.keys()]).toEqual([]);
  });

  test("may lack words that are written by hand, and numbers", () => {
    expect([...buildSeed(small({ "🍞": "хлеб" })).languages.keys()]).toEqual(["ru"]);
    const { words, ...rest } = small({ "🍞": "хлеб" });
    const counting = { ...rest, words: [...words, { id: "two", category: "food", en: "two", cldr: "number:2" }] };
    expect([...buildSeed(counting).languages.keys()]).toEqual(["ru"]);
  });
});

describe("sentences", () => {
  const phrases = [
    { id: "hello", category: "food" },
    { id: "good-morning", category: "food" },
  ];
  const said: Sources = {
    ...small({ "🍞": "pain" }, "fr"),
    phrases,
    sentences: new Map([["fr", { hello: "Bonjour.", "good-morning": "Bonjour !" }]]),
  };

  test("stand after their category's words, in the order of the list", () => {
    expect(conceptsOf(said).map(({ id, kind }) => `${kind} ${id}`)).toEqual([
      "word tea",
      "word bread",
      "phrase hello",
      "phrase good-morning",
    ]);
  });

  test("that are said alike are looked up as the first of them", () => {
    const { hello, "good-morning": morning } = textsOf("fr", said);
    expect(hello).toEqual(["Bonjour.", "hand"]);
    expect(morning).toEqual(["Bonjour !", "hand", "", "", "never"]);
  });

  test("are not taken from another variant of the language", () => {
    const both: Sources = { ...said, cldr: new Map([...said.cldr, ["fr-CA", new Map()]]) };
    expect(textsOf("fr-CA", both).hello).toBeUndefined();
    expect(textsOf("fr-CA", both).bread).toEqual(["pain", "cldr"]);
  });
});

describe("a word that its language has twice", () => {
  test("is marked in that language alone", () => {
    const { words, ...rest } = small({ "🍞": "bread" }, "en");
    const marked = words.map((word) => ({ ...word, strict: { en: "case" as const } }));
    expect(textsOf("en", { ...rest, words: marked }).bread).toEqual(["bread", "cldr", "", "", "case"]);
    expect(textsOf("es", { ...rest, words: marked }).bread).toEqual(["pan", "hand"]);
  });
});

describe("the version", () => {
  test("changes with a text, and with a category", () => {
    const { version } = buildSeed(small({ "🍞": "хлеб" }));
    expect(buildSeed(small({ "🍞": "хлебушек" })).version).not.toBe(version);
    const { words, ...rest } = small({ "🍞": "хлеб" });
    const moved = words.map((word) => ({ ...word, category: "drink" }));
    expect(buildSeed({ ...rest, words: moved }).version).not.toBe(version);
  });
});

describe("the seed's SQL", () => {
  test("has every statement on one line, below what D1 takes", () => {
    for (const line of seedSql(seed).trimEnd().split("\n")) {
      expect(line).toMatch(/^(INSERT INTO phrasebook|DELETE FROM phrasebook_texts).*;$/);
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(STATEMENT_BYTES);
    }
  });

  test("switches the served version after all its texts, before the older ones go", () => {
    const tables = seedSql(seed)
      .trimEnd()
      .split("\n")
      .map((line) => line.split(" (", 1)[0]?.split(" WHERE")[0]);
    expect(tables.slice(0, -2).every((table) => table === "INSERT INTO phrasebook_texts")).toBe(true);
    expect(tables.slice(-2)).toEqual(["INSERT INTO phrasebook", "DELETE FROM phrasebook_texts"]);
  });

  test("refuses a statement that D1 would refuse", () => {
    const huge = { ...seed, languages: new Map([["ru", { bread: ["х".repeat(STATEMENT_BYTES), "hand"] as const }]]) };
    expect(() => seedSql(huge)).toThrow(/bytes/);
  });
});
