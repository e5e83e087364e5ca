// Reads what the phrasebook is built from: the hand-made allow-list and the pinned CLDR package. The allow-list is
// checked here, so that a slip of the hand is named by its concept and stops the build.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { PHRASEBOOK_TEXT_UNITS } from "../../src/bounds.ts";
import { CLDR_LOCALES } from "./languages.ts";

const Text = v.pipe(
  v.string(),
  v.maxLength(PHRASEBOOK_TEXT_UNITS),
  v.check((text) => text === text.trim() && text !== "" && text === text.normalize("NFC"), "not trimmed NFC"),
);

const Word = v.pipe(
  v.strictObject({
    /** Stable for ever: apps keep it. */
    id: v.pipe(v.string(), v.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)),
    category: v.pipe(v.string(), v.regex(/^[a-z]+$/)),
    en: Text,
    /** The emoji whose CLDR name is this word. Without it the word is written by hand. */
    cldr: v.optional(v.string()),
    /** Wordings by language: the whole word where there is no emoji, else corrections of CLDR's name. */
    texts: v.optional(v.record(v.string(), Text)),
    /** Why CLDR's name is corrected, or why the word is written by hand. */
    why: v.optional(v.string()),
  }),
  v.check(({ cldr, texts }) => cldr !== undefined || texts !== undefined, "neither an emoji nor texts"),
  v.check(({ texts, why }) => (texts === undefined) === (why === undefined), "what is written by hand says why"),
  v.check(({ texts = {} }) => Object.keys(texts).every((code) => CLDR_LOCALES.has(code)), "unknown language"),
);

const Words = v.pipe(
  v.array(Word),
  v.check((words) => new Set(words.map(({ id }) => id)).size === words.length, "an id stands twice"),
);

/** One concept of the allow-list, `phrasebook/words.json`. */
export type Word = v.InferOutput<typeof Word>;

/** A provider language's CLDR names: emoji to name. A variant has only those that it states itself. */
export type CldrNames = ReadonlyMap<string, string>;

/** Everything that the seed is built from. */
export interface Sources {
  readonly words: readonly Word[];
  /** By provider language code. */
  readonly cldr: ReadonlyMap<string, CldrNames>;
}

/** Reads the sources of this repository. Throws where the allow-list is not as it must be. */
export function readSources(): Sources {
  const cldr = new Map<string, CldrNames>();
  for (const [language, locale] of CLDR_LOCALES) cldr.set(language, readCldrNames(locale));
  return { words: parseWords(readJson("../../phrasebook/words.json")), cldr };
}

/** Checks an allow-list. Throws with the id (else the place) of the first word that is not as it must be, and why. */
export function parseWords(list: unknown): readonly Word[] {
  const parsed = v.safeParse(Words, list);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const place = issue.path?.[0]?.key;
  const word: unknown = Array.isArray(list) && typeof place === "number" ? list[place] : undefined;
  const id = v.is(v.object({ id: v.string() }), word) ? word.id : `word ${place ?? "list"}`;
  throw new Error(`phrasebook/words.json: ${id}: ${issue.message}`);
}

/** The one part of a CLDR annotations file that is read; the package is pinned. */
interface AnnotationsFile {
  readonly annotations: { readonly annotations: Readonly<Record<string, { readonly tts?: readonly string[] }>> };
}

function readCldrNames(locale: string): CldrNames {
  const path = `../../node_modules/cldr-annotations-full/annotations/${locale}/annotations.json`;
  // The shape is the pinned package's.
  const file = readJson(path) as AnnotationsFile;
  const names = new Map<string, string>();
  for (const [emoji, { tts }] of Object.entries(file.annotations.annotations)) {
    if (tts?.[0] !== undefined) names.set(emoji, tts[0].normalize("NFC"));
  }
  return names;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(fileURLToPath(new URL(path, import.meta.url).href), "utf8"));
}
