/** The control plane: what a resource tells of itself, what it can be told, and that hosts do not see one another. */

import { describe, expect, it } from "vitest";
import type { ResourceStatus } from "./control.ts";
import { type AzureEmulator, createAzureEmulator } from "./emulator.ts";
import { sampleRequest } from "./sample-request.ts";

const ORIGIN = "https://sample.azure.test";

async function post(emulator: AzureEmulator, body: unknown) {
  const content = typeof body === "string" ? body : JSON.stringify(body);
  const response = await emulator.fetch(new Request(`${ORIGIN}/__emulator`, { method: "POST", body: content }));
  const answer: ResourceStatus & { faults: string[]; allowed: object } = JSON.parse(await response.text());
  return { status: response.status, body: answer };
}

async function get(emulator: AzureEmulator, origin = ORIGIN): Promise<ResourceStatus> {
  return JSON.parse(await (await emulator.fetch(new Request(`${origin}/__emulator`))).text());
}

describe("what it tells", () => {
  it("counts what it was asked, and how that came out", async () => {
    const emulator = createAzureEmulator();
    const query = "api-version=3.0&from=en&to=es,ja";
    await emulator.fetch(sampleRequest({ query, body: [{ Text: "bread" }, { Text: "tea" }] }));
    await emulator.fetch(sampleRequest({ query: "api-version=3.0&to=xx" }));
    await post(emulator, { fail: { as: "error", code: 429001 } });
    await emulator.fetch(sampleRequest());
    expect(await get(emulator)).toMatchObject({
      counters: {
        calls: 3,
        elements: 3,
        characters: 28,
        meteredCharacters: 16,
        outcomes: { 200: 1, 400036: 1, 429001: 1 },
        concurrent: 0,
        concurrentMax: 1,
      },
    });
  });

  it("records each call that it understood", async () => {
    const emulator = createAzureEmulator();
    const id = crypto.randomUUID();
    await emulator.fetch(sampleRequest({ headers: { "X-ClientTraceId": id } }));
    await emulator.fetch(sampleRequest({ body: [] }));
    const { calls } = await get(emulator);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      from: "en",
      to: ["es"],
      texts: ["good morning"],
      clientTraceId: id,
      characters: 12,
      outcome: "200",
    });
  });

  it("keeps the last 1,000 calls and goes on counting, but not in a status taken before", async () => {
    const emulator = createAzureEmulator();
    for (let n = 1; n <= 1_001; n++) await emulator.fetch(sampleRequest({ body: [{ Text: `number ${n}` }] }));
    const status = emulator.status("sample.azure.test");
    await emulator.fetch(sampleRequest());
    expect(status.counters.calls).toBe(1_001);
    expect(status.calls).toHaveLength(1_000);
    expect(status.calls[0]?.texts).toEqual(["number 2"]);
  });

  it("knows how many calls were under way at once", async () => {
    const emulator = createAzureEmulator();
    await post(emulator, { fail: { as: "slow", ms: 20, times: 5 } });
    await Promise.all(Array.from({ length: 5 }, () => emulator.fetch(sampleRequest())));
    await emulator.fetch(sampleRequest());
    expect((await get(emulator)).counters).toMatchObject({ concurrent: 0, concurrentMax: 5 });
  });

  it("writes one line for each call, without its texts", async () => {
    const lines: string[] = [];
    const emulator = createAzureEmulator({ log: (line) => lines.push(line) });
    await emulator.fetch(
      sampleRequest({ query: "api-version=3.0&from=en&to=es,ja", body: [{ Text: "bread" }, { Text: "tea" }] }),
    );
    await emulator.fetch(sampleRequest({ query: "api-version=3.0&to=es" }));
    await emulator.fetch(sampleRequest({ query: "api-version=3.0&to=xx" }));
    expect(lines).toEqual([
      "azure emulator: 2 texts, en → es,ja, 16 characters: 200",
      "azure emulator: 1 text, auto → es, 12 characters: 200",
      "azure emulator: refused with 400036 (to=xx)",
    ]);
  });
});

describe("what it can be told", () => {
  it("takes key, region, limit and meter, and answers with what holds then", async () => {
    const emulator = createAzureEmulator();
    const settings = { key: "other", region: null, limitPer10s: 11, meter: "codePoints" };
    expect((await post(emulator, settings)).body.settings).toEqual(settings);
    expect((await emulator.fetch(sampleRequest())).status).toBe(401);
    const proven = { "Ocp-Apim-Subscription-Key": "other", "Ocp-Apim-Subscription-Region": null };
    expect((await emulator.fetch(sampleRequest({ headers: proven }))).status).toBe(429);
  });

  it("shows how often a fault is still to come, and drops it on null", async () => {
    const emulator = createAzureEmulator();
    await post(emulator, { fail: [{ as: "error", code: 500000, times: 3 }, { as: "silent" }] });
    await emulator.fetch(sampleRequest());
    expect((await get(emulator)).fail).toEqual([
      { as: "error", code: 500000, times: 2 },
      { as: "silent", times: 1 },
    ]);
    expect((await post(emulator, { fail: null })).body.fail).toEqual([]);
  });

  it("goes back to how it was made on reset, trace ids included", async () => {
    const emulator = createAzureEmulator({ key: "made-with" });
    const headers = { "Ocp-Apim-Subscription-Key": "changed", "X-ClientTraceId": crypto.randomUUID() };
    await post(emulator, { key: "changed", limitPer10s: 12, fail: { as: "slow", ms: 0, always: true } });
    await emulator.fetch(sampleRequest({ headers }));
    const { body } = await post(emulator, { reset: true });
    expect(body).toMatchObject({ settings: { key: "made-with", limitPer10s: null }, fail: [], calls: [] });
    expect(body.counters).toMatchObject({ calls: 0, characters: 0, concurrentMax: 0, outcomes: {} });
    await post(emulator, { key: "changed", limitPer10s: 12 });
    expect((await emulator.fetch(sampleRequest({ headers }))).status).toBe(200);
  });

  it.each([
    ["{", "the body is not JSON"],
    [{ fial: null }, "fial is not known"],
    [{ fail: { as: "eror" } }, /as is one of error, slow, silent/],
    [{ fail: { as: "error", code: 418000 } }, /code is one of 400000, .*503000/],
    [{ fail: { as: "slow" } }, /ms/],
    [{ fail: { as: "silent", times: 0 } }, /times/],
    [{ fail: { as: "silent", tmes: 1 } }, /tmes is not known/],
    [{ fail: { as: "silent", times: 1, always: true } }, /only one of times, always and probability/],
    [{ fail: { as: "silent", seed: 1 } }, /seed goes with probability/],
    [{ fail: [{ as: "silent" }, { as: "loud" }] }, /as is one of/],
    [{ fail: "silent" }, /as is one of/],
    [{ limitPer10s: "many" }, /limitPer10s/],
    [{ meter: "words" }, /utf16.*codePoints/],
  ])("refuses %j, names the fault and what is allowed", async (body, fault) => {
    const emulator = createAzureEmulator();
    const answer = await post(emulator, body);
    expect(answer.status).toBe(400);
    expect(answer.body.faults.join("\n")).toMatch(fault);
    expect(Object.keys(answer.body.allowed)).toEqual(["reset", "fail", "key", "region", "limitPer10s", "meter"]);
    expect((await get(emulator)).fail).toEqual([]);
  });

  it("answers GET and POST only", async () => {
    const response = await createAzureEmulator().fetch(new Request(`${ORIGIN}/__emulator`, { method: "DELETE" }));
    expect([response.status, response.headers.get("Allow")]).toEqual([405, "GET, POST"]);
  });
});

it("keeps the hosts apart", async () => {
  const emulator = createAzureEmulator();
  await post(emulator, { fail: { as: "error", code: 500000, always: true } });
  expect((await emulator.fetch(sampleRequest())).status).toBe(500);
  expect((await emulator.fetch(sampleRequest({ origin: "https://other.azure.test" }))).status).toBe(200);
  expect((await get(emulator, "https://other.azure.test")).counters.calls).toBe(1);
});

it("takes the names of the loopback for one host", async () => {
  const emulator = createAzureEmulator();
  await emulator.fetch(sampleRequest({ origin: "http://127.0.0.1:8790" }));
  expect((await get(emulator, "http://localhost:8790")).counters.calls).toBe(1);
  expect((await get(emulator, "http://[::1]:8790")).counters.calls).toBe(1);
});
