/** What is sent to the provider, and which answers are taken for answers to it. */
import { describe, expect, test } from "vitest";
import { PROVIDER_ANSWER_BYTES } from "../../src/bounds.ts";
import { errorCodeOf, type ProviderCall, readAnswer, readBody, requestOf } from "../../src/provider/wire.ts";

const TRACE = "7b0ad1c6-5b5c-4e3a-9c36-2f8f5ef6a7a1";
const call: ProviderCall = {
  texts: ["a", "b"],
  from: "en",
  targets: ["es", "ja"],
  textType: "plain",
  toScript: undefined,
};

describe("the request", () => {
  const account = { endpoint: "https://api.test", region: undefined, key: "the-key" };

  test("repeats `to`, and leaves out what is the default", () => {
    const { url, init } = requestOf(account, call, TRACE);
    expect(url).toBe("https://api.test/translate?api-version=3.0&from=en&to=es&to=ja");
    expect(init).toMatchObject({ method: "POST", redirect: "manual", body: '[{"Text":"a"},{"Text":"b"}]' });
    expect(init.headers).toEqual({
      "Content-Type": "application/json; charset=UTF-8",
      "Ocp-Apim-Subscription-Key": "the-key",
      "X-ClientTraceId": TRACE,
    });
  });

  test("names text type, script and region where there is one", () => {
    const asked = { ...call, from: undefined, targets: ["ja"], textType: "html", toScript: "Latn" } as const;
    const { url, init } = requestOf({ ...account, region: "westeurope" }, asked, TRACE);
    expect(url).toBe("https://api.test/translate?api-version=3.0&to=ja&textType=html&toScript=Latn");
    expect(init.headers).toMatchObject({ "Ocp-Apim-Subscription-Region": "westeurope" });
  });
});

describe("an answer", () => {
  const both = (text: string) => ({ translations: ["es", "ja"].map((to) => ({ to, text: `[${to}] ${text}` })) });
  const answered = (json: unknown, asked = call) => readAnswer(asked, JSON.stringify(json));

  test("is read by text and target", () => {
    const texts = answered([both("a"), both("b")])?.map((row) => row.map(({ text }) => text));
    expect(texts).toEqual([
      ["[es] a", "[ja] a"],
      ["[es] b", "[ja] b"],
    ]);
  });

  test("may spell a target's case its own way", () => {
    const one = { ...call, texts: ["a"], targets: ["zh-Hans"] };
    expect(answered([{ translations: [{ to: "zh-hans", text: "x" }] }], one)).toHaveLength(1);
  });

  test("tells the detected language on auto only", () => {
    const json = [{ detectedLanguage: { language: "de", score: 0.5 }, translations: [{ to: "es", text: "x" }] }];
    const one = { ...call, texts: ["a"], targets: ["es"] };
    expect(answered(json, { ...one, from: undefined })?.[0]?.[0]?.detected).toEqual({ language: "de", score: 0.5 });
    expect(answered(json, one)?.[0]?.[0]?.detected).toBeUndefined();
  });

  test.each([
    ["too few texts", [both("a")]],
    ["too many texts", [both("a"), both("b"), both("b")]],
    ["too few targets", [both("a"), { translations: both("b").translations.slice(0, 1) }]],
    ["too many targets", [both("a"), { translations: [...both("b").translations, { to: "de", text: "" }] }]],
    ["targets in another order", [both("a"), { translations: both("b").translations.toReversed() }]],
    [
      "a foreign target",
      [
        both("a"),
        {
          translations: [
            { to: "es", text: "" },
            { to: "de", text: "" },
          ],
        },
      ],
    ],
    [
      "a text that is none",
      [
        both("a"),
        {
          translations: [
            { to: "es", text: 1 },
            { to: "ja", text: "" },
          ],
        },
      ],
    ],
    ["the shape of another dialect", { value: [both("a"), both("b")] }],
    ["nothing", null],
  ])("with %s is none", (_, json) => {
    expect(answered(json)).toBeUndefined();
  });

  test("that is no JSON is none", () => {
    expect(readAnswer(call, "<html>")).toBeUndefined();
  });
});

describe("an error body", () => {
  test.each([
    ['{"error":{"code":401000,"message":"x"}}', 401000],
    ['{"error":{"code":"401000"}}', undefined],
    ['{"error":null}', undefined],
    ["null", undefined],
    ["gateway", undefined],
  ])("%s has the code %s", (body, code) => {
    expect(errorCodeOf(body)).toBe(code);
  });
});

describe("a body", () => {
  const piece = new Uint8Array(PROVIDER_ANSWER_BYTES / 2).fill(0x61);
  const streamed = (...pieces: Uint8Array<ArrayBuffer>[]) => new Response(new Blob(pieces).stream());

  test("is read up to its bound, and not a byte further", async () => {
    expect(await readBody(streamed(piece, piece))).toHaveLength(PROVIDER_ANSWER_BYTES);
    await expect(readBody(streamed(piece, piece, piece.slice(0, 1)))).rejects.toThrow(RangeError);
  });

  test("keeps a character that is parted between two pieces", async () => {
    const bytes = new TextEncoder().encode("駅");
    const parted = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes.slice(0, 1));
        controller.enqueue(bytes.slice(1));
        controller.close();
      },
    });
    expect(await readBody(new Response(parted))).toBe("駅");
  });
});
