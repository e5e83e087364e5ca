// The seed's build: the same bytes each time, complete languages only, names that are words.
import { describe, expect, test } from "vitest";
import { buildSeed, share, textsOf } from "../../scripts/phrasebook/seed.ts";
import { readSources, type Sources } from "../../scripts/phrasebook/sources.ts";
import { STATEMENT_BYTES, seedModule, seedSql } from "../../scripts/phrasebook/sql.ts";
import spotValues from "./spot-values.json" with { type: "json" };

const sources = readSources();
const seed = buildSeed(sources);

/** Sources of two words, one from CLDR, and the names given. */
function small(names: Record<string, string>, language = "ru"): Sources {
  return {
    words: [
      { id: "bread", category: "food", en: "bread", cldr: "🍞", texts: { es: "pan" }, why: "a loaf" },
      { id: "tea", category: "drink", en: "tea", texts: { es: "té", fr: "thé" }, why: "a cup" },
    ],
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

  test("has at least 150 words, and 90 languages that have every word from CLDR", () => {
    expect(seed.concepts.length).toBeGreaterThanOrEqual(150);
    expect(seed.languages.size).toBeGreaterThanOrEqual(90);
    for (const texts of seed.languages.values()) expect(share(sources.words, texts)).toBe(1);
  });

  test("has every word, hand-written ones too, in the fifteen languages that are read over", () => {
    for (const language of Object.keys(spotValues)) {
      const missing = seed.concepts.filter(({ id }) => seed.languages.get(language)?.[id] === undefined);
      expect({ language, missing }).toEqual({ language, missing: [] });
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

  test("keeps its concepts by category, none split in two", () => {
    const categories = seed.concepts
      .map(({ category }) => category)
      .filter((category, i, all) => category !== all[i - 1]);
    expect(new Set(categories).size).toBe(categories.length);
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

describe("a language", () => {
  test("that lacks one word of CLDR's is not seeded; a hand-written word may be missing", () => {
    expect([...buildSeed(small({})).languages.keys()]).toEqual([]);
    expect([...buildSeed(small({ "🍞": "хлеб" })).languages.keys()]).toEqual(["ru"]);
  });
});

describe("the version", () => {
  test("changes with a text, and with a category", () => {
    const { version } = buildSeed(small({ "🍞": "хлеб" }));
    expect(buildSeed(small({ "🍞": "хлебушек" })).version).not.toBe(version);
    const { words, cldr } = small({ "🍞": "хлеб" });
    expect(buildSeed({ words: words.map((word) => ({ ...word, category: "other" })), cldr }).version).not.toBe(version);
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
