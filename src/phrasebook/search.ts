// Search over a pair of languages: every word of what was typed must be in the text of one language, or in its reading
// aids. Pure over concepts that are paired already; what an isolate keeps of the folding is bounded here. It knows no
// inflection and corrects no slip of the finger.

import { PHRASEBOOK_SEARCHES_KEPT } from "../bounds.ts";
import { createRecent } from "../recent.ts";
import { type ConceptPair, pairConcepts } from "./concepts.ts";
import type { Edition } from "./phrasebook.ts";
import { searchFold } from "./search-fold.ts";

/** What is asked for; without either, or where both are empty, everything. */
export interface Filter {
  readonly category?: string | undefined;
  /** As it was typed, in either language. */
  readonly q?: string | undefined;
}

interface SearchedText {
  readonly text: string;
  readonly pronunciation?: string | undefined;
  readonly kana?: string | undefined;
}

/** What is searched of a concept. */
interface Searched {
  readonly category: string;
  readonly from: SearchedText;
  readonly to: SearchedText;
}

interface Entry<C> {
  readonly concept: C;
  readonly from: string;
  readonly to: string;
  /** Without spaces: nobody agrees on where pinyin has them. */
  readonly aids: readonly string[];
}

/** A pair's concepts in display order, folded for search. */
export interface SearchIndex<C extends Searched> {
  readonly from: string;
  readonly to: string;
  readonly entries: readonly Entry<C>[];
}

/** How well a text matches: the whole, at the beginning of a word, inside one. Nothing else is shown. */
const WHOLE = 0;
const WORD = 1;
const INSIDE = 2;

function foldAid(aid: string): string {
  return searchFold(aid, "").replaceAll(" ", "");
}

function aidsOf({ pronunciation, kana }: SearchedText): string[] {
  return [pronunciation, kana].filter((aid) => aid !== undefined).map(foldAid);
}

/** Folds a pair's concepts. Languages are in the provider's spelling. */
export function indexPairs<C extends Searched>(concepts: readonly C[], from: string, to: string): SearchIndex<C> {
  const entries = concepts.map((concept) => ({
    concept,
    from: searchFold(concept.from.text, from),
    to: searchFold(concept.to.text, to),
    aids: [...aidsOf(concept.from), ...aidsOf(concept.to)],
  }));
  return { from, to, entries };
}

function rank(text: string, query: string): number {
  if (text === query) return WHOLE;
  let worst = WORD;
  for (const term of query.split(" ")) {
    if (!text.includes(term)) return Number.POSITIVE_INFINITY;
    if (!text.startsWith(term) && !text.includes(` ${term}`)) worst = INSIDE;
  }
  return worst;
}

/**
 * The concepts that a filter leaves. With `q`, those it is the whole text of first, then those with a word that begins
 * so; each in display order. A `q` of marks and spaces alone asks for nothing, as an empty one does.
 */
export function search<C extends Searched>(
  { entries, from, to }: SearchIndex<C>,
  { category = "", q = "" }: Filter,
): readonly C[] {
  const inCategory = category === "" ? entries : entries.filter(({ concept }) => concept.category === category);
  const [inFrom, inTo, inAids] = [searchFold(q, from), searchFold(q, to), foldAid(q)];
  if (inFrom === "") return inCategory.map(({ concept }) => concept);
  return inCategory
    .map((entry) => ({
      concept: entry.concept,
      rank: Math.min(rank(entry.from, inFrom), rank(entry.to, inTo), ...entry.aids.map((aid) => rank(aid, inAids))),
    }))
    .filter((found) => found.rank !== Number.POSITIVE_INFINITY)
    .sort((a, b) => a.rank - b.rank)
    .map(({ concept }) => concept);
}

/** Folds editions, keeping those of the latest few pairs. */
export function createSearchIndexes(): (edition: Edition) => SearchIndex<ConceptPair> {
  const kept = createRecent<SearchIndex<ConceptPair>>(PHRASEBOOK_SEARCHES_KEPT);
  return ({ version, concepts, from, to }) => {
    const key = `${version} ${from.language} ${to.language}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const index = indexPairs(pairConcepts(concepts, from, to), from.language, to.language);
    kept.set(key, index);
    return index;
  };
}
