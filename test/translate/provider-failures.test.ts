/** What a caller sees of the provider's failures, and that nothing wrong is ever kept. */
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { CIRCUIT_OPEN_MS } from "../../src/bounds.ts";
import type { FaultPlan } from "../azure/fault-plans.ts";
import { emulated } from "../provider/emulated.ts";
import { plantPhrasebook, read, traveller } from "./traveller.ts";

const azure = emulated("translate-failures");

beforeAll(plantPhrasebook);
beforeEach(async () => {
  await azure.tell({ reset: true });
  // No wait between attempts: how long they are is tested where time is faked.
  vi.spyOn(Math, "random").mockReturnValue(0);
});
afterEach(() => vi.restoreAllMocks());

const always = (code: 400000 | 401000 | 401001 | 403000 | 403001 | 404000 | 429000 | 500000 | 503000): FaultPlan => ({
  as: "error",
  code,
  always: true,
});

describe("where nothing succeeded, the answer is a problem", () => {
  test.each([
    ["429", always(429000), "translator_busy", 503, "10"],
    ["429 with Retry-After", { as: "error", code: 429001, retryAfter: 40 }, "translator_busy", 503, "40"],
    ["500", always(500000), "translator_unavailable", 503, "10"],
    ["503", always(503000), "translator_unavailable", 503, "10"],
    ["401000", always(401000), "translator_unavailable", 503, "10"],
    ["401001", always(401001), "translator_unavailable", 503, "10"],
    ["403000", always(403000), "translator_unavailable", 503, "10"],
    ["403001", always(403001), "translator_unavailable", 503, "10"],
    ["404", always(404000), "translator_unavailable", 503, "10"],
    ["400 for the text", always(400000), "translator_refused", 502, null],
    ["a body that is cut off", { as: "cut-off" }, "translator_unavailable", 503, "10"],
    ["too few results", { as: "too-few-results" }, "translator_unavailable", 503, "10"],
    ["too many results", { as: "too-many-results" }, "translator_unavailable", 503, "10"],
    ["foreign targets", { as: "wrong-targets" }, "translator_unavailable", 503, "10"],
    ["targets in another order", { as: "wrong-order" }, "translator_unavailable", 503, "10"],
    ["HTML", { as: "not-json" }, "translator_unavailable", 503, "10"],
    ["another dialect", { as: "wrong-shape" }, "translator_unavailable", 503, "10"],
  ] as const)("after %s, and nothing is kept of it", async (name, fail, code, status, retryAfter) => {
    await azure.tell({ fail });
    let lateMs = 0;
    const first = await traveller({ env: azure.env, clock: () => Date.now() + lateMs });
    const body = { text: `failed by ${name}`, to: ["es", "ja"] };
    expect(await first.refused(body)).toMatchObject({ code, status, retryAfter });
    await first.worker.settled();
    await azure.tell({ fail: null });
    // A refused key has opened the circuit.
    lateMs = CIRCUIT_OPEN_MS;
    const second = await traveller({ env: azure.env }, first.tokens);
    for (const one of [second, first]) {
      const results = (await one.translate(body, { "Cache-Control": "no-store" })).translations[0]?.results;
      expect(results).toEqual(["es", "ja"].map((to) => ({ to, text: `[${to}] failed by ${name}`, source: "azure" })));
    }
  });

  test("and the log names the setting for the operator, with an alarm", async () => {
    const { worker, refused } = await traveller({ env: { ...azure.env, AZURE_TRANSLATOR_REGION: "" } });
    expect(await refused({ text: "no region", to: "es" })).toMatchObject({
      code: "translator_unavailable",
      status: 503,
    });
    const lines = worker.lines.map((line) => JSON.parse(line));
    const cause = "key refused: is AZURE_TRANSLATOR_REGION set?";
    expect(lines).toContainEqual(expect.objectContaining({ event: "provider_key_refused", severity: "alarm", cause }));
    expect(lines.at(-1)).toMatchObject({ azure: `401 401000: ${cause}`, code: "translator_unavailable", status: 503 });
  });

  test("while what is cached goes on answering", async () => {
    const { translate } = await traveller({ env: azure.env });
    await translate({ text: "seen before", from: "en", to: "es" });
    await azure.tell({ fail: always(403001) });
    expect(read(await translate({ texts: ["seen before", "bread"], from: "en", to: "es" }))).toEqual([
      "memory: [es] seen before",
      "phrasebook: pan",
    ]);
  });
});

describe("where a part succeeded", () => {
  test("it is answered, kept and billed, and the rest carries its own error", async () => {
    const { translate, worker, tokens } = await traveller({ env: azure.env });
    await translate({ text: "a long way", from: "en", to: "fr" });
    await worker.settled();
    await azure.tell({ reset: true, fail: { as: "error", code: 429001, retryAfter: 50 } });
    // Three calls, for three sets of missing targets; whichever comes first is refused.
    const body = { texts: ["a long way", "bread", "home"], from: "en", to: ["es", "fr"] };
    const answer = await translate(body);
    const { calls } = await azure.status();
    expect(calls.map(({ outcome }) => outcome).sort()).toEqual(["200", "200", "429001"]);
    const refused = calls.find(({ outcome }) => outcome === "429001");
    const fromAzure = (text: string, to: string, source = "azure") =>
      refused?.texts.includes(text)
        ? { to, error: { code: "translator_busy", detail: expect.any(String), retryAfterSeconds: 50 } }
        : { to, text: `[${to}] ${text}`, source };
    expect(answer.translations.map(({ results }) => results)).toEqual([
      [fromAzure("a long way", "es"), { to: "fr", text: "[fr] a long way", source: "memory" }],
      [{ to: "es", text: "pan", source: "phrasebook" }, fromAzure("bread", "fr")],
      [fromAzure("home", "es"), fromAzure("home", "fr")],
    ]);
    const asked = calls.reduce((sum, { characters }) => sum + characters, 0);
    expect(answer.usage.charactersBilled).toBe(asked - (refused?.characters ?? 0));
    await worker.settled();
    await azure.tell({ fail: { as: "error", code: 429001, retryAfter: 50, always: true } });
    const other = await traveller({ env: azure.env }, tokens);
    expect((await other.translate(body)).translations.map(({ results }) => results)).toEqual([
      [fromAzure("a long way", "es", "kv"), { to: "fr", text: "[fr] a long way", source: "kv" }],
      [{ to: "es", text: "pan", source: "phrasebook" }, fromAzure("bread", "fr", "kv")],
      [fromAzure("home", "es", "kv"), fromAzure("home", "fr", "kv")],
    ]);
  });
});
