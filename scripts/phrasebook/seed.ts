// Builds the seed from its sources, purely: which text each concept has in each language, which languages are complete
// enough to be served, and the version that names the content. The same sources give the same bytes.
import { createHash } from "node:crypto";
import { PHRASEBOOK_TEXT_UNITS } from "../../src/bounds.ts";
import type { PhrasebookOrigin } from "../../src/phrasebook/lookup.ts";
import { isLatin, PARENTS } from "./languages.ts";
import type { CldrNames, Sources, Word } from "./sources.ts";

/** A language is served when it has this share of the words that come from CLDR. */
const COMPLETE_SHARE = 1;

/** A concept as apps see it, in display order. */
interface Concept {
  readonly id: string;
  readonly category: string;
  readonly kind: "word";
}

/** One language's texts: concept id to text and origin, in the order of the concepts. */
export type SeedTexts = Readonly<Record<string, readonly [text: string, origin: PhrasebookOrigin]>>;

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
  const { words, cldr } = sources;
  const concepts = words.map(({ id, category }): Concept => ({ id, category, kind: "word" }));
  const languages = new Map<string, SeedTexts>();
  for (const language of cldr.keys()) {
    const texts = textsOf(language, sources);
    if (share(words, texts) >= COMPLETE_SHARE) languages.set(language, texts);
  }
  const content = JSON.stringify([concepts, [...languages]]);
  return { version: createHash("sha256").update(content).digest("hex").slice(0, 16), concepts, languages };
}

/**
 * A language's texts, whether or not they are complete. A variant takes from its parent what neither its own CLDR
 * names nor the allow-list say.
 */
export function textsOf(language: string, sources: Sources): SeedTexts {
  const parent = PARENTS.get(language);
  const inherited = parent === undefined ? {} : textsOf(parent, sources);
  const names: CldrNames = sources.cldr.get(language) ?? new Map();
  const texts: Record<string, readonly [string, PhrasebookOrigin]> = {};
  for (const word of sources.words) {
    const text = textOf(word, language, names) ?? inherited[word.id];
    if (text !== undefined) texts[word.id] = text;
  }
  return texts;
}

function textOf(word: Word, language: string, names: CldrNames): readonly [string, PhrasebookOrigin] | undefined {
  const byHand = language === "en" ? word.en : word.texts?.[language];
  const name = word.cldr === undefined ? undefined : names.get(word.cldr);
  if (byHand !== undefined && byHand !== name) return [byHand, "hand"];
  return name !== undefined && isWord(name, word, language) ? [name, "cldr"] : undefined;
}

/** The share of the words from CLDR that a language has, corrected ones included. */
export function share(words: readonly Word[], texts: SeedTexts): number {
  const fromCldr = words.filter(({ cldr }) => cldr !== undefined);
  return fromCldr.filter(({ id }) => texts[id] !== undefined).length / Math.max(1, fromCldr.length);
}

/** Whether a CLDR name is one word of its language: no list, no gap left as the English, no code of an unnamed picture. */
function isWord(name: string, { en }: Word, language: string): boolean {
  if (name.length > PHRASEBOOK_TEXT_UNITS || /[,;:،、，；：|/()]|^E\d+-\d+$/u.test(name)) return false;
  return isLatin(language) || name.toLowerCase() !== en.toLowerCase();
}
