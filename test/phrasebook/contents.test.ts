// What the phrasebook says of itself: its languages with how much each has, and its categories by name.
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import names from "../../public/category-names.json" with { type: "json" };
import { nameCategories } from "../../src/phrasebook/category-names.ts";
import type { Concept } from "../../src/phrasebook/concepts.ts";
import { startWorker } from "../worker.ts";
import { clear, plant, plantReal, smallSeed } from "./seeding.ts";

const NAMED = ["en", "es", "fr", "de", "it", "pt", "ja", "ko", "zh-Hans", "th", "tr", "ar"];

const concepts: readonly Concept[] = [
  { id: "bread", category: "food", kind: "word" },
  { id: "tea", category: "drink", kind: "word" },
  { id: "tea-please", category: "drink", kind: "phrase" },
  { id: "thanks", category: "small-talk", kind: "phrase" },
];
const seed = smallSeed(
  {
    en: {
      bread: ["bread", "cldr"],
      tea: ["tea", "cldr"],
      "tea-please": ['"a" tea, please: ["now"]', "hand"],
      thanks: ["thanks", "hand"],
    },
    es: { bread: ["pan", "hand"], "tea-please": ["un té", "hand"], thanks: ["gracias", "hand"] },
    nl: { bread: ["brood", "cldr"], tea: ["thee", "cldr"] },
  },
  concepts,
);

let token: string;

beforeAll(async () => {
  token = (await startWorker().signIn()).access_token;
});
beforeEach(async () => {
  await clear(env.DB);
});

const get = (path: string, headers?: Record<string, string>) => startWorker().get(path, token, headers);

describe("the languages", () => {
  test("are told with their words, phrases and completeness", async () => {
    await plant(env.DB, seed);
    expect(await (await get("/v1/phrasebook/languages")).json()).toEqual({
      words: 2,
      phrases: 2,
      languages: [
        { code: "en", words: 2, phrases: 2, completeness: 1 },
        { code: "es", words: 1, phrases: 2, completeness: 0.75 },
        { code: "nl", words: 2, phrases: 0, completeness: 0.5 },
      ],
    });
  });

  test("are none where nothing is seeded", async () => {
    const response = await get("/v1/phrasebook/languages");
    expect([response.status, await response.json()]).toEqual([200, { words: 0, phrases: 0, languages: [] }]);
  });

  test("have no phrases where the seed has none", async () => {
    await plant(env.DB, smallSeed({ en: { bread: ["bread", "cldr"] } }));
    expect(await (await get("/v1/phrasebook/languages")).json()).toEqual({
      words: 1,
      phrases: 0,
      languages: [{ code: "en", words: 1, phrases: 0, completeness: 1 }],
    });
  });

  test("of the real seed are counted as they are, and cost a row each", async () => {
    await plantReal(env.DB);
    const { languages } = await (await get("/v1/phrasebook/languages")).json<{
      languages: { code: string; words: number; phrases: number }[];
    }>();
    const rows = await env.DB.prepare(
      "SELECT language, (SELECT count(*) FROM json_each(texts)) AS texts FROM phrasebook_texts ORDER BY language",
    ).all<{ language: string; texts: number }>();
    expect(languages.map(({ code, words, phrases }) => [code, words + phrases])).toEqual(
      rows.results.map(({ language, texts }) => [language, texts]),
    );
    expect(languages.length).toBeGreaterThan(80);
  });

  test("are not complete before the last text is there", async () => {
    const many = Array.from({ length: 2001 }, (_, i): Concept => ({ id: `c${i}`, category: "x", kind: "word" }));
    const texts = Object.fromEntries(many.map(({ id }) => [id, [id, "hand"] as const]));
    const { c0: _, ...butOne } = texts;
    await plant(env.DB, smallSeed({ en: texts, es: butOne }, many));
    const { languages } = await (await get("/v1/phrasebook/languages")).json<{
      languages: { completeness: number }[];
    }>();
    expect(languages.map(({ completeness }) => completeness)).toEqual([1, 0.999]);
  });
});

describe("the categories", () => {
  test("are named in the language asked for, in display order", async () => {
    await plant(env.DB, seed);
    const response = await get("/v1/phrasebook/categories?language=es-MX");
    expect(response.headers.get("Content-Language")).toBe("es");
    expect(await response.json()).toEqual({
      language: "es",
      categories: [
        { id: "food", name: "Comida", words: 1, phrases: 0 },
        { id: "drink", name: "Bebidas", words: 1, phrases: 1 },
        { id: "small-talk", name: "Conversación", words: 0, phrases: 1 },
      ],
    });
  });

  test.each(["", "?language=nl", "?language=zh-Hant"])("are named in English otherwise: %s", async (query) => {
    await plant(env.DB, seed);
    const { language, categories } = await (await get(`/v1/phrasebook/categories${query}`)).json<{
      language: string;
      categories: { name: string }[];
    }>();
    expect(language).toBe("en");
    expect(categories.map(({ name }) => name)).toEqual(["Food", "Drinks", "Small talk"]);
  });

  test("of regional variants are named as the language is", async () => {
    expect(nameCategories(names, "fr-CA").language).toBe("fr");
    expect(nameCategories(names, "pt-PT").nameOf("food")).toBe("Comida");
  });

  test("that no table knows are readable", () => {
    expect(nameCategories(names, "es").nameOf("night-life")).toBe("Night life");
  });

  test("of the real seed have a name of their own in twelve languages", async () => {
    await plantReal(env.DB);
    const row = await env.DB.prepare("SELECT concepts FROM phrasebook").first<{ concepts: string }>();
    const real = JSON.parse(row?.concepts ?? "[]") as Concept[];
    const ids = [...new Set(real.map(({ category }) => category))];
    expect(ids.length).toBeGreaterThan(13);
    expect(Object.keys(names)).toEqual(NAMED);
    const unnamed = Object.entries<Record<string, string>>(names).flatMap(([language, named]) => {
      const used = ids.map((id) => named[id] ?? "");
      expect(new Set(used).size, `${language} names two alike`).toBe(ids.length);
      return ids.filter((id) => named[id] === undefined).map((id) => `${language} ${id}`);
    });
    expect(unnamed).toEqual([]);
  });

  test("are none where nothing is seeded", async () => {
    expect(await (await get("/v1/phrasebook/categories")).json()).toEqual({ language: "en", categories: [] });
  });

  test("are refused in a language that is not supported", async () => {
    const response = await get("/v1/phrasebook/categories?language=xx");
    expect([response.status, (await response.json<{ code: string }>()).code]).toEqual([400, "unsupported_language"]);
  });
});

describe("both", () => {
  test.each(["/v1/phrasebook/languages", "/v1/phrasebook/categories?language=ja"])(
    "are kept for a day: %s",
    async (path) => {
      await plant(env.DB, seed);
      const first = await get(path);
      expect(first.headers.get("Cache-Control")).toBe("private, max-age=86400");
      const etag = first.headers.get("ETag") ?? "";
      const again = await get(path, { "If-None-Match": etag });
      expect([again.status, await again.text()]).toEqual([304, ""]);
    },
  );
});

describe("the pair's routes, where nothing is seeded,", () => {
  test.each(["/v1/phrasebook?from=en&to=es", "/v1/phrasebook/packs/en/es"])("say so: %s", async (path) => {
    const response = await get(path);
    const { code, detail } = await response.json<{ code: string; detail: string }>();
    expect([response.status, code]).toEqual([404, "not_in_phrasebook"]);
    expect(detail).toContain("holds no phrasebook");
  });
});
