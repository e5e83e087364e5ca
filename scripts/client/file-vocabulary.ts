/**
 * The demo's vocabulary: a JSON file beside the credentials, and on a phone the app's database. It outlives the loss of
 * the credentials, and they its loss.
 */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import * as v from "valibot";
import { readJsonFile, unusable, writeJsonFile } from "./file-json.ts";
import { withFileLock } from "./file-lock.ts";
import { newVocabulary, type Vocabulary, type VocabularyStore } from "./vocabulary.ts";

const Fields = v.record(v.string(), v.unknown());

const KeptEntry = v.object({
  base: v.optional(v.object({ rev: v.number(), fields: Fields })),
  edits: Fields,
  removed: v.boolean(),
  own: Fields,
});

// Pairs, since an id may be any word: "__proto__" is a good one.
const Content = v.object({
  /** The edge that the vocabulary is synced with: it is never told to another server. */
  server: v.string(),
  accountId: v.optional(v.string()),
  cursor: v.number(),
  entries: v.array(v.tuple([v.string(), KeptEntry])),
  gone: v.array(v.string()),
  goneBefore: v.array(v.string()),
});

/** The vocabulary in that file, which is made with the first change. The locks are `<path>.lock` and `<path>.sync.lock`. */
export function vocabularyFile(path: string, server: string): VocabularyStore {
  async function read(): Promise<Vocabulary> {
    const content = await readJsonFile(path, Content);
    if (content === undefined) return newVocabulary();
    if (content.server !== server) throw unusable(path, `it belongs to ${content.server}, not to ${server}`);
    const { accountId, cursor, entries, gone, goneBefore } = content;
    return {
      accountId,
      cursor,
      entries: new Map(entries.map(([id, entry]) => [id, { ...entry, base: entry.base }])),
      gone: new Set(gone),
      goneBefore: new Set(goneBefore),
    };
  }

  async function locked<T>(name: string, work: () => Promise<T>): Promise<T> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return await withFileLock(name, work);
  }

  return {
    read,
    change: (work) =>
      locked(path, async () => {
        const vocabulary = await read();
        const result = work(vocabulary);
        const { entries, gone, goneBefore, ...rest } = vocabulary;
        const content = { server, ...rest, entries: [...entries], gone: [...gone], goneBefore: [...goneBefore] };
        await writeJsonFile(path, content);
        return result;
      }),
    syncing: (work) => locked(`${path}.sync`, work),
  };
}
