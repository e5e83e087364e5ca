// The phrasebook's statements on real local D1, and the seed that fills its tables.
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { readLanguage, readVersion } from "../../src/phrasebook/store.ts";
import { plant, smallSeed } from "./seeding.ts";

const first = smallSeed({ en: { bread: ["bread", "cldr"] }, es: { bread: ["pan", "hand"] } });
const second = smallSeed({
  en: { bread: ["bread", "cldr"] },
  fr: { bread: ["pain d’épices", "cldr"], it: ["l'una", "hand"] },
});

beforeEach(async () => {
  await env.DB.batch([env.DB.prepare("DELETE FROM phrasebook"), env.DB.prepare("DELETE FROM phrasebook_texts")]);
});

describe("before anything is seeded", () => {
  test("there is no language and no version", async () => {
    expect(await readLanguage(env.DB, "en")).toBeNull();
    expect(await readVersion(env.DB)).toBeNull();
  });
});

describe("one language", () => {
  test("is read with the version that is served", async () => {
    await plant(env.DB, first);
    expect(await readLanguage(env.DB, "es")).toEqual({ version: first.version, texts: '{"bread":["pan","hand"]}' });
    expect(await readVersion(env.DB)).toBe(first.version);
  });

  test("that the version lacks still tells the version", async () => {
    await plant(env.DB, first);
    expect(await readLanguage(env.DB, "fr")).toEqual({ version: first.version, texts: null });
  });

  test("keeps quotation marks as they are", async () => {
    await plant(env.DB, second);
    const row = await readLanguage(env.DB, "fr");
    expect(JSON.parse(row?.texts ?? "")).toEqual({ bread: ["pain d’épices", "cldr"], it: ["l'una", "hand"] });
  });
});

describe("a new seed", () => {
  test("is not served while only its texts are there", async () => {
    await plant(env.DB, first);
    await plant(env.DB, second, 2);
    expect(await readLanguage(env.DB, "es")).toEqual({ version: first.version, texts: '{"bread":["pan","hand"]}' });
    expect((await readLanguage(env.DB, "fr"))?.texts).toBeNull();
  });

  test("replaces the one before, whose texts are gone", async () => {
    await plant(env.DB, first);
    await plant(env.DB, second);
    expect(await readLanguage(env.DB, "es")).toEqual({ version: second.version, texts: null });
    const versions = await env.DB.prepare("SELECT DISTINCT version FROM phrasebook_texts").all();
    expect(versions.results).toEqual([{ version: second.version }]);
  });

  test("planted again changes nothing", async () => {
    await plant(env.DB, first);
    await plant(env.DB, first);
    const texts = await env.DB.prepare("SELECT language FROM phrasebook_texts ORDER BY language").all();
    expect(texts.results).toEqual([{ language: "en" }, { language: "es" }]);
    const concepts = await env.DB.prepare("SELECT id, version, concepts FROM phrasebook").all();
    expect(concepts.results).toEqual([{ id: 1, version: first.version, concepts: JSON.stringify(first.concepts) }]);
  });
});
