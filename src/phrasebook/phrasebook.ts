// The phrasebook of one isolate: parsed languages in bounded memory, read from D1 once and shared by all requests. A
// lookup never waits; `warm` does, briefly, and never throws: whatever goes wrong here is no hit, and the tiers behind
// it answer. The risk it accepts: for up to ten minutes after a new seed an isolate may answer from the one before.
import { LRUCache } from "lru-cache";
import {
  PHRASEBOOK_BACKOFF_MS,
  PHRASEBOOK_LANGUAGES_KEPT,
  PHRASEBOOK_VERSION_CHECK_MS,
  PHRASEBOOK_WAIT_MS,
} from "../bounds.ts";
import { LATE, within } from "../deadline.ts";
import { emptyLanguage, type LanguageTexts, lookUp, type PhrasebookHit, parseLanguage } from "./lookup.ts";
import { type LanguageRow, readLanguage, readVersion } from "./store.ts";

/** What one request lends the phrasebook for its reads. */
interface PhrasebookIo {
  readonly db: D1Database;
  /** The request's `ctx.waitUntil`, bound: a read shared between requests lives on after its own is answered. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Milliseconds since 1970. */
  readonly now: number;
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
}

interface SharedRead {
  readonly startedAt: number;
  /** Settles when the language is kept, or could not be read; never rejects. */
  readonly done: Promise<void>;
}

/** Makes an isolate's phrasebook. `languages` are those of the seed: others cost no read. */
export function createPhrasebook(deps: { readonly languages: readonly string[] }): Phrasebook {
  const seeded = new Set(deps.languages);
  const parsed = new LRUCache<string, LanguageTexts>({ max: PHRASEBOOK_LANGUAGES_KEPT });
  const reads = new Map<string, SharedRead>();
  let version: string | null = null;
  // Counts the versions seen, so that a read which began under an older one cannot bring it back.
  let turns = 0;
  let checkedAt = Number.NEGATIVE_INFINITY;
  let suspendedUntil = Number.NEGATIVE_INFINITY;

  function isWarm(language: string): boolean {
    return !seeded.has(language) || parsed.has(language);
  }

  function adopt(current: string | null): void {
    if (current === version) return;
    version = current;
    turns += 1;
    parsed.clear();
  }

  function keep(language: string, row: LanguageRow | null, turn: number): void {
    const current = row?.version ?? null;
    if (current !== version && turn !== turns) return;
    adopt(current);
    const texts = row?.texts ?? null;
    parsed.set(language, texts === null ? emptyLanguage(language) : parseLanguage(language, texts));
  }

  async function read(language: string, { db, now }: PhrasebookIo): Promise<void> {
    const turn = turns;
    try {
      keep(language, await readLanguage(db, language), turn);
    } catch {
      suspendedUntil = now + PHRASEBOOK_BACKOFF_MS;
    }
  }

  /** Joins the read that is under way, unless it has hung for so long that it is taken for lost; else leads one. */
  function share(language: string, io: PhrasebookIo): Promise<void> {
    const underWay = reads.get(language);
    if (underWay !== undefined && io.now - underWay.startedAt < PHRASEBOOK_BACKOFF_MS) return underWay.done;
    const done = read(language, io).finally(() => {
      if (reads.get(language)?.done === done) reads.delete(language);
    });
    reads.set(language, { startedAt: io.now, done });
    // Without this the joiners hang when the leader's own request ends first.
    io.waitUntil(done);
    return done;
  }

  async function readAndAdopt(db: D1Database): Promise<void> {
    const turn = turns;
    const current = await readVersion(db);
    if (turn === turns) adopt(current);
  }

  function checkVersion(io: PhrasebookIo): void {
    if (parsed.size === 0 || io.now - checkedAt < PHRASEBOOK_VERSION_CHECK_MS) return;
    checkedAt = io.now;
    // A check that fails is made again when the next is due: what is parsed still answers.
    io.waitUntil(readAndAdopt(io.db).catch(() => undefined));
  }

  async function warm(languages: Iterable<string>, io: PhrasebookIo): Promise<void> {
    checkVersion(io);
    const missing = [...new Set(languages)].filter((language) => !isWarm(language));
    if (missing.length === 0 || io.now < suspendedUntil) return;
    if (parsed.size === 0) checkedAt = io.now;
    const all = Promise.all(missing.map((language) => share(language, io)));
    if ((await within(PHRASEBOOK_WAIT_MS, all)) === LATE)
      suspendedUntil = io.now + PHRASEBOOK_WAIT_MS + PHRASEBOOK_BACKOFF_MS;
  }

  return {
    find(text, from, to) {
      const source = parsed.get(from);
      const target = parsed.get(to);
      return source === undefined || target === undefined ? undefined : lookUp(text, source, target);
    },
    isWarm,
    warm,
    checkVersion,
  };
}
