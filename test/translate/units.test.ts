/** What is one unit and what are two: texts, options and languages in their canonical form. */
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { emulated } from "../provider/emulated.ts";
import { plantPhrasebook, read, traveller } from "./traveller.ts";

const azure = emulated("translate-units");

beforeAll(plantPhrasebook);
beforeEach(() => azure.tell({ reset: true }));

/** Where the second of two requests is answered from, after the first was. */
async function second(first: object, then: object): Promise<string | undefined> {
  const { translate } = await traveller({ env: azure.env });
  await translate(first);
  return read(await translate(then))[0];
}

describe("a text is the same unit", () => {
  test("in composed and decomposed form, and is sent composed", async () => {
    expect(await second({ text: "cafe\u0301 solo", to: "es" }, { text: "caf\u00e9 solo", to: "es" })).toBe(
      "memory: [es] caf\u00e9 solo",
    );
    expect((await azure.status()).calls.map(({ texts }) => texts)).toEqual([["caf\u00e9 solo"]]);
  });

  test("with white space around it, which is not sent or paid, and is in the answer's `text` as it was asked", async () => {
    const { translate } = await traveller({ env: azure.env });
    const answer = await translate({ texts: ["\u00a0 good day \n", "good day"], to: "es" });
    expect(answer.translations.map(({ text }) => text)).toEqual(["\u00a0 good day \n", "good day"]);
    expect(read(answer)).toEqual(["azure: [es] good day", "azure: [es] good day"]);
    expect(answer.usage.charactersBilled).toBe("good day".length);
  });
});

describe("it is another unit", () => {
  test.each([
    ["in another case", { text: "Polish" }, { text: "polish" }],
    ["with other spaces inside", { text: "ice cream" }, { text: "ice  cream" }],
    ["in a compatibility form", { text: "①" }, { text: "1" }],
    ["as html", { text: "tea" }, { text: "tea", textType: "html" }],
    ["with `from` instead of auto", { text: "gift" }, { text: "gift", from: "en" }],
    ["with another `from`", { text: "mist", from: "de" }, { text: "mist", from: "en" }],
    ["with a pronunciation", { text: "tea", to: "ja" }, { text: "tea", to: "ja", pronunciation: true }],
  ])("%s", async (_, one, other) => {
    expect(await second({ to: "es", ...one }, { to: "es", ...other })).toMatch(/^azure: /);
    expect((await azure.status()).counters.calls).toBe(2);
  });

  test("but `plain`, which is the default, and a pronunciation that the target cannot have change nothing", async () => {
    expect(await second({ text: "tea", to: "es" }, { text: "tea", to: "es", textType: "plain" })).toMatch(/^memory: /);
    expect(await second({ text: "tea", to: "es" }, { text: "tea", to: "es", pronunciation: true })).toMatch(
      /^memory: /,
    );
  });
});

describe("a language tag", () => {
  test.each([
    ["zh-CN", "zh-Hans"],
    ["zh-TW", "zh-Hant"],
    ["zh-Hant-HK", "zh-Hant"],
    ["zh", "zh-Hans"],
    ["no", "nb"],
    ["nn-NO", "nb"],
    ["es-MX", "es"],
    ["es-419", "es"],
    ["pt-BR", "pt"],
    ["pt-pt", "pt-PT"],
    ["fr-CA", "fr-CA"],
    ["fr-CH", "fr"],
    ["EN-us", "en"],
    ["sr_latn", "sr-Latn"],
    ["sr_RS", "sr-Cyrl"],
    ["iw", "he"],
  ])("%s is %s, in the answer and to the provider", async (tag, code) => {
    const { translate } = await traveller({ env: azure.env });
    const answer = await translate({ text: `fold ${tag}`, from: "ta", to: tag });
    expect(answer.translations[0]?.results[0]?.to).toBe(code);
    expect((await azure.status()).calls[0]?.to).toEqual([code]);
  });

  test("is folded in `from` too", async () => {
    expect(
      await second({ text: "fold me", from: "zh_cn", to: "es" }, { text: "fold me", from: "zh-Hans", to: "es-AR" }),
    ).toBe("memory: [es] fold me");
    expect((await azure.status()).calls[0]?.from).toBe("zh-Hans");
  });

  test("of the phrasebook is folded", async () => {
    const { translate } = await traveller({ env: azure.env });
    expect(read(await translate({ text: "bread", from: "EN_gb", to: "es-MX" }))).toEqual(["phrasebook: pan"]);
  });
});

describe("what was detected", () => {
  test("is told on auto, from Azure, memory and KV alike, and never with `from`", async () => {
    const first = await traveller({ env: azure.env });
    const body = { texts: ["дякую за їжу", "おはよう"], to: ["es", "fr"] };
    const detected = [
      { language: "uk", score: 1 },
      { language: "ja", score: 1 },
    ];
    const sources: (string | undefined)[] = [];
    const ask = async (one: typeof first) => {
      const { translations } = await one.translate(body);
      expect(translations.map(({ detectedLanguage }) => detectedLanguage)).toEqual(detected);
      sources.push(translations[0]?.results[0]?.source);
    };
    await ask(first);
    await ask(first);
    await first.worker.settled();
    await ask(await traveller({ env: azure.env }, first.tokens));
    expect(sources).toEqual(["azure", "memory", "kv"]);
    const known = await first.translate({ text: "дякую за їжу", from: "uk", to: "es" });
    expect(known.translations[0]).not.toHaveProperty("detectedLanguage");
  });
});

describe("a pronunciation", () => {
  test("comes beside the translation where the target has one, from every tier, with a call for each target", async () => {
    const first = await traveller({ env: azure.env });
    const body = { text: "good night", from: "en", to: ["ja", "es", "ru"], pronunciation: true };
    const results = (source: string) => [
      { to: "ja", text: "[ja] good night", pronunciation: "[Latn] [ja] good night", source },
      { to: "es", text: "[es] good night", source },
      { to: "ru", text: "[ru] good night", pronunciation: "[Latn] [ru] good night", source },
    ];
    expect((await first.translate(body)).translations[0]?.results).toEqual(results("azure"));
    expect((await first.translate(body)).translations[0]?.results).toEqual(results("memory"));
    await first.worker.settled();
    const other = await traveller({ env: azure.env }, first.tokens);
    expect((await other.translate(body)).translations[0]?.results).toEqual(results("kv"));
    const asked = (await azure.status()).calls.map(({ to, toScripts }) => [to, toScripts]);
    expect(asked).toHaveLength(3);
    expect(asked).toEqual(
      expect.arrayContaining([
        [["ja"], ["Latn"]],
        [["ru"], ["Latn"]],
        [["es"], []],
      ]),
    );
  });
});
