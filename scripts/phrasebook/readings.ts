// How a text is read aloud, where a library or a hand knows it surely; elsewhere there is no reading, since a wrong one is
// worse. Chinese: pinyin, syllable by syllable. Korean: Revised Romanization, as pronounced. Japanese: kana written by
// hand (`phrasebook/readings/ja.json`, by text, so that a changed text loses its reading) and Hepburn made from them.
import { romanize } from "es-hangul";
import { pinyin } from "pinyin-pro";
import { isKana, toRomaji } from "wanakana";
import type { PhrasebookReading } from "../../src/phrasebook/lookup.ts";

/**
 * The reading of a text. `japanese` has the kana of what is not written in kana alone: a space between words, which
 * kana drops and Hepburn keeps, and "'" where two vowels meet that are not one long one.
 */
export function readingOf(
  language: string,
  text: string,
  japanese: Readonly<Record<string, string>>,
): PhrasebookReading | undefined {
  if (language === "zh-Hans")
    return { pronunciation: latinMarks(pinyin(text, { toneSandhi: false, nonZh: "consecutive" })) };
  if (language === "ko") return hangulReading(text);
  return language === "ja" ? japaneseReading(text, japanese) : undefined;
}

function hangulReading(text: string): PhrasebookReading | undefined {
  return /^[\p{Script=Hangul}\s.,?!]+$/u.test(text) ? { pronunciation: romanize(text) } : undefined;
}

function japaneseReading(text: string, japanese: Readonly<Record<string, string>>): PhrasebookReading | undefined {
  const written = japanese[text] ?? text;
  const kana = written.replaceAll(/[ ']/g, "");
  if (!isKana(kana.replaceAll(/[、。？！・]/g, ""))) return undefined;
  const pronunciation = hepburn(written);
  return kana === text ? { pronunciation } : { pronunciation, kana };
}

/** The particles that are not read as they are written. */
const PARTICLES: Readonly<Record<string, string>> = { は: "wa", へ: "e", を: "o" };

/** Modified Hepburn, with macrons. */
export function hepburn(written: string): string {
  const words = written.split(/([ 、。？！・])/u).map((word) => PARTICLES[word] ?? hepburnWord(word));
  return latinMarks(words.join(""));
}

function hepburnWord(word: string): string {
  const parts = word.split("'").map((part) => {
    const isLoan = /^[\p{Script=Katakana}ー]+$/u.test(part);
    const latin = [...part.matchAll(/[^ー]+ー*/gu)].map(([run]) => lengthen(run, isLoan)).join("");
    return latin.replaceAll(/c(ch)/g, "t$1");
  });
  return parts.join("");
}

const MACRONS: Readonly<Record<string, string>> = { a: "ā", i: "ī", u: "ū", e: "ē", o: "ō" };

/** Kana up to and with a length mark. A vowel doubled in kana is long as well, but for two i and for loan words. */
function lengthen(run: string, isLoan: boolean): string {
  const latin = toRomaji(run.replaceAll("ー", ""));
  const long = isLoan ? latin : latin.replaceAll(/aa|uu|ee|oo|ou/g, (pair) => MACRONS[pair[0] ?? ""] ?? pair);
  return run.endsWith("ー") ? long.replace(/[aiueo]$/, (vowel) => MACRONS[vowel] ?? vowel) : long;
}

const MARKS: Readonly<Record<string, string>> = { "，": ",", "、": ", ", "。": ".", "？": "?", "！": "!", "・": " " };

function latinMarks(latin: string): string {
  return latin
    .replaceAll(/[，、。？！・]/gu, (mark) => MARKS[mark] ?? mark)
    .replaceAll(/ +([,.?!])/g, "$1")
    .replaceAll(/ +/g, " ")
    .trim();
}
