/** What a JSON body may be: its encoding, the position of its first fault, and the keys and strings that are traps. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { APP_GRANT } from "../../src/auth/token-request.ts";
import { parseJson, readJson } from "../../src/body.ts";
import { newApp, startWorker } from "../worker.ts";

const worker = startWorker();
const { access_token: TOKEN } = await worker.signIn();

const translate = (body: BodyInit, type = "application/json") =>
  worker.request("/v1/translate", {
    method: "POST",
    headers: { "Content-Type": type, Authorization: `Bearer ${TOKEN}` },
    body,
  });
const problemOf = async (body: BodyInit, type?: string) => {
  const response = await translate(body, type);
  return response.json<{ code: string; status: number; detail: string; errors?: unknown }>();
};
const SAME = '{"text":"駅","from":"ja","to":"ja"}';

describe("the content type", () => {
  test.each(["application/json", "application/json; charset=utf-8", "Application/JSON", "application/json ;x=y"])(
    "%s is taken",
    async (type) => {
      expect((await translate(SAME, type)).status).toBe(200);
    },
  );

  test.each([
    "text/plain",
    "application/jsonp",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
  ])("%s is 415, naming what is taken", async (type) => {
    const problem = await problemOf(SAME, type);
    expect(problem).toMatchObject({ code: "unsupported_media_type", status: 415 });
    expect(problem.detail).toContain("application/json");
  });
});

describe.each(["whose length is declared", "that comes in chunks"])("the encoding of a body %s", (how) => {
  const declares = how === "whose length is declared";
  const read = (bytes: Uint8Array) =>
    readJson(
      new Request("http://localhost", {
        method: "POST",
        headers: { "Content-Type": "application/json", ...(declares ? { "Content-Length": `${bytes.length}` } : {}) },
        body: new Uint8Array(bytes),
      }),
      1000,
    );
  const encode = (text: string) => new TextEncoder().encode(text);

  test.each(["bread", "駅 😀", "\ufffd", "\ufffd 駅 \ufffd😀", ""])(
    "is UTF-8, with or without a byte order mark: %j",
    async (text) => {
      for (const mark of ["", "\ufeff"])
        expect(await read(encode(`${mark}${JSON.stringify(text)}`))).toEqual({ ok: true, value: text });
    },
  );

  test.each([
    ["Latin-1", new Uint8Array([...encode('{"text":"'), 0xe9, 0x22, 0x7d])],
    ["UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00])],
    ["half a character", encode('"駅').slice(0, 3)],
    ["half an emoji beside one that was lost before", new Uint8Array([...encode('"\ufffd'), 0xf0, 0x9f, 0x22])],
    ["an emoji without its last byte", new Uint8Array([0x22, 0xf0, 0x9f, 0x98, 0x22])],
    ["a surrogate as bytes", new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ["an overlong form", new Uint8Array([0x22, 0xc0, 0xaf, 0x22])],
    ["a fault behind a byte order mark", new Uint8Array([...encode("\ufeff"), 0x22, 0xff, 0x22])],
  ])("%s is refused, never guessed at", async (_, bytes) => {
    expect(await read(bytes)).toMatchObject({
      ok: false,
      failure: { code: "invalid_json", detail: "The body is not encoded as UTF-8." },
    });
  });
});

describe("the first fault", () => {
  test.each([
    ['{"text": bread}', 9],
    ['{"text": "bread",}', 17],
    ['{"text": "bread" "to": "es"}', 17],
    ['{"text": "bread"', 16],
    ["[1, 2", 5],
    ["{'text': 1}", 1],
    ['{"a": 01}', 7],
    ["{} {}", 3],
    ['{"a": 1} // done', 9],
    ["nul", 3],
    ['["駅", x]', 6],
  ])("of %s is at position %i", async (text, position) => {
    expect((await problemOf(text)).detail).toBe(`The body is not JSON: the first fault is at position ${position}.`);
  });

  test.each(["", " ", "\n\t"])("of %j is that it is empty", async (text) => {
    expect(await problemOf(text)).toMatchObject({ code: "invalid_json", detail: "The body is not JSON: it is empty." });
  });

  test("is within the body, and the body is never quoted, whatever is sent", () => {
    const broken = fc
      .tuple(fc.json({ maxDepth: 3 }), fc.nat(), fc.string({ maxLength: 3 }))
      .map(([text, at, put]) => text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + 1));
    fc.assert(
      fc.property(broken, (text) => {
        const result = parseJson(text);
        if (result.ok) {
          expect(result.value).toEqual(JSON.parse(text));
          return;
        }
        expect(() => JSON.parse(text)).toThrow();
        const { detail } = result.failure;
        expect(detail).toMatch(/^The body is not JSON: (it is empty|the first fault is at position \d+)\.$/);
        expect(Number(/\d+/.exec(detail)?.[0] ?? 0)).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 500 },
    );
  });
});

describe("nesting as deep as the limit of bytes allows", () => {
  test.each(["[", '{"a":'])("of %s that is never closed is 400, not a fault of ours", async (open) => {
    const problem = await problemOf(open.repeat(120_000 / open.length));
    expect(problem).toMatchObject({
      code: "invalid_json",
      status: 400,
      detail: "The body is not JSON: the first fault is at position 120000.",
    });
  });

  test("that is closed is 400 too", async () => {
    expect(await problemOf("[".repeat(60_000) + "]".repeat(60_000))).toMatchObject({ code: "invalid_request" });
    expect(await problemOf(`{"text":${"[".repeat(60_000)}"\\ud800"${"]".repeat(60_000)}}`)).toMatchObject({
      status: 400,
    });
  });
});

describe("keys that are traps", () => {
  test.each(["__proto__", "constructor", "prototype", "toString"])("%s sets nothing", async (key) => {
    const problem = await problemOf(`{"${key}":{"text":"bread","from":"en"},"to":"es"}`);
    expect(problem).toMatchObject({ code: "invalid_request" });
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect((await translate(`{"${key}":{"polluted":true},${SAME.slice(1)}`)).status).toBe(200);
    expect("polluted" in {}).toBe(false);
  });

  test("in a form are parameters like any other", async () => {
    const traps = { ["__proto__"]: "x", toString: "y" };
    const response = await worker.form("/oauth/token", { grant_type: APP_GRANT, ...newApp(), ...traps });
    expect(response.status).toBe(200);
    const twice = await worker.request("/oauth/token", {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: "__proto__=1&__proto__=2",
    });
    expect(await twice.text()).toContain("__proto__: is repeated");
  });

  test("that come twice: the last one counts", async () => {
    const response = await translate('{"text":"a","text":"駅","from":"ja","to":"ja"}');
    expect(await response.json()).toMatchObject({ translations: [{ text: "駅" }] });
  });
});

describe("half of a surrogate pair", () => {
  test.each([
    ['{"text":"\\ud83d","to":"es"}', "text"],
    ['{"texts":["bread","\\udE00 x"],"to":"es"}', "texts.1"],
    ['{"text":"bread","to":"\\uD800"}', "to"],
    ['"\\ud800"', "the top"],
  ])("in %s is invalid_text, with its path", async (body, path) => {
    expect(await problemOf(body)).toMatchObject({
      code: "invalid_text",
      status: 400,
      detail: `Half of a surrogate pair at ${path}.`,
    });
  });

  test("is none where both halves are there, as escapes or not, or where a backslash is meant", async () => {
    for (const text of ["\\ud83d\\ude00", "😀", "\\\\ud83d"]) {
      expect((await translate(`{"text":"${text}","from":"ja","to":"ja"}`)).status).toBe(200);
    }
  });
});
