// The hand-made allow-list, `phrasebook/words/<category>.json`: which words there are, where each is named in CLDR, and
// what is corrected or written by hand. A slip of the hand is named by its concept and stops the build.
import * as v from "valibot";
import { PHRASEBOOK_TEXT_UNITS } from "../../src/bounds.ts";
import { isCldrKey } from "./cldr.ts";
import { CLDR_LOCALES } from "./languages.ts";
import { exists, readJson } from "./read.ts";

/** A text as the phrasebook holds it. */
export const Text = v.pipe(
  v.string(),
  v.maxLength(PHRASEBOOK_TEXT_UNITS),
  v.check((text) => text === text.trim() && text !== "" && text === text.normalize("NFC"), "not trimmed NFC"),
);

/** A concept's id, stable for ever: apps keep it. Categories are named likewise. */
export const Id = v.pipe(v.string(), v.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/));

const LanguageCode = v.pipe(
  v.string(),
  v.check((code) => CLDR_LOCALES.has(code), "unknown language"),
);

const WordEntry = v.pipe(
  v.strictObject({
    id: Id,
    en: Text,
    /** Where CLDR names it: an emoji, or a table's entry as `cldr.ts` spells it. Without it the word is written by hand. */
    cldr: v.optional(v.pipe(v.string(), v.check(isCldrKey, "neither an emoji nor an entry of a table"))),
    /** Wordings by language: the whole word where CLDR does not name it, else corrections of CLDR's name. */
    texts: v.optional(v.record(LanguageCode, Text)),
    /** Languages in which this text is another word too that the phrasebook lacks: found in its exact case, or never. */
    strict: v.optional(v.record(LanguageCode, v.picklist(["case", "never"]))),
    /** Why CLDR's name is corrected, why the word is written by hand, what else the text means. */
    why: v.optional(v.string()),
  }),
  v.check(({ cldr, texts }) => cldr !== undefined || texts !== undefined, "neither named in CLDR nor by hand"),
  v.check(
    ({ texts, strict, why }) => (texts === undefined && strict === undefined) === (why === undefined),
    "what is written by hand says why",
  ),
);

const WordList = v.pipe(
  v.array(WordEntry),
  v.check((words) => new Set(words.map(({ id }) => id)).size === words.length, "an id stands twice"),
);

/** One word of the allow-list. */
export type Word = v.InferOutput<typeof WordEntry> & { readonly category: string };

/** Reads the allow-list, in the order of the categories. Throws where it is not as it must be. */
export function readWords(categories: readonly string[]): readonly Word[] {
  return categories.flatMap((category) => {
    const path = `phrasebook/words/${category}.json`;
    return exists(path) ? parseWords(category, readJson(path)) : [];
  });
}

/** Checks one category's list. Throws with the id (else the place) of the first word that is not as it must be, and why. */
export function parseWords(category: string, list: unknown): readonly Word[] {
  const parsed = v.safeParse(WordList, list);
  if (parsed.success) return parsed.output.map((word) => ({ ...word, category }));
  const [issue] = parsed.issues;
  const place = issue.path?.[0]?.key;
  const word: unknown = Array.isArray(list) && typeof place === "number" ? list[place] : undefined;
  const id = v.is(v.object({ id: v.string() }), word) ? word.id : `word ${place ?? "list"}`;
  throw new Error(`phrasebook/words/${category}.json: ${id}: ${issue.message}`);
}
