// How a text is read aloud, where a library or a hand knows it surely; elsewhere there is no reading, since a wrong one is
// worse. Chinese: pinyin, syllable by syllable. Korean: Revised Romanization, as pronounced. Japanese: kana written by
// hand, and Hepburn made from them. What is written by hand stands in `phrasebook/readings/<language>.json` by text (so
// that a changed text loses its reading), in Chinese by word.
import { romanize } from "es-hangul";
import { customPinyin, pinyin } from "pinyin-pro";
import * as v from "valibot";
import { isKana, toRomaji } from "wanakana";
import type { PhrasebookReading } from "../../src/phrasebook/lookup.ts";
import { readJson } from "./read.ts";

/** Words whose pinyin the library does not have, or has without its light tones; taught to it once. */
customPinyin(v.parse(v.record(v.string(), v.string()), readJson("phrasebook/readings/zh-Hans.json")));

/** Readings written by hand: language to text to reading. The Latin one, but for Japanese, see `readingOf`. */
export type ReadingsByHand = ReadonlyMap<string, Readonly<Record<string, string>>>;

/**
 * The reading of a text. By hand, Japanese is in kana: a space between words, which kana drops and Hepburn keeps, and
 * "'" where two vowels meet that are not one long one.
 */
export function readingOf(language: string, text: string, byHand: ReadingsByHand): PhrasebookReading | undefined {
  const written = byHand.get(language)?.[text];
  if (language === "ja") return japaneseReading(text, written);
  const pronunciation = written ?? latinReading(language, text);
  return pronunciation === undefined ? undefined : { pronunciation };
}

function latinReading(language: string, text: string): string | undefined {
  if (language === "zh-Hans") return latinMarks(pinyin(text, { toneSandhi: false, nonZh: "consecutive" }));
  const isSure = language === "ko" && /^[\p{Script=Hangul}\s.,?!]+$/u.test(text) && !mayInsertN(text);
  return isSure ? romanize(text) : undefined;
}

/** A syllable's last consonant before i or a y vowel: some words insert n there and the library always does. */
const FINAL_BEFORE_Y = /[\u11A8-\u11C2]\u110B([\u1163\u1164\u1167\u1168\u116D\u1172]|\u1175[\u11A8-\u11C2])/u;

/** Three final clusters that the library hardens the next consonant after, which Revised Romanization does not write. */
const HARDENED = /[\u11AC\u11AD\u11B6]\u1109/u;

function mayInsertN(text: string): boolean {
  const letters = text.normalize("NFD");
  return FINAL_BEFORE_Y.test(letters) || HARDENED.test(letters);
}

function japaneseReading(text: string, byHand: string | undefined): PhrasebookReading | undefined {
  if (byHand === undefined && READ_BY_HAND.test(text)) return undefined;
  const written = byHand ?? text;
  const kana = written.replaceAll(/[ ']/g, "");
  if (!isKana(kana.replaceAll(/[、。？！・]/g, ""))) return undefined;
  const pronunciation = hepburn(written);
  return kana === text ? { pronunciation } : { pronunciation, kana };
}

/** Kana whose sound depends on the word they stand in, and sentences, whose words are not set apart. */
const READ_BY_HAND = /[はへを、。？！]/u;

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

/** Sounds of loan words that the library spells letter by letter. */
const LOAN_SOUNDS: Readonly<Record<string, string>> = {
  ...{ ふぁ: "fa", ふぃ: "fi", ふぇ: "fe", ふぉ: "fo", てぃ: "ti", でぃ: "di", とぅ: "tu", どぅ: "du" },
  ...{ ってぃ: "tti", っでぃ: "ddi", うぃ: "wi", うぇ: "we", うぉ: "wo" },
};

const MACRONS: Readonly<Record<string, string>> = { a: "ā", i: "ī", u: "ū", e: "ē", o: "ō" };

/** Kana up to and with a length mark. A vowel doubled in kana is long as well, but for two i and for loan words. */
function lengthen(run: string, isLoan: boolean): string {
  const latin = toRomaji(run.replaceAll("ー", ""), { customRomajiMapping: LOAN_SOUNDS });
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
