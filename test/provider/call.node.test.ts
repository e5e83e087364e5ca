/** One call to the provider: which failures are tried again, how long each wait is, and what each costs at most. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { PROBLEMS } from "../../src/problems.ts";
import { pseudoTranslate } from "../azure/pseudo-translation.ts";
import { ACCOUNT, CALL, CHARACTERS, call, fakeTime, START } from "./calling.ts";

beforeEach(fakeTime);
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const UNAVAILABLE = { code: "translator_unavailable", retryAfterSeconds: 10 };
const answered = CALL.texts.map((text) =>
  CALL.targets.map((to) => ({ text: pseudoTranslate(text, to), detected: undefined, pronunciation: undefined })),
);

describe("an answer", () => {
  test("pairs each text with its translations, and costs what the provider metered", async () => {
    expect((await call({})).result).toEqual({ ok: true, translations: answered, billed: CHARACTERS, health: "good" });
    expect((await call({ meter: "codePoints" })).result).toMatchObject({ ok: true, billed: CHARACTERS - 2 });
  });

  test.each([
    ["more than was reserved", "13", CHARACTERS],
    ["nothing that is a number", "many", CHARACTERS],
    ["less than nothing", "-1", CHARACTERS],
    ["nothing at all", "0", 0],
  ])("that meters %s never costs more than was reserved", async (_, metered, billed) => {
    const body = JSON.stringify(
      answered.map((row, i) => ({ translations: row.map(({ text }, j) => ({ text, to: CALL.targets[j] })), i })),
    );
    const send = async () => new Response(body, { headers: { "X-Metered-Usage": metered } });
    expect((await call({}, ACCOUNT, send)).result).toMatchObject({ ok: true, billed });
  });
});

describe("after 429 and 5xx", () => {
  test.each([
    ["429 without Retry-After", { code: 429000 }, 1],
    ["429 with a Retry-After that is nonsense", { code: 429000, retryAfter: "soon" }, 1],
    ["500", { code: 500000 }, 0],
    ["503", { code: 503000 }, 0],
  ] as const)("%s: the call is made again with growing jitter", async (_, error, pauses) => {
    const called = await call({ fail: { as: "error", ...error, times: 2 } });
    expect(called).toMatchObject({
      result: { ok: true, billed: CHARACTERS },
      attempts: [0, 200, 600],
      pauses: 2 * pauses,
    });
  });

  test.each([
    ["429 with Retry-After", { code: 429001, retryAfter: 2 }],
    ["429 with a date", { code: 429001, retryAfter: new Date(START + 2000).toUTCString() }],
    ["503 with Retry-After", { code: 503000, retryAfter: 2 }],
  ] as const)("%s: the pause is kept, and jitter is on top", async (_, error) => {
    expect((await call({ fail: { as: "error", ...error } })).attempts).toEqual([0, 2200]);
  });

  test("the third failure is the last, and costs nothing", async () => {
    const refused = await call({ fail: { as: "error", code: 500000, always: true } });
    expect(refused).toMatchObject({
      result: { ok: false, failure: UNAVAILABLE, billed: 0 },
      attempts: [0, 200, 600],
      ms: 600,
    });
    const busy = await call({ fail: { as: "error", code: 429000, always: true } });
    expect(busy.result).toMatchObject({ failure: { code: "translator_busy", retryAfterSeconds: 10 }, billed: 0 });
    expect(busy.attempts).toHaveLength(3);
  });

  test("a pause that does not fit in 15 s is not waited for but handed on; one that does is waited for", async () => {
    const long = await call({ fail: { as: "error", code: 429001, retryAfter: 15 } });
    expect(long).toMatchObject({ attempts: [0], ms: 0, pauses: 1 });
    expect(long.result).toMatchObject({ failure: { code: "translator_busy", retryAfterSeconds: 15 }, billed: 0 });
    vi.setSystemTime(START);
    expect((await call({ fail: { as: "error", code: 429001, retryAfter: 14 } })).attempts).toEqual([0, 14_200]);
  });
});

describe("without an answer", () => {
  test("in 7.999 s the call goes on; in 8.001 s it is over, is not made again and may have been billed", async () => {
    expect(await call({ fail: { as: "slow", ms: 7999 } })).toMatchObject({ result: { ok: true }, ms: 7999 });
    vi.setSystemTime(START);
    const late = await call({ fail: { as: "slow", ms: 8001 } });
    expect(late).toMatchObject({
      result: { ok: false, failure: UNAVAILABLE, billed: CHARACTERS },
      attempts: [0],
      ms: 8000,
    });
    expect(late.fields).toMatchObject({ azure: "no answer in time" });
  });

  test("a silent provider is left: its request is aborted", async () => {
    let signal: AbortSignal | null | undefined;
    const { ms, result } = await call({}, ACCOUNT, (_, init) => {
      signal = init?.signal;
      return new Promise(() => undefined);
    });
    expect(ms).toBe(8000);
    expect(result).toMatchObject({ ok: false, billed: CHARACTERS });
    expect(signal?.aborted).toBe(true);
  });

  test("a body that never ends is left as well", async () => {
    const endless = new ReadableStream<Uint8Array>({ start: (body) => body.enqueue(new Uint8Array(1)) });
    const { ms, result } = await call({}, ACCOUNT, async () => new Response(endless));
    expect(ms).toBe(8000);
    expect(result).toMatchObject({ ok: false, failure: UNAVAILABLE, billed: CHARACTERS });
  });

  test("the last attempt has only what is left of 15 s", async () => {
    const fail = [{ as: "error", code: 429001, retryAfter: 14 } as const, { as: "silent" } as const];
    const { attempts, ms, result } = await call({ fail });
    expect([attempts, ms]).toEqual([[0, 14_200], 15_000]);
    expect(result).toMatchObject({ failure: UNAVAILABLE, billed: CHARACTERS });
  });

  test("a broken connection and a body that is cut off are not tried again and may have been billed", async () => {
    for (const called of [
      await call({ fail: { as: "cut-off" } }),
      await call({}, ACCOUNT, () => Promise.reject(new TypeError("connection refused"))),
    ]) {
      expect(called).toMatchObject({ result: { ok: false, failure: UNAVAILABLE, billed: CHARACTERS }, attempts: [0] });
      expect(called.fields.azure).toMatch(/^connection broken: /);
    }
  });

  test.each([
    ["too-few-results"],
    ["too-many-results"],
    ["wrong-targets"],
    ["wrong-order"],
    ["not-json"],
    ["wrong-shape"],
  ] as const)("but one that is malformed (%s) the same", async (as) => {
    const called = await call({ fail: { as } });
    expect(called).toMatchObject({ result: { ok: false, failure: UNAVAILABLE, billed: CHARACTERS }, attempts: [0] });
    expect(called.fields.azure).toBe("malformed answer");
  });
});

describe("a refusal", () => {
  const keyRefused = "key refused: do AZURE_TRANSLATOR_KEY and AZURE_TRANSLATOR_REGION belong together?";
  test.each([
    [401000, keyRefused, true],
    [401001, "the plan's quota is used up", true],
    [403000, "the key may not use this operation", true],
    [403001, "the plan's quota is used up", true],
    [404000, "no translator there: is AZURE_TRANSLATOR_ENDPOINT right?", false],
    [408001, "HTTP 408", false],
  ] as const)("%i is translator_unavailable, costs nothing, and the log says: %s", async (code, cause, alarm) => {
    const { result, attempts, fields, events } = await call({ fail: { as: "error", code } });
    expect(result).toMatchObject({ ok: false, failure: UNAVAILABLE, billed: 0 });
    expect(attempts).toEqual([0]);
    expect(fields.azure).toBe(`${Math.floor(code / 1000)} ${code}: ${cause}`);
    const alarms = [{ event: "provider_key_refused", severity: "alarm", cause, requestId: "request" }];
    expect(events).toEqual(alarm ? alarms : []);
  });

  test("of a key without its region asks for the setting", async () => {
    const { fields } = await call({}, { ...ACCOUNT, region: undefined });
    expect(fields.azure).toBe("401 401000: key refused: is AZURE_TRANSLATOR_REGION set?");
  });

  test("of the text itself is translator_refused, without Retry-After, and costs nothing", async () => {
    const { result, attempts } = await call({ fail: { as: "error", code: 400000 } });
    expect(result).toEqual({
      ok: false,
      failure: expect.objectContaining({ code: "translator_refused" }),
      billed: 0,
      health: "good",
    });
    expect(result).not.toHaveProperty("failure.retryAfterSeconds");
    expect(attempts).toEqual([0]);
  });

  test("by a redirect is not followed, for the key would go along", async () => {
    const redirect = async () => new Response(null, { status: 302, headers: { Location: "https://else.test/" } });
    const { result, attempts } = await call({}, ACCOUNT, redirect);
    expect(result).toMatchObject({ ok: false, failure: UNAVAILABLE, billed: 0 });
    expect(attempts).toEqual([0]);
  });

  test("never becomes a 401 or 403 of ours", async () => {
    for (const code of [401000, 401001, 403000, 403001] as const) {
      const { result } = await call({ fail: { as: "error", code } });
      expect(result.ok ? 200 : PROBLEMS[result.failure.code].status).toBe(503);
    }
  });
});
