// The concepts, without their texts: parsed from the seed's row, counted by category and by kind, and joined with two
// languages into what an app shows. It trusts the seed, whose build has checked it.
import type { LanguageTexts, PhrasebookText } from "./lookup.ts";

/** One thing to say: its id is stable for ever, its category may change. */
export interface Concept {
  readonly id: string;
  readonly category: string;
  readonly kind: "word" | "phrase";
}

/** How much of the phrasebook there is in one language. */
export interface LanguageCount {
  readonly language: string;
  /** Words and phrases together. */
  readonly texts: number;
  /** A language has all phrases or none: the seed's build sees to it. */
  readonly hasPhrases: boolean;
}

/** One language's text as an app gets it: reading aids where there are any. */
interface PairText {
  readonly text: string;
  readonly origin: PhrasebookText["origin"];
  readonly pronunciation?: string;
  readonly kana?: string;
}

/** A concept with its text in both languages of a pair. */
export interface ConceptPair extends Concept {
  readonly from: PairText;
  readonly to: PairText;
}

/** Parses the seed's concepts; throws on anything that is not JSON. */
export function parseConcepts(json: string): readonly Concept[] {
  // The column is written by the seed's build alone.
  return JSON.parse(json) as readonly Concept[];
}

/** Parses what `readCounts` tells. */
export function parseCounts(json: string): readonly LanguageCount[] {
  // Made by the statement that reads it.
  const rows = JSON.parse(json) as readonly (readonly [string, number, number])[];
  return rows.map(([language, texts, hasPhrases]) => ({ language, texts, hasPhrases: hasPhrases === 1 }));
}

function pairText({ text, origin, reading }: PhrasebookText): PairText {
  return { text, origin, ...reading };
}

/** Every concept that both languages have, in display order. */
export function pairConcepts(concepts: readonly Concept[], from: LanguageTexts, to: LanguageTexts): ConceptPair[] {
  return concepts.flatMap(({ id, category, kind }) => {
    const source = from.byConcept.get(id);
    const target = to.byConcept.get(id);
    if (source === undefined || target === undefined) return [];
    return [{ id, category, kind, from: pairText(source), to: pairText(target) }];
  });
}

/** The kinds of these concepts, counted. */
export function countKinds(concepts: readonly Concept[]): { readonly words: number; readonly phrases: number } {
  const phrases = concepts.filter(({ kind }) => kind === "phrase").length;
  return { words: concepts.length - phrases, phrases };
}

/** The categories in display order, each with its concepts counted by kind. */
export function countCategories(
  concepts: readonly Concept[],
): { readonly id: string; readonly words: number; readonly phrases: number }[] {
  const byCategory = Map.groupBy(concepts, ({ category }) => category);
  return [...byCategory].map(([id, members]) => ({ id, ...countKinds(members) }));
}
