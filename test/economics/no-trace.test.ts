/** Where texts stay: nowhere but in the caches, and with `no-store` not there either. Every table and key is searched. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { FaultPlan } from "../azure/fault-plans.ts";
import { aroundDb, aroundKv, failing } from "../bindings.ts";
import { emulated } from "../provider/emulated.ts";
import { read, traveller } from "../translate/traveller.ts";
import { createdAt, LONG_AGO, NOON, nothingSpent, setSpent } from "./account.ts";

const azure = emulated("economics-no-trace");
/** In every text, and so in every translation of the emulator. */
const MARKER = "epinephrine";
const NO_STORE = { "Cache-Control": "no-store" };

beforeEach(async () => {
  await azure.tell({ reset: true });
  await nothingSpent();
});

/** Every row of every table, as one text. */
async function allRows(): Promise<string> {
  const tables = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
  ).raw<[string]>();
  expect(tables.flat()).toEqual(expect.arrayContaining(["accounts", "events", "hits", "sessions", "spent"]));
  const rows = await env.DB.batch(tables.map(([name]) => env.DB.prepare(`SELECT * FROM "${name}"`)));
  return JSON.stringify(rows.map(({ results }) => results));
}

/** Every key of KV, and every value. */
async function allOfKv(): Promise<{ readonly keys: string; readonly values: string }> {
  const { keys, list_complete } = await env.TRANSLATIONS.list();
  expect(list_complete).toBe(true);
  const values = await Promise.all(keys.map(({ name }) => env.TRANSLATIONS.get(name)));
  return { keys: keys.map(({ name }) => name).join(), values: values.join() };
}

describe("a request with `no-store`", () => {
  test("leaves nothing in KV, in D1, or in the isolate's memory, so that the next one is sent again", async () => {
    const before = await allOfKv();
    const { translate, worker } = await traveller({ env: azure.env });
    const body = { texts: [`${MARKER} one`, `${MARKER} two`], to: ["es", "ja"] };
    const expected = body.texts.flatMap((text) => body.to.map((to) => `azure: [${to}] ${text}`));
    for (const headers of [NO_STORE, NO_STORE, { "Cache-Control": "max-age=0, No-Store" }])
      expect(read(await translate(body, headers))).toEqual(expected);
    await worker.settled();
    expect(await allOfKv()).toEqual(before);
    expect(await allRows()).not.toContain(MARKER);
    expect(read(await translate(body))).toEqual(expected);
    expect((await azure.status()).counters.calls).toBe(4);
    await worker.settled();
  });

  test("leaves nothing of a failure either: no flight, so the next one is sent at once", async () => {
    await azure.tell({ fail: { as: "error", code: 400000, times: 1 } });
    const { translate, refused } = await traveller({ env: azure.env });
    const body = { text: `${MARKER} fails`, to: "es" };
    expect((await refused(body, NO_STORE)).code).toBe("translator_refused");
    expect(read(await translate(body, NO_STORE))).toEqual([`azure: [es] ${MARKER} fails`]);
  });

  test("may be answered from KV, but does not take that into memory", async () => {
    const other = await traveller({ env: azure.env });
    const body = { text: `${MARKER} in kv`, to: "es" };
    await other.translate(body);
    await other.worker.settled();
    const { translate } = await traveller({ env: azure.env }, other.tokens);
    for (const headers of [NO_STORE, NO_STORE, {}])
      expect(read(await translate(body, headers))).toEqual([`kv: [es] ${MARKER} in kv`]);
    expect(read(await translate(body))).toEqual([`memory: [es] ${MARKER} in kv`]);
  });

  test("is not what `no-cache`, or a word that contains it, asks for", async () => {
    const { translate } = await traveller({ env: azure.env });
    for (const value of ["no-cache", "x-no-store", "no-storey"]) {
      const body = { text: `${MARKER} ${value}`, to: "es" };
      await translate(body, { "Cache-Control": value });
      expect(read(await translate(body))).toEqual([`memory: [es] ${MARKER} ${value}`]);
    }
  });
});

const FAULTS: readonly (FaultPlan | null)[] = [
  null,
  { as: "error", code: 400000, always: true },
  { as: "error", code: 429001, retryAfter: 60, always: true },
  { as: "wrong-targets", always: true },
  { as: "not-json", always: true },
  { as: "error", code: 401000, always: true },
];

test("no text is in any row, key, log line, error or event, after successes and failures of every kind", async () => {
  const printed = (["log", "warn", "error", "info"] as const).map((method) => vi.spyOn(console, method));
  let now = NOON;
  const first = await traveller({ env: azure.env, clock: () => now });
  await createdAt(first.tokens.account_id, LONG_AGO);
  const start = (settings: Record<string, unknown>) =>
    traveller({ env: { ...azure.env, ...settings }, clock: () => now }, first.tokens);
  const isolates = [
    first,
    await start({ DAILY_CHARACTERS_TOTAL: 150 }),
    await start({ DAILY_CHARACTERS_PER_ACCOUNT: 0 }),
    await start({ DB: aroundDb(env.DB, failing("D1_ERROR: lost")) }),
    await start({ TRANSLATIONS: aroundKv(env.TRANSLATIONS, { get: failing("KV"), put: failing("KV") }) }),
    await start({ AZURE_TRANSLATOR_KEY: undefined }),
  ];
  const seen = new Set<string>();
  let number = 0;
  for (const { ask, worker } of isolates) {
    for (const fail of FAULTS) {
      await azure.tell({ reset: true, fail });
      // An open circuit would keep the next fault from being seen.
      now += 11_000;
      for (const headers of [{}, NO_STORE]) {
        number += 1;
        const texts = [`${MARKER} ${number}`, `<i>${MARKER} ${number}`];
        const response = await ask({ texts, to: ["es", "ja"] }, headers);
        const body = await response.text();
        seen.add(response.status === 200 ? "ok" : JSON.parse(body).code);
        if (response.status !== 200) expect(body).not.toContain(MARKER);
        expect([...response.headers].join()).not.toContain(MARKER);
      }
    }
    await setSpent("total", 150);
    expect((await ask({ text: MARKER, from: "en", to: "xx" })).status).toBe(400);
    await worker.settled();
  }
  expect([...seen].sort()).toEqual([
    ...["budget_exhausted", "ok", "quota_exceeded", "storage_unavailable", "translator_busy"],
    ...["translator_not_configured", "translator_refused", "translator_unavailable"],
  ]);

  const rows = await allRows();
  for (const kind of ["budget_exhausted", "provider_key_refused"]) expect(rows).toContain(kind);
  expect(rows).not.toContain(MARKER);
  const { keys, values } = await allOfKv();
  expect(values).toContain(MARKER);
  expect(keys).not.toContain(MARKER);
  const lines = isolates.flatMap(({ worker }) => worker.lines);
  expect(lines.length).toBeGreaterThan(isolates.length * FAULTS.length * 2);
  expect(lines.join()).not.toContain(MARKER);
  expect(JSON.stringify(printed.map(({ mock }) => mock.calls))).not.toContain(MARKER);
  vi.restoreAllMocks();
});
