// The sentences: which is missing where.
import { describe, expect, test } from "vitest";
import { faultsOf, readPhrases, readSentences } from "../../scripts/phrasebook/phrases.ts";

describe("the sentences of this repository", () => {
  test("are at least 150, each in every language that there are any in", () => {
    const phrases = readPhrases();
    expect(phrases.length).toBeGreaterThanOrEqual(150);
    expect(faultsOf(phrases, readSentences())).toEqual([]);
  });

  test("are in these languages", () => {
    const written = ["en", "es", "fr", "de", "it", "pt", "ja", "ko", "zh-Hans", "th", "tr", "ar"];
    const sentences = readSentences();
    expect(written.filter((language) => !sentences.has(language))).toEqual([]);
  });
});

describe("a fault", () => {
  const phrases = [
    { id: "hello", category: "greetings" },
    { id: "goodbye", category: "greetings" },
  ];

  test.each([
    ["a sentence that is missing", { es: { hello: "Hola." } }, "es: goodbye is missing"],
    [
      "one that is in no list",
      { es: { hello: "Hola.", goodbye: "Adiós.", bye: "Chao." } },
      "es: bye stands in no list",
    ],
    ["an unknown language", { "en-AU": { hello: "Hi.", goodbye: "Bye." } }, "en-AU is no language of the phrasebook"],
  ])("is %s", (_fault, sentences, message) => {
    expect(faultsOf(phrases, new Map(Object.entries<Record<string, string>>(sentences)))).toEqual([message]);
  });
});
