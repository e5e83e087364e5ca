// What the phrasebook's routes are answered from: a pair and the concepts of one version always, however seeds and reads
// cross; and what happens when D1 fails or is silent.
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { PHRASEBOOK_READ_ROUNDS, PHRASEBOOK_VERSION_CHECK_MS } from "../../src/bounds.ts";
import { createPhrasebook, type Edition } from "../../src/phrasebook/phrasebook.ts";
import { StorageUnavailable } from "../../src/storage.ts";
import { aroundDb, failing } from "../bindings.ts";
import { clear, plant, smallSeed } from "./seeding.ts";
import { watchDb } from "./watched-db.ts";

const NOW = Date.UTC(2026, 10, 25, 12);

/** A seed in which every text, and the category, carry the same mark. */
const marked = (mark: string) =>
  smallSeed(
    {
      en: { bread: [`bread ${mark}`, "hand"] },
      es: { bread: [`pan ${mark}`, "hand"] },
      ja: { bread: [`パン ${mark}`, "hand"] },
    },
    [{ id: "bread", category: `food ${mark}`, kind: "word" }],
  );

/** The marks in an edition: one where nothing is mixed. */
function marksIn(edition: Edition | undefined): string[] {
  if (edition === undefined) return [];
  const texts = [edition.from, edition.to].flatMap(({ byConcept }) => [...byConcept.values()].map(({ text }) => text));
  const marks = [...texts, ...edition.concepts.map(({ category }) => category)].map((each) => each.split(" ").at(-1));
  return [...new Set(marks.map((mark) => mark ?? ""))];
}

function isolate(db: D1Database = env.DB) {
  const background: Promise<unknown>[] = [];
  const watched = watchDb(db);
  const phrasebook = createPhrasebook({ languages: ["en", "es", "ja"] });
  const io = (now = NOW) => ({
    db: watched.db,
    waitUntil: (work: Promise<unknown>) => void background.push(work),
    now,
  });
  return {
    ...watched,
    edition: (from: string, to: string, now?: number) => phrasebook.edition(from, to, io(now)),
    contents: (now?: number) => phrasebook.contents(io(now)),
    warm: (languages: string[], now?: number) => phrasebook.warm(languages, io(now)),
    settled: () => Promise.all(background),
  };
}

beforeEach(async () => {
  await clear(env.DB);
  await plant(env.DB, marked("one"));
});

describe("an edition", () => {
  test("costs one read a language and one of the concepts, then none", async () => {
    const { edition, reads } = isolate();
    expect(marksIn(await edition("en", "es"))).toEqual(["one"]);
    expect(reads()).toBe(3);
    await edition("es", "en");
    expect(reads()).toBe(3);
    await edition("en", "ja");
    expect(reads()).toBe(4);
    await edition("tlh-Latn", "es");
    expect(reads()).toBe(4);
  });

  test("takes what lookups have read, and they what it has", async () => {
    const { edition, warm, reads } = isolate();
    await warm(["en", "es"]);
    await edition("en", "es");
    expect(reads()).toBe(3);
    await edition("en", "ja");
    await warm(["ja"]);
    expect(reads()).toBe(4);
  });

  test("is read once for all that ask at once", async () => {
    const { edition, reads } = isolate();
    const all = await Promise.all([edition("en", "es"), edition("en", "es"), edition("es", "en")]);
    expect(reads()).toBe(3);
    expect(all.map(marksIn)).toEqual([["one"], ["one"], ["one"]]);
  });

  test("is none where nothing is seeded, until a check finds a seed", async () => {
    await clear(env.DB);
    const { edition, reads, settled } = isolate();
    expect(await edition("en", "es")).toBeUndefined();
    expect(await edition("en", "es")).toBeUndefined();
    expect(reads()).toBe(3);
    await plant(env.DB, marked("one"));
    await edition("en", "es", NOW + PHRASEBOOK_VERSION_CHECK_MS);
    await settled();
    expect(marksIn(await edition("en", "es", NOW + PHRASEBOOK_VERSION_CHECK_MS))).toEqual(["one"]);
  });
});

describe("a new seed", () => {
  test("that comes between two reads is not mixed with the one before", async () => {
    const { edition, warm, hold, pass, reads } = isolate();
    const release = hold();
    const early = edition("en", "es");
    pass();
    await plant(env.DB, marked("two"));
    // The new version is seen first; what was read of the old one arrives after it.
    await warm(["ja"]);
    release();
    expect(marksIn(await early)).toEqual(["two"]);
    expect(reads()).toBe(3 + 1 + 3);
  });

  test("drops what is held of the one before, concepts included, once a language of it is read", async () => {
    const { edition } = isolate();
    await edition("en", "es");
    await plant(env.DB, marked("two"));
    expect(marksIn(await edition("en", "es"))).toEqual(["one"]);
    expect(marksIn(await edition("en", "ja"))).toEqual(["two"]);
    expect(marksIn(await edition("en", "es"))).toEqual(["two"]);
  });

  test("is noticed by the background check while the isolate runs", async () => {
    const { edition, contents, settled, reads } = isolate();
    await edition("en", "es");
    await plant(env.DB, marked("two"));
    const due = NOW + PHRASEBOOK_VERSION_CHECK_MS;
    await edition("en", "es", due - 1);
    await settled();
    expect(reads()).toBe(3);
    expect(marksIn(await edition("en", "es", due))).toEqual(["one"]);
    await settled();
    expect(marksIn(await edition("en", "es", due))).toEqual(["two"]);
    expect((await contents(due)).concepts).toMatchObject([{ category: "food two" }]);
  });

  test("brings its own languages", async () => {
    const { contents, settled } = isolate();
    expect((await contents()).languages).toHaveLength(3);
    await plant(env.DB, smallSeed({ en: { bread: ["bread two", "hand"] } }));
    const due = NOW + PHRASEBOOK_VERSION_CHECK_MS;
    await contents(due);
    await settled();
    expect((await contents(due)).languages).toEqual([{ language: "en", texts: 1, hasPhrases: false }]);
  });

  test("that is half-written is not seen at all", async () => {
    await plant(env.DB, marked("two"), 2);
    expect(marksIn(await isolate().edition("en", "es"))).toEqual(["one"]);
    expect((await isolate().contents()).languages.map(({ language }) => language)).toEqual(["en", "es", "ja"]);
  });

  test("before every single read is given up on, not mixed", async () => {
    let seeds = 0;
    let turn: Promise<unknown> = Promise.resolve();
    const restless = aroundDb(env.DB, (make) => {
      const row = turn.then(async () => {
        seeds += 1;
        await plant(env.DB, marked(`${seeds}`));
        return make();
      });
      turn = row;
      return row;
    });
    const { edition, reads } = isolate(restless);
    await expect(edition("en", "es")).rejects.toThrow(StorageUnavailable);
    expect(reads()).toBeLessThanOrEqual(3 * (PHRASEBOOK_READ_ROUNDS + 1));
  });
});

describe("when D1 fails", () => {
  test("the edition fails, and the next one is read anew", async () => {
    let broken = true;
    const db = aroundDb(env.DB, (make, call) => (broken ? failing("D1_ERROR: connection lost")(make, call) : make()));
    const { edition, reads } = isolate(db);
    await expect(edition("en", "es")).rejects.toThrow(StorageUnavailable);
    expect(reads()).toBe(3);
    broken = false;
    expect(marksIn(await edition("en", "es"))).toEqual(["one"]);
  });

  test("what is held answers", async () => {
    let broken = false;
    const db = aroundDb(env.DB, (make, call) => (broken ? failing("D1_ERROR: connection lost")(make, call) : make()));
    const { edition } = isolate(db);
    await edition("en", "es");
    broken = true;
    expect(marksIn(await edition("en", "es", NOW + PHRASEBOOK_VERSION_CHECK_MS))).toEqual(["one"]);
    await expect(edition("en", "ja")).rejects.toThrow(StorageUnavailable);
  });
});
