// The phrasebook of one isolate: parsed languages in bounded memory, the concepts, and how much each language has; read
// from D1 once and shared by all requests. Lookups for translating never wait for long and never fail: whatever goes
// wrong is no hit, and the tiers behind answer. The phrasebook's own routes have nothing behind them: they wait longer,
// and say so when D1 does not answer.

import {
  PHRASEBOOK_BACKOFF_MS,
  PHRASEBOOK_LANGUAGES_KEPT,
  PHRASEBOOK_READ_ROUNDS,
  PHRASEBOOK_WAIT_MS,
} from "../bounds.ts";
import { LATE, within } from "../deadline.ts";
import { createRecent } from "../recent.ts";
import { ask, StorageUnavailable } from "../storage.ts";
import { type Concept, type LanguageCount, parseConcepts, parseCounts } from "./concepts.ts";
import { emptyLanguage, type LanguageTexts, lookUp, type PhrasebookHit, parseLanguage } from "./lookup.ts";
import { readConcepts, readCounts, readLanguage } from "./store.ts";
import { createVersions, type PhrasebookIo } from "./versions.ts";

/** Two languages and the concepts, all of one version. */
export interface Edition {
  readonly version: string;
  /** In display order. */
  readonly concepts: readonly Concept[];
  /** Without texts where the phrasebook does not have the language. */
  readonly from: LanguageTexts;
  readonly to: LanguageTexts;
}

/** What there is, without the texts, all of one version. */
interface Contents {
  /** In display order; none when nothing is seeded. */
  readonly concepts: readonly Concept[];
  /** In the order of the codes. */
  readonly languages: readonly LanguageCount[];
}

/** The built-in vocabulary in an isolate. Languages are in the provider's spelling. */
export interface Phrasebook {
  /** The translation of a plain text, over languages that are warm; undefined is no hit. No I/O. */
  find(text: string, from: string, to: string): PhrasebookHit | undefined;
  /** Whether a lookup in this language needs no read: it is parsed, or the phrasebook does not have it. */
  isWarm(language: string): boolean;
  /**
   * Reads what is missing of these languages, one D1 read each, shared by concurrent requests; resolves at the latest
   * after `PHRASEBOOK_WAIT_MS`, and never rejects. When all is warm it only does what `checkVersion` does.
   */
  warm(languages: Iterable<string>, io: PhrasebookIo): Promise<void>;
  /**
   * Asks D1 in the background for the version that it serves, at most every `PHRASEBOOK_VERSION_CHECK_MS`; a new one
   * drops the parsed languages. To be called where requests are answered without `warm`: it returns at once.
   */
  checkVersion(io: PhrasebookIo): void;
  /**
   * A pair with the concepts, from memory once warm; undefined when nothing is seeded. Throws `StorageUnavailable`
   * where something is missing and D1 does not answer.
   */
  edition(from: string, to: string, io: PhrasebookIo): Promise<Edition | undefined>;
  /** The concepts alone; none when nothing is seeded. Throws as `edition` does. */
  concepts(io: PhrasebookIo): Promise<readonly Concept[]>;
  /** The concepts, and how much each language has of them. Throws as `edition` does. */
  contents(io: PhrasebookIo): Promise<Contents>;
}

/** Something that may be missing from memory, and its read. */
interface Part {
  readonly isHeld: () => boolean;
  /** Resolves to a failure where the read failed. */
  readonly read: (io: PhrasebookIo) => Promise<{ readonly error: unknown } | undefined>;
}

/** Makes an isolate's phrasebook. `languages` are those of the seed: others cost no read. */
export function createPhrasebook(deps: { readonly languages: readonly string[] }): Phrasebook {
  const seeded = new Set(deps.languages);
  const parsed = createRecent<LanguageTexts>(PHRASEBOOK_LANGUAGES_KEPT);
  let concepts: readonly Concept[] | undefined;
  let counts: readonly LanguageCount[] | undefined;
  let suspendedUntil = Number.NEGATIVE_INFINITY;
  const versions = createVersions({
    isEmpty: () => parsed.size === 0 && concepts === undefined && counts === undefined,
    drop() {
      parsed.clear();
      concepts = undefined;
      counts = undefined;
    },
  });

  const conceptsPart: Part = {
    isHeld: () => concepts !== undefined,
    read: (io) =>
      versions.read(
        {
          name: "(concepts)",
          read: readConcepts,
          keep: (row) => {
            concepts = row === null ? [] : parseConcepts(row.concepts);
          },
        },
        io,
      ),
  };

  const countsPart: Part = {
    isHeld: () => counts !== undefined,
    read: (io) =>
      versions.read(
        {
          name: "(counts)",
          read: readCounts,
          keep: (row) => {
            counts = row === null ? [] : parseCounts(row.counts);
          },
        },
        io,
      ),
  };

  const isWarm = (language: string) => !seeded.has(language) || parsed.has(language);

  const languagePart = (language: string): Part => ({
    isHeld: () => isWarm(language),
    read: (io) =>
      versions.read(
        {
          name: language,
          read: (db) => readLanguage(db, language),
          keep: (row) => {
            const texts = row?.texts ?? null;
            parsed.set(language, texts === null ? emptyLanguage(language) : parseLanguage(language, texts));
          },
        },
        io,
      ),
  });

  async function warm(languages: Iterable<string>, io: PhrasebookIo): Promise<void> {
    versions.check(io);
    const missing = [...new Set(languages)].filter((language) => !isWarm(language));
    if (missing.length === 0 || io.now < suspendedUntil) return;
    const reads = missing.map(async (language) => {
      if ((await languagePart(language).read(io)) !== undefined) suspendedUntil = io.now + PHRASEBOOK_BACKOFF_MS;
    });
    if ((await within(PHRASEBOOK_WAIT_MS, Promise.all(reads))) === LATE)
      suspendedUntil = io.now + PHRASEBOOK_WAIT_MS + PHRASEBOOK_BACKOFF_MS;
  }

  /** Reads until all parts are held at once: a new version that shows up in between drops those read before it. */
  async function readMissing<T>(parts: readonly Part[], io: PhrasebookIo, take: () => T): Promise<T> {
    for (let round = 0; round <= PHRASEBOOK_READ_ROUNDS; round += 1) {
      const missing = parts.filter((part) => !part.isHeld());
      if (missing.length === 0) return take();
      const failures = await Promise.all(missing.map((part) => part.read(io)));
      const failure = failures.find((each) => each !== undefined);
      if (failure !== undefined) throw failure.error;
    }
    throw new StorageUnavailable("The phrasebook's version changed again and again while it was read");
  }

  /** What `take` makes of the parts, in the very moment when all of them are held. */
  async function held<T>(parts: readonly Part[], io: PhrasebookIo, take: () => T): Promise<T> {
    versions.check(io);
    return parts.every((part) => part.isHeld()) ? take() : ask(readMissing(parts, io, take));
  }

  return {
    find(text, from, to) {
      const source = parsed.get(from);
      const target = parsed.get(to);
      return source === undefined || target === undefined ? undefined : lookUp(text, source, target);
    },
    isWarm,
    warm,
    checkVersion: versions.check,
    edition(from, to, io) {
      const textsOf = (language: string) => parsed.get(language) ?? emptyLanguage(language);
      return held([conceptsPart, languagePart(from), languagePart(to)], io, () => {
        const version = versions.current();
        if (version === null || concepts === undefined) return undefined;
        return { version, concepts, from: textsOf(from), to: textsOf(to) };
      });
    },
    concepts: (io) => held([conceptsPart], io, () => concepts ?? []),
    contents: (io) =>
      held([conceptsPart, countsPart], io, () => ({ concepts: concepts ?? [], languages: counts ?? [] })),
  };
}
