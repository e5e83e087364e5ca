/** How many calls of one request are under way at once. */
import { describe, expect, test } from "vitest";
import { batchesOf, type ProviderUnit } from "../../src/provider/batches.ts";
import { runBatches } from "../../src/provider/run.ts";
import { pseudoTranslate } from "../azure/pseudo-translation.ts";
import { ACCOUNT } from "./calling.ts";
import { recordingTrace } from "./recording-trace.ts";

/** Ten calls: as many source languages. */
const UNITS = "ar cs de el fr it ko nl pl sv"
  .split(" ")
  .map((from): ProviderUnit => ({ text: `a text in ${from}`, from, to: "es", textType: "plain", toScript: undefined }));

/** Runs the calls against a provider that takes a moment for each; the calls named in `busy` are refused with 429. */
async function run(busy: readonly number[] = []) {
  let made = 0;
  let underWay = 0;
  const concurrency: number[] = [];
  const fetch = async (_: unknown, init?: RequestInit) => {
    const number = made;
    made += 1;
    underWay += 1;
    concurrency.push(underWay);
    // The fourth is the slowest, so that calls do not end in the order that they began in.
    await new Promise((resolve) => setTimeout(resolve, number === 3 ? 12 : 3));
    underWay -= 1;
    if (busy.includes(number)) return new Response("{}", { status: 429, headers: { "Retry-After": "60" } });
    const texts: { Text: string }[] = JSON.parse(String(init?.body));
    return Response.json(
      texts.map(({ Text }) => ({ translations: [{ to: "es", text: pseudoTranslate(Text, "es") }] })),
    );
  };
  const { trace } = recordingTrace();
  const done = await runBatches(
    { account: ACCOUNT, fetch, clock: Date.now, deadline: Date.now() + 15_000, trace },
    batchesOf(UNITS),
  );
  return { made, concurrency, done };
}

describe("calls of one request", () => {
  test("are at most four at once", async () => {
    const { concurrency } = await run();
    expect(Math.max(...concurrency)).toBe(4);
    expect(concurrency).toHaveLength(UNITS.length);
  });

  test("each answer its own units, in order, however they end", async () => {
    const { done } = await run();
    expect(done.map(({ batch }) => batch.units.flat())).toEqual(UNITS.map((unit) => [unit]));
    expect(done.map(({ result }) => (result.ok ? result.translations[0]?.[0]?.text : undefined))).toEqual(
      UNITS.map(({ text }) => `[es] ${text}`),
    );
  });

  test("go one at a time after a 429, and are all made", async () => {
    const { made, concurrency, done } = await run([1]);
    expect(made).toBe(UNITS.length);
    expect(done.map(({ result }) => result.ok)).toEqual(UNITS.map((_, index) => index !== 1));
    expect(concurrency.slice(-3)).toEqual([1, 1, 1]);
  });
});

test("no call: nothing is asked", async () => {
  const { trace } = recordingTrace();
  const never = () => Promise.reject(new Error("asked"));
  expect(await runBatches({ account: ACCOUNT, fetch: never, clock: Date.now, deadline: 0, trace }, [])).toEqual([]);
});
