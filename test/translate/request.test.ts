/** What `POST /v1/translate` takes and refuses: every fault named at once, and no text given back. */
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { TRANSLATE_BODY_BYTES } from "../../src/bounds.ts";
import { emulated } from "../provider/emulated.ts";
import { read, traveller } from "./traveller.ts";

const azure = emulated("translate-request");
let app: Awaited<ReturnType<typeof traveller>>;

beforeAll(async () => {
  app = await traveller({
    env: { ...azure.env, DAILY_CHARACTERS_PER_ACCOUNT: 1_000_000, DAILY_CHARACTERS_TOTAL: 1_000_000 },
  });
});
beforeEach(() => azure.tell({ reset: true }));

const EMPTY = "must not be empty";
const TAG = "must be a language tag, like es or zh-Hans";
const TAGS = "must be a language tag or an array of at most 10";
const LONG = "must have at most 10000 characters in all";
const UNITS = "must be at most 100 units: texts times targets";
const EITHER = "must hold either text or texts";
const many = (count: number, text = "a") => Array.from({ length: count }, () => text);

describe("a body is refused", () => {
  test.each<[name: string, body: unknown, errors: Record<string, string>]>([
    ["that is null", null, { "": "must be an object" }],
    ["that is a string", "text", { "": "must be an object" }],
    ["that is empty", {}, { "": EITHER, to: "is missing" }],
    ["without a text", { to: "es" }, { "": EITHER }],
    ["with both text and texts", { text: "a", texts: ["b"], to: "es" }, { "": EITHER }],
    ["without a target", { text: "a" }, { to: "is missing" }],
    ["with an empty text", { text: "", to: "es" }, { text: EMPTY }],
    ["with a text of white space", { text: " \n\u00a0\ufeff", to: "es" }, { text: EMPTY }],
    ["with an empty one of many", { texts: ["a", "", "b", " "], to: "es" }, { "texts.1": EMPTY, "texts.3": EMPTY }],
    ["with no texts and no targets", { texts: [], to: [] }, { texts: "must hold a text", to: "must hold a language" }],
    ["with texts that are no array", { texts: "a", to: "es" }, { texts: "must be an array of texts" }],
    ["with 101 texts", { texts: many(101), to: "es" }, { texts: "must hold at most 100 texts", to: UNITS }],
    ["with 102 units", { texts: many(51), to: ["es", "ja"] }, { to: UNITS }],
    ["with 11 targets", { text: "a", to: many(11, "es") }, { to: "must hold at most 10 languages" }],
    ["with 10,001 characters", { text: "a".repeat(10_001), to: "es" }, { text: LONG }],
    ["with 10,001 characters in all", { texts: ["a".repeat(5001), "b".repeat(5000)], to: "es" }, { texts: LONG }],
    ["with tags that are none", { text: "a", to: ["es", "!", "e"], from: "" }, { "to.1": TAG, "to.2": TAG, from: TAG }],
    [
      "with wrong types throughout",
      { text: 5, to: {}, from: 5, textType: "markdown", pronunciation: "yes" },
      {
        text: "must be a string",
        to: TAGS,
        from: "must be a string",
        textType: "must be plain or html",
        pronunciation: "must be true or false",
      },
    ],
    [
      "with nulls",
      { text: null, to: null, from: null, textType: null, pronunciation: null },
      {
        text: "must be a string",
        to: TAGS,
        from: "must be a string",
        textType: "must be plain or html",
        pronunciation: "must be true or false",
      },
    ],
    [
      "with faults of every kind",
      { text: "a", texts: ["b"], to: many(11, "es"), from: 5 },
      { "": EITHER, from: "must be a string", to: "must hold at most 10 languages" },
    ],
  ])("%s, and each fault has its path", async (_, body, errors) => {
    const problem = await app.refused(body);
    expect(problem).toMatchObject({ status: 400, code: "invalid_request" });
    const byPath = (faults: [string, string][]) => faults.sort(([a], [b]) => a.localeCompare(b));
    expect(byPath((problem.errors ?? []).map(({ path, message }) => [path, message]))).toEqual(
      byPath(Object.entries(errors)),
    );
    expect((await azure.status()).counters.calls).toBe(0);
  });

  test("with a language that is not supported, and each is named by its path", async () => {
    const problem = await app.refused({ text: "a", from: "xx", to: ["es", "xx-Latn", "qqq"] });
    expect(problem).toMatchObject({ status: 400, code: "unsupported_language" });
    expect(problem.errors).toEqual(
      ["from", "to.1", "to.2"].map((path) => ({ path, message: "is not a supported language" })),
    );
    expect((await app.refused({ text: "a", to: "xx" })).errors?.[0]?.path).toBe("to");
  });

  test("with half of a surrogate pair: 400 invalid_text, at its place", async () => {
    const problem = await app.refused({ texts: ["whole 🏖", "half \ud83c"], to: "es" });
    expect(problem).toMatchObject({ status: 400, code: "invalid_text" });
    expect(problem.detail).toContain("texts.1");
  });

  test("of more than 128 KiB: 413; of 128 KiB it is read", async () => {
    const filled = (bytes: number) => {
      const body = { text: "a", to: "es", padding: "" };
      return { ...body, padding: "x".repeat(bytes - JSON.stringify(body).length) };
    };
    expect(await app.refused(filled(TRANSLATE_BODY_BYTES + 1))).toMatchObject({
      status: 413,
      code: "payload_too_large",
    });
    expect(read(await app.translate(filled(TRANSLATE_BODY_BYTES)))).toEqual(["azure: [es] a"]);
  });

  test("and none of its content comes back in the problem", async () => {
    for (const body of [
      { text: ["geheim"], to: "geheim!", from: "geheim?", textType: "geheim", pronunciation: "geheim" },
      { texts: ["geheim", 5], to: ["geheim"], geheim: true },
      { text: "geheim", to: "geheim", from: "geheim" },
      { text: "geheim\ud83c", to: "es" },
    ]) {
      const response = await app.ask(body);
      expect(response.status).toBe(400);
      expect(await response.text()).not.toContain("geheim");
    }
  });
});

describe("a body is taken", () => {
  test("with 100 texts, with 10 targets, with 10,000 characters", async () => {
    expect(read(await app.translate({ texts: many(100, "hundred"), to: "es" }))).toHaveLength(100);
    expect(
      read(await app.translate({ text: "ten ways", to: "ar cs de el fr it ko nl pl sv".split(" ") })),
    ).toHaveLength(10);
    expect(read(await app.translate({ text: "b".repeat(10_000), to: "es" }))).toEqual([
      `azure: [es] ${"b".repeat(10_000)}`,
    ]);
    expect(read(await app.translate({ texts: many(2, "c".repeat(5000)), to: "es" }))).toHaveLength(2);
  });

  test("with 10,000 characters into 10 targets, which the provider gets in two calls", async () => {
    const text = "d".repeat(10_000);
    const to = "ar cs de el fr it ko nl pl sv".split(" ");
    expect(read(await app.translate({ text, to }))).toEqual(to.map((code) => `azure: [${code}] ${text}`));
    expect((await azure.status()).calls.map(({ characters }) => characters)).toEqual([50_000, 50_000]);
  });

  test.each([
    ["a NUL", "a\0b"],
    ["a control character", "tab\tand bell\u0007"],
    ["emoji with modifiers", "👩‍👩‍👧‍👦 👍🏽"],
    ["right-to-left text with marks", "\u202bאיפה התחנה\u202c?"],
    ["combining marks that do not compose", "x\u0303\u0323"],
    ["line breaks", "one\r\ntwo\u2028three"],
    ["JSON's own marks", '"}],"Text":\\'],
    ["a prototype's name", "__proto__"],
  ])("with %s, which comes back as it was", async (_, text) => {
    const answer = await app.translate({ text, from: "en", to: "es" });
    expect(answer.translations[0]?.text).toBe(text);
    expect(read(answer)).toEqual([`azure: [es] ${text.normalize("NFC")}`]);
  });

  test("with html, whose markup is left to the provider", async () => {
    const text = "<p>good <b>morning</b></p>";
    expect(read(await app.translate({ text, to: "es", textType: "html" }))).toEqual([
      "azure: <p>[es] good <b>morning</b></p>",
    ]);
    expect((await azure.status()).calls[0]?.textType).toBe("html");
  });

  test("with fields that nobody knows", async () => {
    expect(read(await app.translate({ text: "curious", to: "es", glossary: 1 }))).toEqual(["azure: [es] curious"]);
  });
});

describe("Server-Timing", () => {
  test("tells the tiers, and how long storage and the provider took", async () => {
    const timing = async (body: unknown) => (await app.ask(body)).headers.get("Server-Timing")?.split(", ") ?? [];
    const body = { texts: ["timed one", "timed two", "same"], from: "en", to: ["es", "en"] };
    const names = (entries: string[]) => entries.map((entry) => entry.replace(/dur=\d+/, "dur"));
    expect(names(await timing(body))).toEqual([
      ...["total;dur", "kv;dur", "d1;dur", "azure;dur"],
      ...['tier-azure;desc="3 units"', 'tier-same;desc="3 units"'],
    ]);
    expect(names(await timing({ text: "timed one", from: "en", to: "es" }))).toEqual([
      "total;dur",
      'tier-memory;desc="1 unit"',
    ]);
  });
});
