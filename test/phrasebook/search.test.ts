// Search over pairs that are in memory: what it forgives in each script, what it keeps apart, in which order it answers.
import { describe, expect, test } from "vitest";
import type { ConceptPair } from "../../src/phrasebook/concepts.ts";
import { type Filter, indexPairs, search } from "../../src/phrasebook/search.ts";
import { searchFold } from "../../src/phrasebook/search-fold.ts";

describe("typed in a hurry, it is found all the same", () => {
  test.each([
    ["en", "case", "Train Station", "train station"],
    ["fr", "French accents", "café crème", "cafe creme"],
    ["fr", "a French ligature", "Œuf", "oeuf"],
    ["es", "Spanish accents", "¿Dónde está?", "donde esta"],
    ["pt", "a cedilla and a tilde", "Informação", "informacao"],
    ["ro", "Romanian letters", "mâncare și băutură", "mancare si bautura"],
    ["pl", "Polish letters", "łóżko", "lozko"],
    ["tr", "both letters i", "IŞIK", "isik"],
    ["tr", "the dotted capital", "İSTASYON", "istasyon"],
    ["vi", "Vietnamese letters and tones", "đường phố", "duong pho"],
    ["yo", "marks that no letter composes with", "bọ́ọ̀sì", "boosi"],
    ["el", "the tonos", "Πόσο κάνει", "ποσο κανει"],
    ["el", "a sigma that may not be the last", "καφές", "καφεσ"],
    ["ru", "ё", "самолёт", "самолет"],
    ["he", "niqqud", "לֶחֶם", "לחם"],
    ["ar", "harakat", "خُبْز", "خبز"],
    ["ar", "the hamza on alif", "أين", "اين"],
    ["ar", "ta marbuta written as ha", "قهوة", "قهوه"],
    ["ar", "a stretched word", "خـبـز", "خبز"],
    ["de", "an umlaut spelled out", "Käse", "kaese"],
    ["de", "ß", "Straße", "strasse"],
    ["nb", "å and ø spelled out", "Få øl", "faa oel"],
    ["ja", "katakana as hiragana", "パン", "ぱん"],
    ["ja", "narrow kana", "ﾊﾟｽﾎﾟｰﾄ", "ぱすぽーと"],
    ["ja", "wide Latin", "Ｗｉ-Ｆｉ", "wi-fi"],
    ["ko", "decomposed Hangul", "커피".normalize("NFD"), "커피"],
    ["zh-Hans", "wide marks at the end", "面包！？", "面包"],
  ])("%s: %s", (language, _what, text, typed) => {
    expect(searchFold(text, language)).toBe(searchFold(typed, language));
  });
});

describe("what is another letter stays one", () => {
  test.each([
    ["es", "ñ", "año", "ano"],
    ["sv", "ö", "höger", "hoger"],
    ["fi", "ä", "väli", "vali"],
    ["de", "ä is ae, not a", "Käse", "kase"],
    ["ru", "й", "мой", "мои"],
    ["uk", "ї", "їжа", "іжа"],
    ["ja", "voicing", "か", "が"],
    ["ja", "small kana", "ゃ", "や"],
    ["th", "a tone mark", "เข้า", "เขา"],
    ["hi", "a vowel sign", "की", "क"],
    ["ko", "a final consonant", "가", "각"],
  ])("%s: %s", (language, _what, one, other) => {
    expect(searchFold(one, language)).not.toBe(searchFold(other, language));
  });
});

describe("the folding", () => {
  test("done twice is the folding done once", () => {
    for (const [language, text] of [
      ["de", "ÄÖÜß"],
      ["tr", "Iİıi"],
      ["ja", "ヴヷー"],
      ["ar", "أإآٱىة"],
      ["el", "ΚΑΦΈΣ"],
    ] as const) {
      const once = searchFold(text, language);
      expect(searchFold(once, language)).toBe(once);
    }
  });
});

const hand = (text: string) => ({ text, origin: "hand" as const });
const word = (id: string, category: string, en: string, to: ConceptPair["to"]): ConceptPair => ({
  id,
  category,
  kind: "word",
  from: hand(en),
  to,
});

const japanese = indexPairs(
  [
    word("steak", "food", "steak", hand("ステーキ")),
    word("green-tea", "drink", "green tea", { ...hand("緑茶"), pronunciation: "ryokucha", kana: "りょくちゃ" }),
    word("tea", "drink", "tea", { ...hand("お茶"), pronunciation: "ocha", kana: "おちゃ" }),
    word("teapot", "things", "teapot", hand("ティーポット")),
    word("water", "drink", "water", { ...hand("水"), pronunciation: "mizu", kana: "みず" }),
  ],
  "en",
  "ja",
);
const chinese = indexPairs(
  [word("bread", "food", "bread", { ...hand("面包"), pronunciation: "miàn bāo" })],
  "en",
  "zh-Hans",
);
const idsOf = (filter: Filter, index = japanese) => search(index, filter).map(({ id }) => id);

describe("a search", () => {
  test("shows the whole text first, then beginnings of words, then the rest, each in display order", () => {
    expect(idsOf({ q: "tea" })).toEqual(["tea", "green-tea", "teapot", "steak"]);
  });

  test("is made in either language", () => {
    expect(idsOf({ q: "茶" })).toEqual(["green-tea", "tea"]);
    expect(idsOf({ q: "すてーき" })).toEqual(["steak"]);
  });

  test("is made in kana and in Latin letters, where there are reading aids", () => {
    expect(idsOf({ q: "みず" })).toEqual(["water"]);
    expect(idsOf({ q: "ミズ" })).toEqual(["water"]);
    expect(idsOf({ q: "mizu" })).toEqual(["water"]);
    expect(idsOf({ q: "mianbao" }, chinese)).toEqual(["bread"]);
    expect(idsOf({ q: "mian bao" }, chinese)).toEqual(["bread"]);
  });

  test("wants every word of it, in any order, in one language", () => {
    expect(idsOf({ q: "tea green" })).toEqual(["green-tea"]);
    expect(idsOf({ q: "green 茶" })).toEqual([]);
  });

  test("stays in the category", () => {
    expect(idsOf({ q: "tea", category: "drink" })).toEqual(["tea", "green-tea"]);
    expect(idsOf({ category: "drink" })).toEqual(["green-tea", "tea", "water"]);
    expect(idsOf({ category: "nothing" })).toEqual([]);
    expect(idsOf({ category: "" })).toHaveLength(5);
  });

  test("for nothing but marks is no search", () => {
    expect(idsOf({ q: " ?! " })).toHaveLength(5);
    expect(idsOf({ q: "" })).toHaveLength(5);
    expect(idsOf({})).toEqual(["steak", "green-tea", "tea", "teapot", "water"]);
  });

  test("for what there is not finds nothing", () => {
    expect(idsOf({ q: "xylophone" })).toEqual([]);
  });
});
