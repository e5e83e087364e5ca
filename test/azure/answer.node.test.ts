/** What the emulator answers when nothing is wrong: order, detection, options, what it says the call cost. */

import { describe, expect, it } from "vitest";
import { detectLanguage } from "./detection.ts";
import { createAzureEmulator } from "./emulator.ts";
import { pseudoTranslate } from "./pseudo-translation.ts";
import { sampleRequest } from "./sample-request.ts";

async function translate(query: string, ...texts: string[]) {
  const body = texts.map((Text) => ({ Text }));
  const response = await createAzureEmulator().fetch(sampleRequest({ query: `api-version=3.0&${query}`, body }));
  return { headers: response.headers, body: await response.json() };
}

describe("translations", () => {
  it("answers one result per text, in order, and the targets in order", async () => {
    const { body } = await translate("from=en&to=ja&to=es,de", "bread", "coffee");
    expect(body).toEqual(
      ["bread", "coffee"].map((text) => ({
        translations: ["ja", "es", "de"].map((to) => ({ text: pseudoTranslate(text, to), to })),
      })),
    );
  });

  it("names a target in the provider's spelling", async () => {
    const { body } = await translate("from=en&to=ZH-hans", "bread");
    expect(body).toEqual([{ translations: [{ text: "[zh-Hans] bread", to: "zh-Hans" }] }]);
  });

  it("detects the language only where none is given", async () => {
    const { body } = await translate("to=es", "where is the station", "駅はどこですか");
    expect(body).toMatchObject([
      { detectedLanguage: { language: "en", score: 0.9 } },
      { detectedLanguage: { language: "ja", score: 1 } },
    ]);
  });

  it("detects the visible text of html", async () => {
    const { body } = await translate("to=es&textType=html", '<p title="駅">der Zug ist da</p>');
    expect(body).toMatchObject([{ detectedLanguage: { language: "de" } }]);
  });

  it("assumes suggestedFrom where nothing gives the language away", async () => {
    const { body } = await translate("to=es&suggestedFrom=sv", "zzz");
    expect(body).toMatchObject([{ detectedLanguage: { language: "sv", score: 0.3 } }]);
  });

  it("transliterates what is written in another script, and nothing else", async () => {
    const { body } = await translate("from=en&to=ja&to=es&toScript=Latn&toScript=Latn", "bread");
    expect(body).toEqual([
      {
        translations: [
          { text: "[ja] bread", transliteration: { script: "Latn", text: "[Latn] [ja] bread" }, to: "ja" },
          { text: "[es] bread", to: "es" },
        ],
      },
    ]);
  });

  it("gives the source in its own script where it came in another", async () => {
    const { body } = await translate("from=ar&fromScript=Latn&to=en", "marhaban");
    expect(body).toMatchObject([{ sourceText: { text: "[Arab] marhaban" } }]);
  });

  it("adds alignment and sentence lengths on demand", async () => {
    const { body } = await translate("from=en&to=es&includeAlignment=true&includeSentenceLength=true", "bread");
    expect(body).toMatchObject([
      { translations: [{ alignment: { proj: "0:4-5:9" }, sentLen: { srcSentLen: [5], transSentLen: [10] } }] },
    ]);
  });
});

describe("headers", () => {
  it("says what the call cost: characters times targets", async () => {
    const { headers } = await translate("from=en&to=ja&to=es", "bread", "tea");
    expect(headers.get("X-Metered-Usage")).toBe("16");
    expect(headers.get("X-MT-System")).toBe("Team,Team");
    expect(headers.get("X-RequestId")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("counts code points where it is told to", async () => {
    const emulator = createAzureEmulator({ meter: "codePoints" });
    const response = await emulator.fetch(sampleRequest({ body: [{ Text: "🍞🍞" }] }));
    expect(response.headers.get("X-Metered-Usage")).toBe("2");
    expect(emulator.status("sample.azure.test").counters).toMatchObject({ characters: 4, meteredCharacters: 2 });
  });
});

describe("pseudo-translation", () => {
  it.each([
    ["plain", "good morning", "[es] good morning"],
    ["plain", "<b>bold</b>", "[es] <b>bold</b>"],
    ["plain", "", "[es] "],
    ["html", "<b>bold</b> and not", "<b>[es] bold</b> and not"],
    ["html", "text <b>bold</b>", "[es] text <b>bold</b>"],
    ["html", '<a title="a>b"> <i>x</i></a>', '<a title="a>b"> <i>[es] x</i></a>'],
    ["html", "<!-- a > b --><p>yes</p>", "<!-- a > b --><p>[es] yes</p>"],
    ["html", "<br>", "[es] <br>"],
    ["html", "1 < 2", "[es] 1 < 2"],
  ] as const)("of %s %j is %j", (textType, text, expected) => {
    expect(pseudoTranslate(text, "es", textType)).toBe(expected);
  });
});

describe("detection", () => {
  it.each([
    ["buenos días, ¿dónde está el baño?", "es"],
    ["je voudrais une table", "fr"],
    ["wo ist der Bahnhof", "de"],
    ["東京駅", "zh-Hans"],
    ["請問洗手間在哪裡", "zh-Hant"],
    ["안녕하세요", "ko"],
    ["สวัสดี", "th"],
    ["добрый день", "ru"],
    ["дякую, її", "uk"],
    ["صباح الخير", "ar"],
  ])("of %j is %s", (text, language) => {
    expect(detectLanguage(text).language).toBe(language);
  });
});
