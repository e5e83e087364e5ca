// Builds the seed from its sources, purely: which text each concept has in each language, which languages are complete
// enough to be served, and the version that names the content. The same sources give the same bytes.
import { createHash } from "node:crypto";
import { PHRASEBOOK_TEXT_UNITS } from "../../src/bounds.ts";
import { fold } from "../../src/phrasebook/fold.ts";
import type { PhrasebookMatch, PhrasebookOrigin, SeedText } from "../../src/phrasebook/lookup.ts";
import type { CldrNames } from "./cldr.ts";
import { isLatin, PARENTS } from "./languages.ts";
import { readingOf } from "./readings.ts";
import type { Sources } from "./sources.ts";
import type { Word } from "./words.ts";

/** A language is served when it has this share of the words that come from CLDR. */
const COMPLETE_SHARE = 0.95;

/** A concept as apps see it, in display order. */
interface Concept {
  readonly id: string;
  readonly category: string;
  readonly kind: "word" | "phrase";
}

/** One language's texts by concept id, in the order of the concepts. */
export type SeedTexts = Readonly<Record<string, SeedText>>;

/** What is seeded. */
export interface Seed {
  /** Hash of all that follows. */
  readonly version: string;
  readonly concepts: readonly Concept[];
  /** By provider language code, in the order of the codes. */
  readonly languages: ReadonlyMap<string, SeedTexts>;
}

/** Builds the seed, of the languages that are complete enough. */
export function buildSeed(sources: Sources): Seed {
  const concepts = conceptsOf(sources);
  const languages = new Map<string, SeedTexts>();
  for (const language of sources.cldr.keys()) {
    const texts = textsOf(language, sources);
    if (share(sources.words, texts) >= COMPLETE_SHARE) languages.set(language, texts);
  }
  const content = JSON.stringify([concepts, [...languages]]);
  return { version: createHash("sha256").update(content).digest("hex").slice(0, 16), concepts, languages };
}

/** Every concept: by category, its words before its phrases. */
export function conceptsOf({ categories, words, phrases }: Sources): readonly Concept[] {
  return categories.flatMap((category) => [
    ...words.filter((word) => word.category === category).map(({ id }): Concept => ({ id, category, kind: "word" })),
    ...phrases
      .filter((phrase) => phrase.category === category)
      .map(({ id }): Concept => ({ id, category, kind: "phrase" })),
  ]);
}

/** A language's texts, whether or not they are complete. */
export function textsOf(language: string, sources: Sources): SeedTexts {
  const wordings = wordingsOf(language, sources);
  const matches = matchesOf(language, sources);
  const texts: Record<string, SeedText> = {};
  for (const { id } of conceptsOf(sources)) {
    const wording = wordings.get(id);
    if (wording === undefined) continue;
    const [text, origin] = wording;
    const { pronunciation = "", kana = "" } = readingOf(language, text, sources.readings) ?? {};
    texts[id] = seedText(text, origin, pronunciation, kana, matches.get(id));
  }
  return texts;
}

/** Of sentences that a language says alike ("Bonjour" for all of the day), the first is the one that is looked up. */
function matchesOf(language: string, { words, phrases, sentences }: Sources): ReadonlyMap<string, PhrasebookMatch> {
  const matches = new Map<string, PhrasebookMatch>();
  for (const { id, strict } of words) {
    const match = strict?.[language];
    if (match !== undefined) matches.set(id, match);
  }
  const said = new Set<string>();
  for (const { id } of phrases) {
    const sentence = sentences.get(language)?.[id];
    if (sentence === undefined) continue;
    const folded = fold(sentence, language);
    if (said.has(folded)) matches.set(id, "never");
    said.add(folded);
  }
  return matches;
}

function seedText(
  text: string,
  origin: PhrasebookOrigin,
  pronunciation: string,
  kana: string,
  match: PhrasebookMatch | undefined,
): SeedText {
  if (match !== undefined) return [text, origin, pronunciation, kana, match];
  if (kana !== "") return [text, origin, pronunciation, kana];
  return pronunciation === "" ? [text, origin] : [text, origin, pronunciation];
}

type Wording = readonly [text: string, origin: PhrasebookOrigin];

function wordingsOf(language: string, sources: Sources): ReadonlyMap<string, Wording> {
  return new Map([
    ...wordsIn(language, sources),
    ...Object.entries(sources.sentences.get(language) ?? {}).map(([id, text]): [string, Wording] => [
      id,
      [text, "hand"],
    ]),
  ]);
}

/** A variant takes those words from its parent that neither its own CLDR names nor the allow-list say; no sentences. */
function wordsIn(language: string, sources: Sources): ReadonlyMap<string, Wording> {
  const parent = PARENTS.get(language);
  const wordings = new Map(parent === undefined ? [] : wordsIn(parent, sources));
  const names: CldrNames = sources.cldr.get(language) ?? new Map();
  for (const word of sources.words) {
    const wording = wordingOf(word, language, names);
    if (wording !== undefined) wordings.set(word.id, wording);
  }
  return wordings;
}

function wordingOf(word: Word, language: string, names: CldrNames): Wording | undefined {
  const byHand = language === "en" ? word.en : word.texts?.[language];
  const name = word.cldr === undefined ? undefined : names.get(word.cldr);
  if (byHand !== undefined && byHand !== name) return [byHand, "hand"];
  return name !== undefined && isWord(name, word, language) ? [name, "cldr"] : undefined;
}

/**
 * The share of the words from CLDR that a language has, corrected ones included. Numbers do not count: CLDR has no
 * rules for spelling them in a third of the languages.
 */
export function share(words: readonly Word[], texts: SeedTexts): number {
  const counted = words.filter(({ cldr }) => cldr !== undefined && !cldr.startsWith("number:"));
  return counted.filter(({ id }) => texts[id] !== undefined).length / Math.max(1, counted.length);
}

/** Whether a CLDR name is one word of its language: no list, no gap left as the English, no code of an unnamed picture. */
function isWord(name: string, { en }: Word, language: string): boolean {
  if (name.length > PHRASEBOOK_TEXT_UNITS || name === "") return false;
  if (/[,;:،、，；：|/()（）]|^E\d+-\d+$/u.test(name)) return false;
  return isLatin(language) || name.toLowerCase() !== en.toLowerCase();
}
