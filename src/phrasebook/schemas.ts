// What the phrasebook's routes take and answer, in valibot: shared by their declarations.
import * as v from "valibot";
import {
  PHRASEBOOK_PAGE_CONCEPTS,
  PHRASEBOOK_PAGE_CONCEPTS_MOST,
  PHRASEBOOK_PAGE_TOKEN_BYTES,
  PHRASEBOOK_QUERY_UNITS,
} from "../bounds.ts";

function languageTag(example: string) {
  return v.pipe(
    v.string("must be a language tag"),
    v.regex(/^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$/, "must be a language tag, like es or zh-Hans"),
    v.description("A BCP 47 tag; regional tags of a known language are folded to it."),
    v.examples([example]),
  );
}

/** The two languages of a pack's path. */
export const PairParams = v.object({ from: languageTag("en"), to: languageTag("ja") });

/** What is asked of the list. */
export const ListQuery = v.object({
  from: languageTag("en"),
  to: languageTag("ja"),
  category: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(PHRASEBOOK_QUERY_UNITS, `must have at most ${PHRASEBOOK_QUERY_UNITS} characters`),
      v.description("Only this category, by its id; one that there is not has no concepts. Empty: all."),
    ),
  ),
  q: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(PHRASEBOOK_QUERY_UNITS, `must have at most ${PHRASEBOOK_QUERY_UNITS} characters`),
      v.description(
        "Words, or their beginnings or parts, in either language and any script. Case, width, hiragana and katakana, and accents that the language's users leave out are not told apart; reading aids are searched too.",
      ),
    ),
  ),
  limit: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[1-9][0-9]{0,2}$/, "must be a whole number above zero"),
      v.description(
        `Concepts on this page: ${PHRASEBOOK_PAGE_CONCEPTS} unless said, at most ${PHRASEBOOK_PAGE_CONCEPTS_MOST}.`,
      ),
      v.transform(Number),
      v.maxValue(PHRASEBOOK_PAGE_CONCEPTS_MOST, `must be at most ${PHRASEBOOK_PAGE_CONCEPTS_MOST}`),
    ),
  ),
  page: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(PHRASEBOOK_PAGE_TOKEN_BYTES, "is not a page of this list"),
      v.description("The `page` of the answer before. The rest of the question stays as it was, `limit` aside."),
    ),
  ),
});

/** What is asked of the categories. */
export const CategoriesQuery = v.object({ language: v.optional(languageTag("es")) });

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const Text = v.object({
  text: v.string(),
  origin: v.pipe(v.picklist(["cldr", "hand"]), v.description("Unicode CLDR, or written for this project.")),
  pronunciation: v.optional(v.pipe(v.string(), v.description("In Latin letters."))),
  kana: v.optional(v.pipe(v.string(), v.description("Japanese in kana alone."))),
});

const Concept = v.object({
  id: v.pipe(v.string(), v.description("Stable for ever.")),
  category: v.string(),
  kind: v.picklist(["word", "phrase"]),
  from: Text,
  to: Text,
});

/** A whole pair of languages; these are in the provider's spelling. */
export const PackAnswer = v.object({ from: v.string(), to: v.string(), concepts: v.array(Concept) });

/** A page of the list. */
export const ListAnswer = v.object({
  from: v.string(),
  to: v.string(),
  total: v.pipe(count, v.description("Concepts on all pages together.")),
  concepts: v.array(Concept),
  page: v.optional(v.pipe(v.string(), v.description("Leads to the next page; absent on the last one."))),
});

/** The languages. */
export const LanguagesAnswer = v.object({
  words: v.pipe(count, v.description("Words of the phrasebook.")),
  phrases: v.pipe(count, v.description("Phrases of the phrasebook.")),
  languages: v.array(
    v.object({
      code: v.string(),
      words: count,
      phrases: count,
      completeness: v.pipe(
        v.number(),
        v.minValue(0),
        v.maxValue(1),
        v.description("The share of all words and phrases; 1 only where none is missing."),
      ),
    }),
  ),
});

/** The categories. */
export const CategoriesAnswer = v.object({
  language: v.pipe(v.string(), v.description("The language that `name` is in: as asked, or else English.")),
  categories: v.array(v.object({ id: v.string(), name: v.string(), words: count, phrases: count })),
});
