/**
 * KV failing in each way, beside D1 failing: what is held elsewhere is answered, and what is not carries its own error.
 * D1's five seconds of silence are waited for once, by all these requests together.
 */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type Around, aroundDb, aroundKv, failing, hanging } from "../bindings.ts";
import { emulated } from "../provider/emulated.ts";
import { plantPhrasebook, read, traveller } from "../translate/traveller.ts";

const azure = emulated("economics-outages");

beforeAll(plantPhrasebook);
beforeEach(() => azure.tell({ reset: true }));
afterEach(() => vi.useRealTimers());

/** Makes the call while all is well, and fails or hangs from then on. */
function switchable() {
  let around: Around = (make) => make();
  return {
    around: ((make, call) => around(make, call)) satisfies Around,
    become(given: Around) {
      around = given;
    },
  };
}

let number = 0;
/** An isolate with a text in memory and one in KV, whose storage can fail from then on. */
async function isolate() {
  number += 1;
  const [remembered, kept] = [`remembered ${number}`, `kept ${number}`];
  const other = await traveller({ env: azure.env });
  await other.translate({ text: kept, from: "en", to: "es" });
  await other.worker.settled();
  const [db, reads, writes] = [switchable(), switchable(), switchable()];
  const bindings = {
    DB: aroundDb(env.DB, db.around),
    TRANSLATIONS: aroundKv(env.TRANSLATIONS, { get: reads.around, put: writes.around }),
  };
  const one = await traveller({ env: { ...azure.env, ...bindings } }, other.tokens);
  await one.translate({ texts: ["bread", remembered], from: "en", to: "es" });
  await one.worker.settled();
  return {
    ...one,
    db,
    reads,
    writes,
    hits: [remembered, "bread"],
    kept,
    async mixed(...misses: readonly string[]) {
      return read(await one.translate({ texts: [remembered, "bread", kept, ...misses], from: "en", to: "es" }));
    },
    /** What the first three of `mixed` are where KV answers. */
    three: [`memory: [es] ${remembered}`, "phrasebook: pan", `kv: [es] ${kept}`],
  };
}

const MISS = "error: storage_unavailable";

test("while D1 is silent, hits are answered beside misses that carry its error, whatever KV does", async () => {
  const [well, failed, silent, onlyMisses] = await Promise.all([isolate(), isolate(), isolate(), isolate()]);
  await azure.tell({ reset: true });
  for (const { db } of [well, failed, silent, onlyMisses]) db.become(hanging);
  failed.reads.become(failing("KV GET failed: 500"));
  silent.reads.become(hanging);
  const hitsAlone = well.translate({ texts: well.hits, from: "en", to: "es" });
  const answers = Promise.all([
    well.mixed("unknown"),
    failed.mixed("unknown"),
    silent.mixed("unknown"),
    onlyMisses.refused({ text: "unknown", from: "en", to: "es" }),
  ]);
  const first = await Promise.race([hitsAlone.then(() => "hits"), answers.then(() => "misses")]);
  expect(first).toBe("hits");
  const [fromAll, withoutKv, withoutSilentKv, refused] = await answers;
  expect(fromAll).toEqual([...well.three, MISS]);
  expect(withoutKv).toEqual([...failed.three.slice(0, 2), MISS, MISS]);
  expect(withoutSilentKv).toEqual([...silent.three.slice(0, 2), MISS, MISS]);
  expect(refused).toMatchObject({ status: 503, code: "storage_unavailable", retryAfter: "5" });
  expect((await azure.status()).counters.calls).toBe(0);
}, 15_000);

describe("while D1 fails", () => {
  test("hits are answered beside misses that carry its error; nothing is sent", async () => {
    const { db, mixed, three } = await isolate();
    await azure.tell({ reset: true });
    db.become(failing("D1_ERROR: lost"));
    expect(await mixed("unknown")).toEqual([...three, MISS]);
    expect((await azure.status()).counters.calls).toBe(0);
  });

  test("and KV with it, what the isolate holds is answered", async () => {
    const { db, reads, mixed, three } = await isolate();
    db.become(failing("D1_ERROR: lost"));
    reads.become(failing("KV GET failed: 500"));
    expect(await mixed()).toEqual([...three.slice(0, 2), MISS]);
  });

  test("misses are fetched as soon as it is back", async () => {
    const { db, mixed } = await isolate();
    db.become(failing("D1_ERROR: lost"));
    await mixed("back again");
    db.become((make) => make());
    expect((await mixed("back again"))[3]).toBe("azure: [es] back again");
  });
});

describe("while KV", () => {
  test("fails to read, everything is a miss, and answered", async () => {
    const { reads, mixed, three, kept } = await isolate();
    reads.become(failing("KV GET failed: 500"));
    expect(await mixed("new")).toEqual([...three.slice(0, 2), `azure: [es] ${kept}`, "azure: [es] new"]);
  });

  test("is silent, it is waited for half a second and no longer", async () => {
    const { reads, translate, kept } = await isolate();
    await azure.tell({ reset: true });
    let asked = false;
    reads.become((make, call) => {
      asked = true;
      return hanging(make, call);
    });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const answer = translate({ texts: [kept], from: "en", to: "es" });
    await vi.waitUntil(() => asked, { interval: 0 });
    await vi.advanceTimersByTimeAsync(499);
    expect((await azure.status()).counters.calls).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(read(await answer)).toEqual([`azure: [es] ${kept}`]);
  });

  test.each([
    ["refuses to write (429)", failing("KV PUT failed: 429 Too Many Requests")],
    ["is silent when written to", hanging],
  ])("%s, answers do not wait, and memory has them", async (_, put) => {
    const { writes, mixed, three } = await isolate();
    writes.become(put);
    expect(await mixed("unwritten")).toEqual([...three, "azure: [es] unwritten"]);
    expect((await mixed("unwritten"))[3]).toBe("memory: [es] unwritten");
  });
});
