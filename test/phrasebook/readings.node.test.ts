// Reading aids: Hepburn from kana, pinyin, Revised Romanization; none where it would be a guess.
import { describe, expect, test } from "vitest";
import { hepburn, readingOf } from "../../scripts/phrasebook/readings.ts";

const NONE = new Map();

describe("Hepburn", () => {
  test.each([
    ["とうきょう", "tōkyō"],
    ["おおきい", "ōkii"],
    ["くうこう", "kūkō"],
    ["コーヒー", "kōhī"],
    ["ソウル", "souru"],
    ["みず'うみ", "mizuumi"],
    ["きんえん", "kin'en"],
    ["まっちゃ", "matcha"],
    ["しんぶん", "shinbun"],
    ["フェリー", "ferī"],
    ["パーティー", "pātī"],
    ["スパゲッティ", "supagetti"],
    ["ドイツ'ご", "doitsugo"],
    ["これ は えき です か？", "kore wa eki desu ka?"],
    ["えき へ いきます。", "eki e ikimasu."],
    ["みず を ください。", "mizu o kudasai."],
  ])("of %s is %s", (kana, latin) => {
    expect(hepburn(kana)).toBe(latin);
  });
});

describe("Japanese", () => {
  const byHand = new Map([["ja", { 駅: "えき", "駅はどこですか？": "えき は どこ です か？" }]]);

  test("has kana and Hepburn where the kana are written by hand", () => {
    expect(readingOf("ja", "駅", byHand)).toEqual({ pronunciation: "eki", kana: "えき" });
    expect(readingOf("ja", "駅はどこですか？", byHand)).toEqual({
      pronunciation: "eki wa doko desu ka?",
      kana: "えきはどこですか？",
    });
  });

  test("has Hepburn alone where it is in kana already", () => {
    expect(readingOf("ja", "パン", byHand)).toEqual({ pronunciation: "pan" });
  });

  test.each(["病院", "はい", "こんにちは。", "Tシャツ"])("has none where nobody wrote it: %s", (text) => {
    expect(readingOf("ja", text, byHand)).toBeUndefined();
  });
});

describe("Chinese", () => {
  test.each([
    ["银行", "yín háng"],
    ["一百", "yī bǎi"],
    ["谢谢。", "xiè xie."],
    ["东西", "dōng xi"],
    ["SIM卡", "SIM kǎ"],
    ["您好吗？", "nín hǎo ma?"],
  ])("%s is %s", (text, latin) => {
    expect(readingOf("zh-Hans", text, NONE)).toEqual({ pronunciation: latin });
  });
});

describe("Korean", () => {
  test.each([
    ["국립공원", "gungnipgongwon"],
    ["박물관", "bangmulgwan"],
    ["같아요", "gatayo"],
  ])("%s is %s, as it is pronounced", (text, latin) => {
    expect(readingOf("ko", text, NONE)).toEqual({ pronunciation: latin });
  });

  test.each(["독일", "생일", "필요해요", "괜찮습니다", "5월", "ATM"])(
    "has none where the library guesses: %s",
    (text) => {
      expect(readingOf("ko", text, NONE)).toBeUndefined();
    },
  );

  test("has what is written by hand", () => {
    expect(readingOf("ko", "독일", new Map([["ko", { 독일: "dogil" }]]))).toEqual({ pronunciation: "dogil" });
  });
});

test("no other language has a reading", () => {
  for (const language of ["th", "ru", "el", "ar", "zh-Hant", "en"])
    expect(readingOf(language, "станция", NONE)).toBeUndefined();
});
