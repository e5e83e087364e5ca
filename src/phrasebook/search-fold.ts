// Folding for search, which forgives more than the exact match: accents where the language's users leave them out when
// they type in a hurry, hiragana and katakana, letters of Arabic that keyboards mix up. Marks that make another letter
// in the eyes of those who read it stay (Thai and Indic vowels, Japanese voicing, the Swedish ö, the Spanish ñ). The
// risk it accepts: a search finds a word too many rather than one too few.
import { foldExceptCase } from "./fold.ts";

type Letters = Readonly<Record<string, string>>;

/** Letters that stay as they are. */
function kept(letters: string): Letters {
  return Object.fromEntries([...letters].map((letter) => [letter, letter]));
}

const DANISH: Letters = { å: "aa", æ: "ae", ø: "oe" };

/** Letters that a language's users never write as the plain one: kept, or in the spelling that stands in for them. */
const OWN_LETTERS: ReadonlyMap<string, Letters> = new Map([
  ["da", DANISH],
  ["nb", DANISH],
  ["de", { ä: "ae", ö: "oe", ü: "ue" }],
  ["sv", kept("åäö")],
  ["fi", kept("åäö")],
  ["et", kept("äöüõ")],
  ["is", kept("öæ")],
  ["es", kept("ñ")],
  ["gl", kept("ñ")],
  ["eu", kept("ñ")],
  ["fil", kept("ñ")],
  ["ru", { ё: "е" }],
]);

/** Letters that no decomposition leads to their plain form. */
const PLAIN: Letters = {
  ø: "o",
  ł: "l",
  đ: "d",
  ı: "i",
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ς: "σ",
  ة: "ه",
  ى: "ي",
  ٱ: "ا",
};

/** A letter with its marks, plain ASCII aside. */
const LETTER = /[a-z]\p{Mn}+|[^\0-\x7f]\p{Mn}*/gu;

/** Scripts whose marks are left out. Cyrillic is none of them: й is not и. */
const MARKS_LEFT_OUT = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Arabic}\p{Script=Hebrew}]/u;

const KATAKANA = /[\u30a1-\u30f6]/gu;
const HIRAGANA_BELOW_KATAKANA = 0x60;

/** Arabic's stretching of a word. */
const TATWEEL = /\u0640/gu;

function plain(letter: string): string {
  if (!MARKS_LEFT_OUT.test(letter)) return letter;
  const bare = letter.normalize("NFD").replace(/\p{Mn}+/gu, "");
  return PLAIN[bare] ?? bare;
}

/** The text as it is searched. `language` is in the provider's spelling, empty for a reading aid. */
export function searchFold(text: string, language: string): string {
  const own = OWN_LETTERS.get(language);
  return foldExceptCase(text)
    .toLowerCase()
    .replace(TATWEEL, "")
    .replace(LETTER, (letter) => own?.[letter] ?? plain(letter))
    .replace(KATAKANA, (letter) => String.fromCharCode(letter.charCodeAt(0) - HIRAGANA_BELOW_KATAKANA));
}
