/** No text and no translation comes into a log line, a problem, a header or a KV key, whatever happens to it. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { FaultPlan } from "../azure/fault-plans.ts";
import { aroundDb, aroundKv, failing } from "../bindings.ts";
import { emulated } from "../provider/emulated.ts";
import { traveller } from "./traveller.ts";

const azure = emulated("translate-privacy");
/** In every text, and so in every pseudo-translation. */
const SECRET = "insulin";

beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0);
});
afterEach(() => vi.restoreAllMocks());

const CONSOLE = ["log", "warn", "error", "info", "debug"] as const;

const FAULTS: readonly (FaultPlan | null)[] = [
  null,
  { as: "error", code: 400000, always: true },
  { as: "error", code: 401000, always: true },
  { as: "error", code: 429001, retryAfter: 60, always: true },
  { as: "error", code: 500000, always: true },
  { as: "cut-off", always: true },
  { as: "too-few-results", always: true },
  { as: "wrong-targets", always: true },
  { as: "not-json", always: true },
  { as: "wrong-shape", always: true },
];

test("through successes and failures of every kind", async () => {
  const printed = CONSOLE.map((method) => vi.spyOn(console, method));
  const kvFails = aroundKv(env.TRANSLATIONS, { get: failing("KV failed"), put: failing("KV failed") });
  const dbFails = aroundDb(env.DB, failing("D1_ERROR: lost"));
  const first = await traveller({ env: azure.env });
  const isolates = [
    first,
    await traveller({ env: { ...azure.env, TRANSLATIONS: kvFails } }, first.tokens),
    await traveller({ env: { ...azure.env, DB: dbFails } }, first.tokens),
    await traveller({ env: { ...azure.env, DAILY_CHARACTERS_TOTAL: 0 } }, first.tokens),
    await traveller({}, first.tokens),
  ];
  let number = 0;
  const statuses = new Set<number>();
  for (const { ask, worker } of isolates) {
    for (const fail of FAULTS) {
      await azure.tell({ reset: true, fail });
      number += 1;
      for (const body of [
        { text: `${SECRET} ${number}`, to: ["es", "ja"], pronunciation: true },
        { texts: [`${SECRET} again`, `<b>${SECRET}</b> ${number}`], from: "en", to: "es", textType: "html" },
      ]) {
        const response = await ask(body);
        statuses.add(response.status);
        if (response.status !== 200) expect(await response.text()).not.toContain(SECRET);
        expect([...response.headers].join()).not.toContain(SECRET);
      }
    }
    for (const body of [
      { text: SECRET, to: SECRET },
      { texts: SECRET, to: "es" },
      { text: `${SECRET}\ud83c`, to: "es" },
      { [SECRET]: SECRET },
    ]) {
      const response = await ask(body);
      statuses.add(response.status);
      expect(await response.text()).not.toContain(SECRET);
    }
    await worker.settled();
    expect(worker.lines.length).toBeGreaterThan(2 * FAULTS.length);
    expect(worker.lines.filter((line) => line.includes(SECRET))).toEqual([]);
  }
  expect([...statuses].sort()).toEqual([200, 400, 502, 503]);
  expect(JSON.stringify(printed.flatMap(({ mock }) => mock.calls))).not.toContain(SECRET);
  const { keys } = await env.TRANSLATIONS.list();
  expect(keys.length).toBeGreaterThan(0);
  expect(JSON.stringify(keys)).not.toContain(SECRET);
});
