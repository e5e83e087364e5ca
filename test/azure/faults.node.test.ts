/** Failing on demand: each documented way, and when it happens. */

import { describe, expect, it } from "vitest";
import { createAzureEmulator } from "./emulator.ts";
import type { FaultPlan } from "./fault-plans.ts";
import { sampleRequest } from "./sample-request.ts";

const HOST = "sample.azure.test";

function failing(...plans: FaultPlan[]) {
  const emulator = createAzureEmulator();
  emulator.control(HOST, { fail: plans });
  return emulator;
}

async function statuses(emulator: ReturnType<typeof createAzureEmulator>, calls: number): Promise<number[]> {
  const seen: number[] = [];
  for (let call = 0; call < calls; call++) seen.push((await emulator.fetch(sampleRequest())).status);
  return seen;
}

describe("how a call fails", () => {
  it.each([401000, 401001, 403001, 408001, 429000, 500000, 503000] as const)("with %i", async (code) => {
    const response = await failing({ as: "error", code }).fetch(sampleRequest());
    expect(response.status).toBe(Math.floor(code / 1000));
    expect(response.headers.get("Retry-After")).toBeNull();
    expect(await response.json()).toMatchObject({ error: { code } });
  });

  it.each([0, 7, "Wed, 21 Oct 2026 07:28:00 GMT"])("with Retry-After %s", async (retryAfter) => {
    const response = await failing({ as: "error", code: 429001, retryAfter }).fetch(sampleRequest());
    expect(response.headers.get("Retry-After")).toBe(String(retryAfter));
  });

  it("slowly, then rightly", async () => {
    const before = performance.now();
    const response = await failing({ as: "slow", ms: 60 }).fetch(sampleRequest());
    expect(performance.now() - before).toBeGreaterThan(50);
    expect(response.status).toBe(200);
  });

  it("silently, until the caller leaves", async () => {
    const emulator = failing({ as: "silent" });
    const caller = new AbortController();
    const call = emulator.fetch(new Request(sampleRequest(), { signal: caller.signal }));
    const first = await Promise.race([
      call.then(() => "answered"),
      new Promise((resolve) => setTimeout(resolve, 30, "nothing")),
    ]);
    expect(first).toBe("nothing");
    expect(emulator.status(HOST).counters).toMatchObject({ concurrent: 1, outcomes: { silent: 1 } });
    caller.abort();
    await expect(call).rejects.toThrow("the caller left");
    expect(emulator.status(HOST).counters.concurrent).toBe(0);
  });

  it("cut off in mid-body", async () => {
    const response = await failing({ as: "cut-off" }).fetch(sampleRequest());
    expect(response.status).toBe(200);
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(new TextDecoder().decode(first?.value)).toMatch(/^\[\{"translations"/);
    expect(first?.value?.length).toBeLessThan(Number(response.headers.get("Content-Length")));
    await expect(reader?.read()).rejects.toThrow("cut off");
  });

  const asked = { query: "api-version=3.0&from=en&to=es&to=ja", body: [{ Text: "bread" }, { Text: "tea" }] };
  const both = (text: string) => [
    { text: `[es] ${text}`, to: "es" },
    { text: `[ja] ${text}`, to: "ja" },
  ];
  const eachText = (change: (all: ReturnType<typeof both>) => unknown) =>
    ["bread", "tea"].map((text) => ({ translations: change(both(text)) }));
  const right = eachText((all) => all);
  const spoiled: readonly { readonly plan: FaultPlan; readonly expected: unknown }[] = [
    { plan: { as: "too-few-results" }, expected: right.slice(0, 1) },
    { plan: { as: "too-many-results" }, expected: [...right, ...right.slice(1)] },
    {
      plan: { as: "wrong-targets" },
      expected: eachText((all) => all.map((one) => ({ ...one, to: "tlh-Piqd" }))),
    },
    { plan: { as: "wrong-order" }, expected: eachText((all) => all.toReversed()) },
    { plan: { as: "wrong-shape" }, expected: { value: right } },
  ];
  it.each(spoiled)("with $plan.as", async ({ plan, expected }) => {
    const response = await failing(plan).fetch(sampleRequest(asked));
    expect(response.status).toBe(200);
    expect(response.headers.get("X-Metered-Usage")).toBe("16");
    expect(await response.json()).toEqual(expected);
  });

  it("with a body that is not JSON", async () => {
    const response = await failing({ as: "not-json" }).fetch(sampleRequest());
    expect(response.status).toBe(200);
    await expect(response.json()).rejects.toThrow(SyntaxError);
  });
});

describe("when a call fails", () => {
  it("once, where nothing else is said", async () => {
    expect(await statuses(failing({ as: "error", code: 503000 }), 2)).toEqual([503, 200]);
  });

  it("for the next calls, plan after plan", async () => {
    const emulator = failing({ as: "error", code: 429001, times: 2 }, { as: "error", code: 500000 });
    expect(await statuses(emulator, 4)).toEqual([429, 429, 500, 200]);
  });

  it("for every call", async () => {
    expect(await statuses(failing({ as: "error", code: 403001, always: true }), 5)).toEqual(Array(5).fill(403));
  });

  it("at random, the same for the same seed", async () => {
    const plan = (seed: number): FaultPlan => ({ as: "error", code: 500000, probability: 0.3, seed });
    const first = await statuses(failing(plan(7)), 200);
    expect(await statuses(failing(plan(7)), 200)).toEqual(first);
    expect(await statuses(failing(plan(8)), 200)).not.toEqual(first);
    const failures = first.filter((status) => status === 500).length;
    expect(failures).toBeGreaterThan(40);
    expect(failures).toBeLessThan(80);
  });

  it("never instead of the refusal of a bad request, which uses no fault up", async () => {
    const emulator = failing({ as: "error", code: 503000 });
    expect((await emulator.fetch(sampleRequest({ body: [] }))).status).toBe(400);
    expect(await statuses(emulator, 2)).toEqual([503, 200]);
  });
});

describe("the limit of characters per 10 seconds", () => {
  const ten = () => sampleRequest({ body: [{ Text: "x".repeat(10) }] });

  it("lets through what fits in any 10 seconds, and says when more will fit", async () => {
    let now = 0;
    const emulator = createAzureEmulator({ limitPer10s: 20, now: () => now });
    expect((await emulator.fetch(ten())).status).toBe(200);
    now = 4_000;
    expect((await emulator.fetch(ten())).status).toBe(200);
    now = 9_999;
    const refused = await emulator.fetch(ten());
    expect(refused.status).toBe(429);
    expect(refused.headers.get("Retry-After")).toBe("1");
    expect(await refused.json()).toMatchObject({ error: { code: 429001 } });
    now = 10_000;
    expect((await emulator.fetch(ten())).status).toBe(200);
    expect((await emulator.fetch(ten())).headers.get("Retry-After")).toBe("4");
  });

  it("counts each target, and offers no wait where none would help", async () => {
    const emulator = createAzureEmulator({ limitPer10s: 20 });
    const response = await emulator.fetch(
      sampleRequest({ query: "api-version=3.0&to=es,de,ja", body: [{ Text: "1234567" }] }),
    );
    expect(response.headers.get("Retry-After")).toBeNull();
    expect(await response.json()).toMatchObject({ error: { code: 429000 } });
    expect(emulator.status(HOST).counters.meteredCharacters).toBe(0);
  });
});
