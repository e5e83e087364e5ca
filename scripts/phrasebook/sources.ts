// Everything that the phrasebook is built from, read and checked: the hand-made lists and the pinned CLDR packages.
import * as v from "valibot";
import { type CldrNames, readCldrNames } from "./cldr.ts";
import { CLDR_LOCALES } from "./languages.ts";
import { faultsOf, type Phrase, readPhrases, readSentences, type SentencesByLanguage } from "./phrases.ts";
import { readJson } from "./read.ts";
import type { ReadingsByHand } from "./readings.ts";
import { Id, readWords, Text, type Word } from "./words.ts";

/** Everything that the seed is built from. */
export interface Sources {
  /** Every category, in display order. */
  readonly categories: readonly string[];
  readonly words: readonly Word[];
  readonly phrases: readonly Phrase[];
  readonly sentences: SentencesByLanguage;
  /** By provider language code, in the order of the codes. */
  readonly cldr: ReadonlyMap<string, CldrNames>;
  readonly readings: ReadingsByHand;
}

/** Reads the sources of this repository. Throws where one is not as it must be. */
export function readSources(): Sources {
  const categories = v.parse(v.array(Id), readJson("phrasebook/categories.json"));
  const words = readWords(categories);
  const phrases = readPhrases();
  const sentences = readSentences();
  const faults = [
    ...faultsOf(phrases, sentences),
    ...twice([...words, ...phrases].map(({ id }) => id)).map((id) => `the id ${id} stands twice`),
    ...phrases.filter(({ category }) => !categories.includes(category)).map(({ id }) => `${id} is in no category`),
  ];
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return {
    categories,
    words,
    phrases,
    sentences,
    cldr: new Map([...CLDR_LOCALES].map(([language, locale]) => [language, readCldrNames(locale)])),
    readings: new Map(READ_ALOUD.map((language) => [language, readReadings(language)])),
  };
}

/** Languages with readings by hand, text by text. */
const READ_ALOUD = ["ja", "ko"];

function readReadings(language: string): Readonly<Record<string, string>> {
  return v.parse(v.record(Text, Text), readJson(`phrasebook/readings/${language}.json`));
}

function twice(ids: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return ids.filter((id) => seen.size === seen.add(id).size);
}
