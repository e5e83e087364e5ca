// The folding for the exact match: what it forgives, what it keeps apart.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fold, foldExceptCase } from "../../src/phrasebook/fold.ts";

describe("what it forgives", () => {
  test.each([
    ["case", "Train Station", "train station"],
    ["case beyond ASCII", "ÉCOLE", "école"],
    ["spaces around and inside", "  train \t station\n", "train station"],
    ["an ideographic space", "　パン　", "パン"],
    ["wide Latin", "Ｂｒｅａｄ", "bread"],
    ["narrow kana", "ﾊﾟｽﾎﾟｰﾄ", "パスポート"],
    ["a full stop", "bread.", "bread"],
    ["several marks and spaces", "bread ?! …", "bread"],
    ["East Asian marks", "パン。", "パン"],
    ["wide marks", "面包！？", "面包"],
    ["Arabic marks", "خبز؟", "خبز"],
    ["a danda", "रोटी।", "रोटी"],
    ["Spanish marks on both sides", "¿Pan?", "pan"],
    ["the typesetter's apostrophe", "aujourd’hui", "aujourd'hui"],
    ["a capital that only its small letter composes with", "J\u030C", "\u01F0"],
    ["decomposed accents", "cafe\u0301", "café"],
  ])("%s", (_what, written, plain) => {
    expect(fold(written, "en")).toBe(fold(plain, "en"));
  });
});

describe("what it keeps apart", () => {
  test.each([
    ["an accent", "cafe", "café"],
    ["a missing space", "trainstation", "train station"],
    ["a mark inside", "t.shirt", "tshirt"],
    ["kana of the two kinds", "パン", "ぱん"],
  ])("%s", (_what, one, other) => {
    expect(fold(one, "en")).not.toBe(fold(other, "en"));
  });

  test("case, when asked to", () => {
    expect(foldExceptCase(" Turkey! ")).toBe("Turkey");
    expect(foldExceptCase("turkey")).toBe("turkey");
  });
});

describe("the Turkish i", () => {
  test("capital I is ı, and İ is i, where the language says so", () => {
    expect(fold("ISI", "tr")).toBe("ısı");
    expect(fold("İSTASYON", "tr")).toBe("istasyon");
    expect(fold("ISI", "az")).toBe("ısı");
  });

  test("capital I is i everywhere else", () => {
    expect(fold("ISI", "en")).toBe("isi");
  });
});

describe("for any text", () => {
  const text = fc.string({ unit: "binary" });
  const language = fc.constantFrom("en", "tr", "ja", "el", "lt");

  test("folding twice changes nothing more", () => {
    fc.assert(
      fc.property(text, language, (written, code) => {
        const once = fold(written, code);
        expect(fold(once, code)).toBe(once);
      }),
      { numRuns: 2_000 },
    );
  });

  test("spaces and end marks around it change nothing", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."abÀßσΣパ面خ") }),
        language,
        fc.array(fc.constantFrom(" ", "　", ".", "!", "?", "…", "。", "！", "؟", "।")),
        (written, code, marks) => {
          expect(fold(`  ${written}${marks.join("")}`, code)).toBe(fold(written, code));
        },
      ),
    );
  });
});
