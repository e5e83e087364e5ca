// The isolate's phrasebook on real local D1: how often it reads, how long it waits, what it does when D1 fails, hangs
// or serves a new seed.
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { PHRASEBOOK_BACKOFF_MS, PHRASEBOOK_VERSION_CHECK_MS, PHRASEBOOK_WAIT_MS } from "../../src/bounds.ts";
import { createPhrasebook } from "../../src/phrasebook/phrasebook.ts";
import { plant, smallSeed } from "./seeding.ts";
import { watchDb } from "./watched-db.ts";

const NOW = Date.UTC(2026, 10, 25, 12);
const seed = smallSeed({
  en: { bread: ["bread", "cldr"] },
  es: { bread: ["pan", "hand"] },
  ja: { bread: ["パン", "hand"] },
});
const nextSeed = smallSeed({ en: { bread: ["bread", "cldr"] }, es: { bread: ["hogaza", "hand"] } });

/** A phrasebook of an isolate, its watched database, and what it left running in the background. */
function isolate() {
  const watched = watchDb(env.DB);
  const background: Promise<unknown>[] = [];
  const phrasebook = createPhrasebook({ languages: ["en", "es", "ja"] });
  const io = (now: number) => ({
    db: watched.db,
    waitUntil: (work: Promise<unknown>) => void background.push(work),
    now,
  });
  return {
    ...watched,
    ...phrasebook,
    warm: (languages: string[], now = NOW) => phrasebook.warm(languages, io(now)),
    checkVersion: (now: number) => phrasebook.checkVersion(io(now)),
    background,
    settled: () => Promise.all(background),
  };
}

/** How many milliseconds something took. */
async function elapsed(work: Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work;
  return performance.now() - before;
}

beforeEach(async () => {
  await env.DB.batch([env.DB.prepare("DELETE FROM phrasebook"), env.DB.prepare("DELETE FROM phrasebook_texts")]);
  await plant(env.DB, seed);
});

describe("warming", () => {
  test("reads each language once, and lookups read nothing", async () => {
    const { warm, find, isWarm, reads } = isolate();
    expect(find("bread", "en", "es")).toBeUndefined();
    expect(isWarm("en")).toBe(false);
    await warm(["en", "es", "es"]);
    expect(reads()).toBe(2);
    expect(isWarm("en") && isWarm("es")).toBe(true);
    expect(find("Bread.", "en", "es")).toEqual({ text: "pan", origin: "hand" });
    await warm(["en", "ja"]);
    expect(reads()).toBe(3);
    await warm(["en", "es", "ja"]);
    expect(reads()).toBe(3);
    expect(find("パン", "ja", "en")).toEqual({ text: "bread", origin: "cldr" });
  });

  test("costs no read for a language that the seed does not have", async () => {
    const { warm, find, isWarm, reads } = isolate();
    await warm(["tlh-Latn"]);
    expect(reads()).toBe(0);
    expect(isWarm("tlh-Latn")).toBe(true);
    expect(find("bread", "en", "tlh-Latn")).toBeUndefined();
  });

  test("is shared by concurrent requests, and its leader keeps it alive", async () => {
    const { warm, find, hold, reads, background } = isolate();
    const release = hold();
    const requests = [warm(["en", "es"]), warm(["en", "es"]), warm(["es"])];
    expect(reads()).toBe(2);
    expect(background.length).toBe(2);
    release();
    await Promise.all(requests);
    expect(reads()).toBe(2);
    expect(find("bread", "en", "es")?.text).toBe("pan");
  });
});

describe("when nothing is seeded", () => {
  test("there is no hit, and the answer is remembered", async () => {
    await env.DB.prepare("DELETE FROM phrasebook").run();
    const { warm, find, reads } = isolate();
    await warm(["en", "es"]);
    await warm(["en", "es"], NOW + PHRASEBOOK_BACKOFF_MS);
    expect(reads()).toBe(2);
    expect(find("bread", "en", "es")).toBeUndefined();
  });

  test("the same holds of one language that the seed lacks", async () => {
    await plant(env.DB, nextSeed);
    const { warm, find, reads } = isolate();
    await warm(["en", "ja"]);
    await warm(["en", "ja"], NOW + PHRASEBOOK_BACKOFF_MS);
    expect(reads()).toBe(2);
    expect(find("bread", "en", "ja")).toBeUndefined();
  });

  test("a seed that comes later is noticed at the next check", async () => {
    await env.DB.prepare("DELETE FROM phrasebook").run();
    const { warm, find, settled } = isolate();
    await warm(["en", "es"]);
    await plant(env.DB, seed);
    const later = NOW + PHRASEBOOK_VERSION_CHECK_MS;
    await warm(["en", "es"], later);
    await settled();
    await warm(["en", "es"], later);
    expect(find("bread", "en", "es")?.text).toBe("pan");
  });
});

describe("when D1 fails", () => {
  test("nobody is failed, and nothing is read again for 10 s", async () => {
    await env.DB.prepare("ALTER TABLE phrasebook RENAME TO phrasebook_away").run();
    const { warm, find, reads } = isolate();
    await warm(["en", "es"]);
    await env.DB.prepare("ALTER TABLE phrasebook_away RENAME TO phrasebook").run();
    expect(find("bread", "en", "es")).toBeUndefined();
    const failed = reads();
    await warm(["en", "es"], NOW + PHRASEBOOK_BACKOFF_MS - 1);
    expect(reads()).toBe(failed);
    await warm(["en", "es"], NOW + PHRASEBOOK_BACKOFF_MS);
    expect(find("bread", "en", "es")?.text).toBe("pan");
  });
});

describe("when D1 hangs", () => {
  test("a request waits half a second; the read may fill the memory later", async () => {
    const { warm, find, hold, settled } = isolate();
    const release = hold();
    const waited = await elapsed(warm(["en", "es"]));
    expect(waited).toBeGreaterThanOrEqual(PHRASEBOOK_WAIT_MS - 20);
    expect(waited).toBeLessThan(PHRASEBOOK_WAIT_MS + 400);
    expect(find("bread", "en", "es")).toBeUndefined();
    release();
    await settled();
    expect(find("bread", "en", "es")?.text).toBe("pan");
  });

  test("the requests after it do not wait, until 10 s are over", async () => {
    const { warm, hold, reads } = isolate();
    const release = hold();
    await warm(["en"]);
    const end = NOW + PHRASEBOOK_WAIT_MS + PHRASEBOOK_BACKOFF_MS;
    expect(await elapsed(warm(["en", "es"], end - 1))).toBeLessThan(100);
    expect(reads()).toBe(1);
    expect(await elapsed(warm(["en"], end))).toBeGreaterThan(PHRASEBOOK_WAIT_MS - 20);
    expect(reads()).toBe(2);
    release();
  });
});

describe("a new seed", () => {
  test("is looked for in the background, at most every ten minutes", async () => {
    const { warm, find, reads, settled } = isolate();
    await warm(["en", "es"]);
    await plant(env.DB, nextSeed);
    await warm(["en", "es"], NOW + PHRASEBOOK_VERSION_CHECK_MS - 1);
    await settled();
    expect(reads()).toBe(2);
    const due = NOW + PHRASEBOOK_VERSION_CHECK_MS;
    await Promise.all([warm(["en", "es"], due), warm(["en", "es"], due)]);
    expect(find("bread", "en", "es")?.text).toBe("pan");
    await settled();
    expect(reads()).toBe(3);
    await warm(["en", "es"], due);
    expect(find("bread", "en", "es")?.text).toBe("hogaza");
    expect(reads()).toBe(5);
  });

  test("is looked for where nothing is left to warm, too", async () => {
    const { warm, checkVersion, isWarm, reads, settled } = isolate();
    checkVersion(NOW + PHRASEBOOK_VERSION_CHECK_MS);
    expect(reads()).toBe(0);
    await warm(["en"]);
    await plant(env.DB, nextSeed);
    checkVersion(NOW + PHRASEBOOK_VERSION_CHECK_MS - 1);
    expect(reads()).toBe(1);
    checkVersion(NOW + PHRASEBOOK_VERSION_CHECK_MS);
    checkVersion(NOW + PHRASEBOOK_VERSION_CHECK_MS);
    await settled();
    expect(reads()).toBe(2);
    expect(isWarm("en")).toBe(false);
  });

  test("that has not changed leaves the parsed languages alone", async () => {
    const { warm, isWarm, settled } = isolate();
    await warm(["en"]);
    await warm(["en"], NOW + PHRASEBOOK_VERSION_CHECK_MS);
    await settled();
    expect(isWarm("en")).toBe(true);
  });

  test("seen while reading another language drops what is parsed of the one before", async () => {
    const { warm, isWarm } = isolate();
    await warm(["en"]);
    await plant(env.DB, nextSeed);
    await warm(["es"]);
    expect(isWarm("es")).toBe(true);
    expect(isWarm("en")).toBe(false);
  });

  test("is not undone by a read that began before it and hung", async () => {
    const { warm, isWarm, hold, pass } = isolate();
    await warm(["en"]);
    const release = hold();
    const hung = warm(["ja"]);
    pass();
    await plant(env.DB, nextSeed);
    await warm(["es"]);
    release();
    await hung;
    expect(isWarm("es")).toBe(true);
    expect(isWarm("ja")).toBe(false);
  });

  test("whose check fails leaves everything as it is", async () => {
    const { warm, find, settled } = isolate();
    await warm(["en", "es"]);
    await env.DB.prepare("ALTER TABLE phrasebook RENAME TO phrasebook_away").run();
    await warm(["en", "es"], NOW + PHRASEBOOK_VERSION_CHECK_MS);
    await settled();
    await env.DB.prepare("ALTER TABLE phrasebook_away RENAME TO phrasebook").run();
    expect(find("bread", "en", "es")?.text).toBe("pan");
  });
});
