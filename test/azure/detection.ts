/**
 * A plausible guess at the language of a text, from its script and from a few very common words. Good enough for the
 * phrases of a traveller in tests and demos; the score says how much the guess rests on.
 */

/** A detected language as the provider reports it; `score` is between 0 and 1. */
export interface DetectedLanguage {
  readonly language: string;
  readonly score: number;
}

/** In order: a script that decides alone stands before one it is mixed with (kana before Han, Ukrainian before Russian). */
const BY_SCRIPT: readonly (readonly [language: string, pattern: RegExp])[] = [
  ["ja", /[\p{Script=Hiragana}\p{Script=Katakana}]/u],
  ["ko", /\p{Script=Hangul}/u],
  ["zh-Hant", /[這個們來時說對請問謝]/u],
  ["zh-Hans", /\p{Script=Han}/u],
  ["th", /\p{Script=Thai}/u],
  ["el", /\p{Script=Greek}/u],
  ["he", /\p{Script=Hebrew}/u],
  ["fa", /[پچژگ]/u],
  ["ar", /\p{Script=Arabic}/u],
  ["hi", /\p{Script=Devanagari}/u],
  ["bn", /\p{Script=Bengali}/u],
  ["ta", /\p{Script=Tamil}/u],
  ["te", /\p{Script=Telugu}/u],
  ["ka", /\p{Script=Georgian}/u],
  ["hy", /\p{Script=Armenian}/u],
  ["km", /\p{Script=Khmer}/u],
  ["lo", /\p{Script=Lao}/u],
  ["my", /\p{Script=Myanmar}/u],
  ["uk", /[іїєґ]/iu],
  ["ru", /\p{Script=Cyrillic}/u],
];

const COMMON_WORDS: Readonly<Record<string, string>> = {
  en: "the is are where what how do you i a an please thank thanks good morning my to of",
  es: "el la los las es está dónde qué cómo por favor gracias buenos buenas hola una un quiero",
  fr: "le les est où quoi comment merci bonjour je vous une des s'il plaît voudrais",
  de: "der die das ist wo was wie bitte danke guten ich sie ein eine möchte",
  it: "il lo gli è dove che come grazie buongiorno vorrei per favore una sono",
  pt: "o os é onde que como obrigado obrigada bom dia eu você uma não por favor",
  nl: "de het een is waar wat hoe alstublieft dank goedemorgen ik je wil",
  pl: "jest gdzie co jak proszę dziękuję dzień dobry się nie",
  tr: "bir nerede ne nasıl lütfen teşekkürler günaydın var mı",
};

const WORDS = Object.entries(COMMON_WORDS).map(([language, words]) => [language, new Set(words.split(" "))] as const);

/** Scores are fixed steps, so that a test can tell which rule spoke. */
const SCORE_BY_SCRIPT = 1;
const SCORE_BY_WORDS = 0.9;
const SCORE_ASSUMED = 0.3;

/** The guessed language of `text`; `assumed` (the request's `suggestedFrom`, else English) where nothing gives it away. */
export function detectLanguage(text: string, assumed = "en"): DetectedLanguage {
  for (const [language, pattern] of BY_SCRIPT) {
    if (pattern.test(text)) return { language, score: SCORE_BY_SCRIPT };
  }
  const words = text.toLowerCase().match(/[\p{L}']+/gu) ?? [];
  let best = { language: assumed, hits: 0 };
  for (const [language, common] of WORDS) {
    const hits = words.filter((word) => common.has(word)).length;
    if (hits > best.hits) best = { language, hits };
  }
  return { language: best.language, score: best.hits > 0 ? SCORE_BY_WORDS : SCORE_ASSUMED };
}
