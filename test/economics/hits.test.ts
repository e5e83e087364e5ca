/** The counters of answered units: when they are flushed, what they count, and that no answer waits for them. */
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createHits } from "../../src/translate/hits.ts";
import { type Around, aroundDb, aroundKv, failing, hanging } from "../bindings.ts";
import { emulated } from "../provider/emulated.ts";
import { plantPhrasebook, read, traveller } from "../translate/traveller.ts";
import { NOON, TODAY } from "./account.ts";

const azure = emulated("economics-hits");

beforeAll(plantPhrasebook);
beforeEach(async () => {
  await azure.tell({ reset: true });
  await env.DB.prepare("DELETE FROM hits").run();
});

/** What D1 has counted, as `tier units characters`. */
async function flushed(day = TODAY): Promise<readonly string[]> {
  const sql = "SELECT tier || ' ' || units || ' ' || characters FROM hits WHERE day = ?1 ORDER BY tier";
  return (await env.DB.prepare(sql).bind(day).raw<[string]>()).flat();
}

/** An isolate's counters, whose writes are counted and may fail. */
function counters() {
  const hits = createHits();
  let around: Around = (make) => make();
  let writes = 0;
  let background: Promise<unknown>[] = [];
  const db = aroundDb(env.DB, (make, call) => {
    writes += 1;
    return around(make, call);
  });
  return {
    count(tier: string, units: number, now: number) {
      const io = { db, waitUntil: (work: Promise<unknown>) => void background.push(work), now };
      hits.count([{ tier, units, characters: units * 3 }], io);
    },
    countNothing: (now: number) => hits.count([], { db, waitUntil: (work) => void background.push(work), now }),
    through(given: Around) {
      around = given;
    },
    async settled() {
      await Promise.all(background.splice(0));
      background = [];
      return writes;
    },
  };
}

describe("the counters are flushed", () => {
  test("ten seconds after they began, not before, in one statement for all tiers", async () => {
    const { count, settled } = counters();
    count("memory", 1, NOON);
    count("kv", 2, NOON + 5000);
    count("memory", 3, NOON + 9999);
    expect(await settled()).toBe(0);
    count("phrasebook", 1, NOON + 10_000);
    expect(await settled()).toBe(1);
    expect(await flushed()).toEqual(["kv 2 6", "memory 4 12", "phrasebook 1 3"]);
  });

  test("again only ten seconds after that", async () => {
    const { count, settled } = counters();
    count("memory", 1, NOON);
    count("memory", 1, NOON + 10_000);
    count("memory", 1, NOON + 19_999);
    expect(await settled()).toBe(1);
    count("memory", 1, NOON + 20_000);
    expect(await settled()).toBe(2);
    expect(await flushed()).toEqual(["memory 4 12"]);
  });

  test("at five hundred units, not at 499", async () => {
    const { count, settled } = counters();
    count("memory", 499, NOON);
    expect(await settled()).toBe(0);
    count("kv", 1, NOON);
    expect(await settled()).toBe(1);
    expect(await flushed()).toEqual(["kv 1 3", "memory 499 1497"]);
  });

  test("not where there is nothing to write", async () => {
    const { countNothing, settled } = counters();
    countNothing(NOON);
    countNothing(NOON + 20_000);
    expect(await settled()).toBe(0);
  });

  test("again with the next flush, where D1 failed", async () => {
    const { count, settled, through } = counters();
    through(failing("D1_ERROR: lost"));
    count("memory", 1, NOON);
    count("memory", 1, NOON + 10_000);
    expect(await settled()).toBe(1);
    expect(await flushed()).toEqual([]);
    through((make) => make());
    count("kv", 1, NOON + 20_000);
    expect(await settled()).toBe(2);
    expect(await flushed()).toEqual(["kv 1 3", "memory 2 6"]);
  });

  test("after ten seconds where D1 failed, however many units have gathered, and at five hundred once it is back", async () => {
    const { count, settled, through } = counters();
    through(failing("D1_ERROR: lost"));
    count("memory", 500, NOON);
    expect(await settled()).toBe(1);
    for (const ms of [1, 5000, 9999]) count("memory", 500, NOON + ms);
    expect(await settled()).toBe(1);
    through((make) => make());
    count("memory", 1, NOON + 10_000);
    expect(await settled()).toBe(2);
    expect(await flushed()).toEqual(["memory 2001 6003"]);
    count("memory", 500, NOON + 10_001);
    expect(await settled()).toBe(3);
  });

  test("one at a time within ten seconds", async () => {
    const { count, settled, through } = counters();
    const held = Promise.withResolvers<void>();
    through(async (make) => {
      await held.promise;
      return make();
    });
    count("memory", 500, NOON);
    count("memory", 500, NOON + 9999);
    held.resolve();
    expect(await settled()).toBe(1);
    count("memory", 1, NOON + 9999);
    expect(await settled()).toBe(2);
    expect(await flushed()).toEqual(["memory 1001 3003"]);
  });

  test("on the day of the flush, added to what other isolates counted", async () => {
    for (const midnight of [NOON + 43_200_000, NOON + 43_200_000]) {
      const { count, settled } = counters();
      count("memory", 1, midnight - 1);
      count("memory", 1, midnight + 9999);
      await settled();
    }
    expect(await flushed()).toEqual([]);
    expect(await flushed("2026-11-26")).toEqual(["memory 4 12"]);
  });
});

describe("over HTTP", () => {
  test("each tier has its units and characters; the text itself, failures and a unit asked twice are not counted", async () => {
    const other = await traveller({ env: azure.env, clock: () => NOON });
    await other.translate({ text: "other isolate", from: "en", to: "es" });
    await other.worker.settled();
    let now = NOON;
    const { translate, worker } = await traveller({ env: azure.env, clock: () => now });
    const texts = ["bread", "other isolate", "brand new", "brand new"];
    const body = { texts, from: "en", to: ["es", "en"] };
    expect(read(await translate(body)).filter((unit) => !unit.startsWith("same"))).toEqual([
      ...["phrasebook: pan", "kv: [es] other isolate", "azure: [es] brand new", "azure: [es] brand new"],
    ]);
    await azure.tell({ fail: { as: "not-json", always: true } });
    now += 10_000;
    expect(read(await translate({ texts: ["brand new", "a failure"], from: "en", to: "es" }))).toEqual([
      ...["memory: [es] brand new", "error: translator_unavailable"],
    ]);
    await worker.settled();
    expect(await flushed()).toEqual(["azure 1 9", "kv 1 13", "memory 1 9", "phrasebook 1 5"]);
  });

  test("writes to KV that fail are counted, and no others", async () => {
    let now = NOON;
    let written = 0;
    const TRANSLATIONS = aroundKv(env.TRANSLATIONS, {
      put: (make, call) => {
        written += 1;
        return written > 2 ? failing("KV PUT failed: 429 Too Many Requests")(make, call) : make();
      },
    });
    const { translate, worker } = await traveller({ env: { ...azure.env, TRANSLATIONS }, clock: () => now });
    await translate({ texts: ["one", "two", "three", "four", "five"], from: "en", to: "es" });
    await worker.settled();
    now += 10_000;
    await translate({ text: "one", from: "en", to: "es" });
    await worker.settled();
    expect(await flushed()).toEqual(["azure 5 19", "kv_write_failed 3 0", "memory 1 3"]);
  });

  test("a hit is answered while its flush hangs", async () => {
    let now = NOON;
    let flushes = 0;
    const DB = aroundDb(env.DB, (make, call) => {
      if (!String(call.args[0]).includes("INSERT INTO hits")) return make();
      flushes += 1;
      return hanging(make, call);
    });
    const { translate } = await traveller({ env: { ...azure.env, DB }, clock: () => now });
    await translate({ text: "hangs behind", to: "es" });
    now += 10_000;
    expect(read(await translate({ text: "hangs behind", to: "es" }))).toEqual(["memory: [es] hangs behind"]);
    expect(flushes).toBe(1);
  });
});
