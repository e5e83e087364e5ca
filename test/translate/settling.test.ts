/** What a reserve comes to: what the provider metered, nothing where it refused, all of it where nobody can know. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { PROVIDER_ATTEMPT_MS } from "../../src/bounds.ts";
import type { FaultPlan } from "../azure/fault-plans.ts";
import { aroundDb, failing } from "../bindings.ts";
import { emulated } from "../provider/emulated.ts";
import { spent, traveller } from "./traveller.ts";

const azure = emulated("translate-settling");
const TEXT = "ten letter";

beforeEach(async () => {
  await azure.tell({ reset: true });
  await env.DB.prepare("DELETE FROM spent").run();
  vi.spyOn(Math, "random").mockReturnValue(0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** What a request for ten characters into two targets has spent, of the account and of the total, in the end. */
async function spentAfter(faults: FaultPlan | FaultPlan[] | null, text = TEXT): Promise<number | undefined> {
  await azure.tell({ fail: faults });
  const { ask, tokens, worker } = await traveller({ env: azure.env });
  await ask({ text, to: ["es", "ja"] }, { "Cache-Control": "no-store" });
  await worker.settled();
  const { total, [`account:${tokens.account_id}`]: account } = await spent();
  expect(account).toBe(total);
  return total;
}

describe("spent is", () => {
  test("what was metered, where that is less than was reserved", async () => {
    await azure.tell({ meter: "codePoints" });
    expect(await spentAfter(null, "8 letter🏖")).toBe(2 * 9);
  });

  test("all that was reserved, where that was metered", async () => {
    expect(await spentAfter(null)).toBe(20);
  });

  test.each([
    ["400", { as: "error", code: 400000 }],
    ["401", { as: "error", code: 401000 }],
    ["403", { as: "error", code: 403001 }],
    ["429 to the end", { as: "error", code: 429000, times: 3 }],
    ["429 with a long pause", { as: "error", code: 429001, retryAfter: 60 }],
    ["500 to the end", { as: "error", code: 500000, times: 3 }],
    ["503 to the end", { as: "error", code: 503000, times: 3 }],
  ] as const)("nothing where the provider answered %s", async (_, fault) => {
    expect(await spentAfter(fault)).toBe(0);
  });

  test.each([
    ["a body that was cut off", { as: "cut-off" }],
    ["too few results", { as: "too-few-results" }],
    ["too many results", { as: "too-many-results" }],
    ["foreign targets", { as: "wrong-targets" }],
    ["another order", { as: "wrong-order" }],
    ["no JSON", { as: "not-json" }],
    ["another shape", { as: "wrong-shape" }],
  ] as const)("all of it after %s, which may be billed", async (_, fault) => {
    expect(await spentAfter(fault)).toBe(20);
  });

  test("all of it where an error was followed by something that may be billed", async () => {
    expect(await spentAfter([{ as: "error", code: 503000 }, { as: "cut-off" }])).toBe(20);
  });

  test("once, where two attempts failed and the third succeeded", async () => {
    expect(await spentAfter({ as: "error", code: 500000, times: 2 })).toBe(20);
  });

  test("all of it where no answer came in time", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await azure.tell({ fail: { as: "silent" } });
    const { refused } = await traveller({ env: azure.env });
    const asking = refused({ text: TEXT, to: ["es", "ja"] });
    while ((await azure.status()).counters.concurrent === 0);
    await vi.advanceTimersByTimeAsync(PROVIDER_ATTEMPT_MS);
    expect(await asking).toMatchObject({ status: 503, code: "translator_unavailable", retryAfter: "10" });
    expect((await spent()).total).toBe(20);
  });

  test("only that of the call that succeeded, where another was refused", async () => {
    await azure.tell({ fail: { as: "error", code: 400000 } });
    const { ask, worker } = await traveller({ env: azure.env });
    // Two calls, since one target has a script to ask for.
    await ask({ text: TEXT, to: ["es", "ja"], pronunciation: true });
    await worker.settled();
    expect((await spent()).total).toBe(10);
  });
});

test("a settling that fails never fails the answer: it stays spent, and the log says how much", async () => {
  await azure.tell({ meter: "codePoints" });
  const broken = failing("D1_ERROR: Network connection lost");
  const DB = aroundDb(env.DB, (make, call) =>
    String(call.args[0]).includes("UPDATE spent") ? broken(make, call) : make(),
  );
  const { translate, worker } = await traveller({ env: { ...azure.env, DB } });
  const answer = await translate({ text: "🏖 for all", to: "es" });
  expect(answer.usage.charactersBilled).toBe(9);
  expect((await spent()).total).toBe(10);
  expect(JSON.parse(worker.lines.at(-1) ?? "")).toMatchObject({ unsettled: 1, status: 200 });
});
