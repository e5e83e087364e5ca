// The phrasebook's pure part: one language's row parsed into maps, and a text looked up from one language into another.
// It leaves reading and keeping to `store.ts` and `phrasebook.ts`. A text that could mean two things is not answered:
// a wrong word is worse than one asked of the provider.
import { PHRASEBOOK_TEXT_UNITS } from "../bounds.ts";
import { fold, foldExceptCase } from "./fold.ts";

/** Where a text comes from: Unicode CLDR, or written for this project. */
export type PhrasebookOrigin = "cldr" | "hand";

/** How a text is read aloud. */
export interface PhrasebookReading {
  /** In Latin letters: pinyin, Hepburn, Revised Romanization. */
  readonly pronunciation?: string;
  /** Japanese in kana alone. */
  readonly kana?: string;
}

/**
 * How strictly a text is looked up that means something else as well: in its exact case alone ("May", "may"), or never
 * ("right"). Another concept's text that reads alike is not affected.
 */
export type PhrasebookMatch = "case" | "never";

/** One concept's text as the seed holds it; what is absent is empty, or cut off at the end. */
export type SeedText = readonly [
  text: string,
  origin: PhrasebookOrigin,
  pronunciation?: string,
  kana?: string,
  match?: PhrasebookMatch,
];

/** One concept's text in one language. */
export interface PhrasebookText {
  readonly text: string;
  readonly origin: PhrasebookOrigin;
  /** Absent where nothing reads it surely. */
  readonly reading?: PhrasebookReading;
}

/** What a lookup answers: the text in the language asked for. */
export type PhrasebookHit = PhrasebookText;

/** One language of the phrasebook, ready for lookup. */
export interface LanguageTexts {
  readonly language: string;
  /** Concept id to its text. */
  readonly byConcept: ReadonlyMap<string, PhrasebookText>;
  /** Folded text to the concepts that it may mean when it is looked up. */
  readonly byFolded: ReadonlyMap<string, readonly string[]>;
  /** The concepts whose text is only meant in its exact case. */
  readonly caseSensitive: ReadonlySet<string>;
}

/**
 * Parses a language's row. `texts` is the seed's JSON, concept id to `SeedText`; the seed's build has checked it, and
 * it throws on anything that is not JSON.
 */
export function parseLanguage(language: string, texts: string): LanguageTexts {
  // The column is written by the seed's build alone.
  const rows = JSON.parse(texts) as Record<string, SeedText>;
  const byConcept = new Map<string, PhrasebookText>();
  const byFolded = new Map<string, string[]>();
  const caseSensitive = new Set<string>();
  for (const [concept, [text, origin, pronunciation, kana, match]] of Object.entries(rows)) {
    const reading = { ...(pronunciation ? { pronunciation } : {}), ...(kana ? { kana } : {}) };
    byConcept.set(concept, pronunciation || kana ? { text, origin, reading } : { text, origin });
    if (match === "never") continue;
    if (match === "case") caseSensitive.add(concept);
    const folded = fold(text, language);
    const concepts = byFolded.get(folded);
    if (concepts === undefined) byFolded.set(folded, [concept]);
    else concepts.push(concept);
  }
  return { language, byConcept, byFolded, caseSensitive };
}

/** A language that the phrasebook has no text in. */
export function emptyLanguage(language: string): LanguageTexts {
  return { language, byConcept: new Map(), byFolded: new Map(), caseSensitive: new Set() };
}

/**
 * The text of `to` for an exact match of `text` in `from`, after folding. Where the folded text means several concepts
 * whose translations differ, the exact case decides ("Turkey", "turkey"), as it does where a text is marked so; where
 * that leaves several, it is no hit.
 */
export function lookUp(text: string, from: LanguageTexts, to: LanguageTexts): PhrasebookHit | undefined {
  if (text.length > PHRASEBOOK_TEXT_UNITS) return undefined;
  const concepts = from.byFolded.get(fold(text, from.language));
  if (concepts === undefined) return undefined;
  if (!concepts.some((concept) => from.caseSensitive.has(concept))) {
    const agreed = onlyTranslation(concepts, to);
    if (agreed !== undefined || concepts.length === 1) return agreed;
  }
  const cased = foldExceptCase(text);
  const inThisCase = concepts.filter((concept) => foldExceptCase(from.byConcept.get(concept)?.text ?? "") === cased);
  return onlyTranslation(inThisCase, to);
}

/** The one text that all these concepts have in a language, if there is one. */
function onlyTranslation(concepts: readonly string[], to: LanguageTexts): PhrasebookHit | undefined {
  const [first, ...others] = concepts.map((concept) => to.byConcept.get(concept));
  return others.every((other) => other?.text === first?.text) ? first : undefined;
}
