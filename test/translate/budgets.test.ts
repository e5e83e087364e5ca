/** The design's budgets for one translate request, counted around the real bindings. */
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { counting } from "../bindings.ts";
import { emulated } from "../provider/emulated.ts";
import type { Tokens } from "../worker.ts";
import { plantPhrasebook, read, traveller } from "./traveller.ts";

const azure = emulated("translate-budgets");
const NOTHING = { d1Statements: 0, d1Batches: 0, kvGets: 0, kvPuts: 0, fetches: 0 };

/** A traveller in a fresh isolate, whose operations are counted from here on. */
async function counted(known?: Tokens) {
  const { env: bindings, take } = counting(env);
  const one = await traveller({ env: { ...azure.env, ...bindings } }, known);
  take();
  return {
    ...one,
    take,
    /** What a request cost, with what it left running behind its answer. */
    async cost(body: unknown, headers: Record<string, string> = {}) {
      const answer = await one.translate(body, headers);
      await one.worker.settled();
      return { units: read(answer), ops: take() };
    },
  };
}

const hundred = (word: string) => ({
  texts: Array.from({ length: 20 }, (_, i) => `${word} ${i}`),
  to: ["es", "ja", "fr", "de", "it"],
});

beforeAll(plantPhrasebook);
beforeEach(() => azure.tell({ reset: true }));

describe("a request costs", () => {
  test("nothing where a unit is its own translation", async () => {
    const { cost } = await counted();
    expect((await cost({ text: "bread", from: "en", to: "en-GB" })).ops).toEqual(NOTHING);
  });

  test("one D1 read for each language that the isolate does not have yet, beside one KV read; once warm, nothing", async () => {
    const { cost } = await counted();
    const body = { texts: ["bread", "water"], from: "en", to: ["es", "ja"] };
    const cold = await cost(body);
    expect(cold.units).toEqual(["phrasebook: pan", "phrasebook: パン", "phrasebook: agua", "phrasebook: 水"]);
    expect(cold.ops).toEqual({ ...NOTHING, d1Statements: 3, kvGets: 1 });
    expect(await cost(body)).toEqual({ units: cold.units, ops: NOTHING });
  });

  test("for a miss: one D1 statement, a KV read, a KV write a unit and one call", async () => {
    const { cost } = await counted();
    const { units, ops } = await cost(hundred("miss"));
    expect(new Set(units.map((unit) => unit.slice(0, 6)))).toEqual(new Set(["azure:"]));
    expect(ops).toEqual({ d1Statements: 1, d1Batches: 0, kvGets: 1, kvPuts: 100, fetches: 1 });
  });

  test("nothing for a hundred units in memory", async () => {
    const { cost } = await counted();
    await cost(hundred("remembered"));
    const { units, ops } = await cost(hundred("remembered"));
    expect(units.every((unit) => unit.startsWith("memory:"))).toBe(true);
    expect(ops).toEqual(NOTHING);
  });

  test("one bulk read for a hundred units in KV", async () => {
    const first = await counted();
    await first.cost(hundred("shared"));
    const { cost } = await counted(first.tokens);
    const { units, ops } = await cost(hundred("shared"));
    expect(units.every((unit) => unit.startsWith("kv:"))).toBe(true);
    expect(ops).toEqual({ ...NOTHING, kvGets: 1 });
  });

  test("one D1 statement more where the provider billed less than was reserved", async () => {
    await azure.tell({ meter: "codePoints" });
    const { cost } = await counted();
    expect((await cost({ text: "to the 🏖", to: "es" })).ops).toEqual({
      ...NOTHING,
      ...{ d1Statements: 2, kvGets: 1, kvPuts: 1, fetches: 1 },
    });
  });

  test("one D1 statement more where the provider refused the text, and no KV write", async () => {
    await azure.tell({ fail: { as: "error", code: 400000 } });
    const { refused, worker, take } = await counted();
    expect((await refused({ text: "not a text", to: "es" })).code).toBe("translator_refused");
    await worker.settled();
    expect(take()).toEqual({ ...NOTHING, d1Statements: 2, kvGets: 1, fetches: 1 });
  });

  test("three calls where the first two failed, and one reserve for them all", async () => {
    await azure.tell({ fail: { as: "error", code: 500000, times: 2 } });
    const { cost } = await counted();
    expect((await cost({ text: "at the third attempt", to: "es" })).ops).toEqual({
      ...NOTHING,
      ...{ d1Statements: 1, kvGets: 1, kvPuts: 1, fetches: 3 },
    });
  });

  test("with `no-store`: a KV read, and nothing that would keep the text", async () => {
    const { cost } = await counted();
    const body = { text: "a secret of mine", to: "es" };
    for (const _ of [1, 2]) {
      const { units, ops } = await cost(body, { "Cache-Control": "no-store" });
      expect(units).toEqual(["azure: [es] a secret of mine"]);
      expect(ops).toEqual({ ...NOTHING, d1Statements: 1, kvGets: 1, fetches: 1 });
    }
    const second = await counted();
    expect((await second.cost(body)).units).toEqual(["azure: [es] a secret of mine"]);
  });

  test("nothing where a language is not supported", async () => {
    const { refused, take } = await counted();
    expect(await refused({ text: "bread", to: ["es", "xx"] })).toMatchObject({
      status: 400,
      code: "unsupported_language",
      errors: [{ path: "to.1" }],
    });
    expect((await refused({ text: "bread", from: "qqq", to: "es" })).errors).toEqual([
      { path: "from", message: "is not a supported language" },
    ]);
    expect(take()).toEqual(NOTHING);
    expect((await azure.status()).counters.calls).toBe(0);
  });
});
