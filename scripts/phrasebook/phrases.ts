// The hand-written sentences: `phrasebook/phrases.json` says which there are and in which order, and
// `phrasebook/phrases/<language>.json` says them. A language that lacks one, or has one too many, stops the build.
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { CLDR_LOCALES } from "./languages.ts";
import { readJson } from "./read.ts";
import { Id, Text } from "./words.ts";

const PhraseList = v.pipe(
  v.array(v.strictObject({ id: Id, category: Id })),
  v.check((phrases) => new Set(phrases.map(({ id }) => id)).size === phrases.length, "an id stands twice"),
);

const Sentences = v.record(v.string(), Text);

/** One sentence that travellers say. */
export type Phrase = v.InferOutput<typeof PhraseList>[number];

/** Provider language code to phrase id to sentence. */
export type SentencesByLanguage = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** Reads which phrases there are. Throws where the list is not as it must be. */
export function readPhrases(): readonly Phrase[] {
  return v.parse(PhraseList, readJson("phrasebook/phrases.json"));
}

/** Reads every language's sentences, in the order of the codes. */
export function readSentences(): SentencesByLanguage {
  const folder = fileURLToPath(new URL("../../phrasebook/phrases", import.meta.url).href);
  const files = readdirSync(folder).sort();
  return new Map(
    files.map((file) => [file.replace(/\.json$/, ""), v.parse(Sentences, readJson(`phrasebook/phrases/${file}`))]),
  );
}

/** What is wrong with the sentences, one line each: "es: goodbye is missing". */
export function faultsOf(phrases: readonly Phrase[], sentences: SentencesByLanguage): readonly string[] {
  const ids = new Set(phrases.map(({ id }) => id));
  return [...sentences].flatMap(([language, texts]) => [
    ...(CLDR_LOCALES.has(language) ? [] : [`${language} is no language of the phrasebook`]),
    ...[...ids].filter((id) => texts[id] === undefined).map((id) => `${language}: ${id} is missing`),
    ...Object.keys(texts)
      .filter((id) => !ids.has(id))
      .map((id) => `${language}: ${id} stands in no list`),
  ]);
}
