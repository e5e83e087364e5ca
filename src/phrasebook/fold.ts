// Folding for the exact match: what two spellings may differ in and still be the same phrasebook text. It forgives
// case, width, spaces, sentence marks at the end and the shape of an apostrophe; never an accent or an inner word.
// The risk it accepts: a compatibility character ("²", "①") is matched as the plain one.

/** Where capital I is the capital of dotless ı, and dotted İ that of i. */
const DOTTED_I_LANGUAGES: ReadonlySet<string> = new Set(["tr", "az"]);

/** Marks that end a sentence in any script (after NFKC, so the wide forms and "…" are there too), and spaces. */
const END_MARKS = /[\p{Sentence_Terminal}\s]+$/u;

/** Spanish opens with the mark that it closes with. */
const OPENING_MARKS = /^[¡¿\s]+/u;

/** The apostrophes that keyboards and typesetters write for one another. */
const APOSTROPHES = /[‘’ʼ]/gu;

/**
 * The text with everything folded but its case, so that two words apart only by case stay apart
 * ("Turkey", "turkey").
 */
export function foldExceptCase(text: string): string {
  return text
    .normalize("NFKC")
    .replace(APOSTROPHES, "'")
    .replace(OPENING_MARKS, "")
    .replace(END_MARKS, "")
    .replace(/\s+/gu, " ");
}

/**
 * The text as it is matched. Folding twice changes nothing more. `language` is in the provider's spelling; it decides
 * what the letter I becomes.
 */
export function fold(text: string, language: string): string {
  const cased = foldExceptCase(text);
  const dotted = DOTTED_I_LANGUAGES.has(language) ? cased.replaceAll("İ", "i").replaceAll("I", "ı") : cased;
  return foldExceptCase(dotted.toLowerCase());
}
