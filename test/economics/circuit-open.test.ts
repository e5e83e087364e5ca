/** What a traveller sees of an open circuit: misses fail at once and cost nothing, and what is cached is answered. */
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { counting } from "../bindings.ts";
import { emulated } from "../provider/emulated.ts";
import { plantPhrasebook, read, spent, traveller } from "../translate/traveller.ts";
import { NOON, nothingSpent, setSpent, TODAY } from "./account.ts";

const azure = emulated("economics-circuit");
const OPEN = { status: 503, code: "translator_unavailable" };

beforeAll(plantPhrasebook);
beforeEach(async () => {
  await nothingSpent();
  await azure.tell({ reset: true });
});

let number = 0;
/** A text that nobody has asked for. */
function fresh() {
  number += 1;
  return { text: `new text ${number}`, to: "es" };
}

const calls = async () => (await azure.status()).counters.calls;

/** An isolate whose clock can be moved, and whose circuit a failing provider has opened, or all but opened. */
async function isolate(failures = 5) {
  const { env: bindings, take } = counting(env);
  let now = NOON;
  const one = await traveller({ env: { ...azure.env, ...bindings }, clock: () => now });
  await one.translate({ text: "asked in time", to: "es" });
  await azure.tell({ reset: true, fail: { as: "not-json", always: true } });
  for (let failure = 0; failure < failures; failure += 1)
    expect(await one.refused(fresh())).toMatchObject({ ...OPEN, retryAfter: "10" });
  expect(await calls()).toBe(failures);
  await one.worker.settled();
  take();
  return {
    ...one,
    take,
    pass(ms: number) {
      now += ms;
    },
  };
}

describe("while the circuit is open", () => {
  test("a miss is 503 with the seconds to come back in; nothing is sent, and nothing reserved", async () => {
    const { refused, pass, take, worker } = await isolate();
    const before = await spent(TODAY);
    pass(500);
    expect(await refused(fresh())).toMatchObject({ ...OPEN, retryAfter: "10" });
    pass(9499);
    expect(await refused(fresh())).toMatchObject({ ...OPEN, retryAfter: "1" });
    await worker.settled();
    expect(take()).toEqual({ d1Statements: 0, d1Batches: 0, kvGets: 2, kvPuts: 0, fetches: 0 });
    expect(await calls()).toBe(5);
    expect(await spent(TODAY)).toEqual(before);
  });

  test("what memory, the phrasebook and KV hold is answered, with the error beside each miss", async () => {
    const other = await traveller({ env: azure.env, clock: () => NOON });
    await other.translate({ text: "asked elsewhere", from: "en", to: "es" });
    await other.translate({ text: "asked elsewhere", to: "es" });
    await other.worker.settled();
    const { translate } = await isolate();
    const texts = ["asked in time", "asked elsewhere", "never asked"];
    expect(read(await translate({ texts, to: "es" }))).toEqual([
      ...["memory: [es] asked in time", "kv: [es] asked elsewhere", "error: translator_unavailable"],
    ]);
    expect(read(await translate({ texts: ["bread", "asked elsewhere"], from: "en", to: "es" }))).toEqual([
      ...["phrasebook: pan", "kv: [es] asked elsewhere"],
    ]);
  });

  test("another isolate asks for itself", async () => {
    const { tokens } = await isolate();
    await azure.tell({ reset: true });
    const other = await traveller({ env: azure.env, clock: () => NOON }, tokens);
    expect(read(await other.translate({ text: "elsewhere it works", to: "es" }))).toEqual([
      "azure: [es] elsewhere it works",
    ]);
  });
});

describe("after ten seconds", () => {
  test("one request probes, the others are refused meanwhile, and its success lets all through", async () => {
    const { refused, translate, pass } = await isolate();
    await azure.tell({ reset: true, fail: { as: "slow", ms: 150 } });
    pass(10_000);
    const probe = translate({ text: "a probe", to: "es" });
    await vi.waitUntil(async () => (await calls()) === 1, { interval: 10 });
    expect(await refused(fresh())).toMatchObject(OPEN);
    expect(read(await probe)).toEqual(["azure: [es] a probe"]);
    expect(read(await translate({ text: "after it", to: "es" }))).toEqual(["azure: [es] after it"]);
    expect(await calls()).toBe(2);
  });

  test("a probe that fails keeps it open for ten more", async () => {
    const { refused, pass } = await isolate();
    pass(10_000);
    await refused(fresh());
    pass(9999);
    await refused(fresh());
    expect(await calls()).toBe(6);
    pass(1);
    await refused(fresh());
    expect(await calls()).toBe(7);
  });

  test("a probe that its quota refuses leaves the probe to the next request", async () => {
    const { refused, translate, tokens, pass, worker } = await isolate();
    await azure.tell({ reset: true });
    pass(10_000);
    await setSpent(`account:${tokens.account_id}`, 5000);
    expect((await refused(fresh())).code).toBe("quota_exceeded");
    await nothingSpent();
    expect(read(await translate({ text: "the next one", to: "es" }))).toEqual(["azure: [es] the next one"]);
    await worker.settled();
  });
});

describe("what opens it", () => {
  test("is five failures in a row, so four and a success do not", async () => {
    const { refused, translate } = await isolate(4);
    await azure.tell({ fail: null });
    await translate({ text: "a success", to: "es" });
    await azure.tell({ reset: true, fail: { as: "not-json", always: true } });
    for (let failure = 0; failure < 5; failure += 1) await refused(fresh());
    expect(await calls()).toBe(5);
    await refused(fresh());
    expect(await calls()).toBe(5);
  });

  test("is a key that is refused, at once", async () => {
    const { refused } = await isolate(0);
    await azure.tell({ reset: true, fail: { as: "error", code: 401000, always: true } });
    await refused(fresh());
    expect(await refused(fresh())).toMatchObject(OPEN);
    expect(await calls()).toBe(1);
  });

  test("is not a provider that asks for a pause, nor one that refuses our text", async () => {
    const { refused } = await isolate(4);
    for (const code of [429001, 400000] as const) {
      await azure.tell({ reset: true, fail: { as: "error", code, retryAfter: 60, always: true } });
      for (let call = 0; call < 6; call += 1) await refused(fresh());
      expect([code, await calls()]).toEqual([code, 6]);
    }
  });
});
