/**
 * The traveller's vocabulary as a device keeps it: each entry as the server last told it, and what was changed here
 * since. Adding, editing and removing need no network and are not checked: the server tells what it does not take. How
 * it meets the server's is `vocabulary-sync.ts`'s, where it is kept is a store's.
 */

/** Fields of an entry and their values; in a patch, null clears. */
export type Fields = Readonly<Record<string, unknown>>;

/** One entry on this device. */
export interface KeptEntry {
  /**
   * As the server last told it; absent while it has never acknowledged the entry. Its `rev` is 0 where that was in
   * another account.
   */
  base: { readonly rev: number; readonly fields: Fields } | undefined;
  /** Changed here and not acknowledged. */
  edits: Fields;
  /** Removed here and not acknowledged. */
  removed: boolean;
  /** Written here, acknowledged, and not replaced since: written again where the server is restored to an earlier time. */
  own: Fields;
}

/** What a device keeps. */
export interface Vocabulary {
  /** The account that the cursor and the bases are of; unknown until the first sync. */
  accountId: string | undefined;
  /** Where the next pull goes on; stays as it was until a listing is complete. */
  cursor: number;
  readonly entries: Map<string, KeptEntry>;
  /** Deleted, as far as the device was told, the latest last. */
  readonly gone: Set<string>;
  /** Those deleted when the database was restored, and so to be deleted again where they turn up. */
  readonly goneBefore: Set<string>;
}

/** Where a device keeps its vocabulary. */
export interface VocabularyStore {
  /** What is kept; a copy, whose changes are kept by nobody. */
  read(): Promise<Vocabulary>;
  /** Changes what is kept, while nobody else does. Durable when it returns; where `work` throws, nothing is changed. */
  change<T>(work: (vocabulary: Vocabulary) => T): Promise<T>;
  /** Runs a sync while nobody else runs theirs. Changes are not held up by it. */
  syncing<T>(work: () => Promise<T>): Promise<T>;
}

/** A device that was just installed. */
export function newVocabulary(): Vocabulary {
  return { accountId: undefined, cursor: 0, entries: new Map(), gone: new Set(), goneBefore: new Set() };
}

/** As if the app was installed anew. */
export function forgetAll(vocabulary: Vocabulary): void {
  for (const kept of [vocabulary.entries, vocabulary.gone, vocabulary.goneBefore]) kept.clear();
  vocabulary.accountId = undefined;
  vocabulary.cursor = 0;
}

/** Whether there is something of this entry to push. */
export function isPending({ base, edits, removed }: KeptEntry): boolean {
  return !base?.rev || removed || Object.keys(edits).length > 0;
}

/** How many entries are to be pushed. */
export function countPending({ entries }: Vocabulary): number {
  return [...entries.values()].filter(isPending).length;
}

/** Fields with a patch upon them; what is null is cleared. */
export function patched(fields: Fields, patch: Fields): Fields {
  return Object.fromEntries(Object.entries({ ...fields, ...patch }).filter(([, value]) => value !== null));
}

/** The entry's fields as the traveller sees them. */
export function fieldsShown({ base, edits }: KeptEntry): Fields {
  return patched(base?.fields ?? {}, edits);
}

/** The entries that are not removed. */
export function entriesShown({ entries }: Vocabulary): { id: string; fields: Fields; isPending: boolean }[] {
  return [...entries]
    .filter(([, { removed }]) => !removed)
    .map(([id, entry]) => ({ id, fields: fieldsShown(entry), isPending: isPending(entry) }));
}

/** Adds an entry. Returns its id, which is random, so that it never meets another device's. `now` is milliseconds. */
export function addEntry({ entries }: Vocabulary, fields: Fields, now: number): string {
  const id = crypto.randomUUID();
  const at = new Date(now).toISOString();
  const edits = { favourite: false, ...fields, createdAt: at, updatedAt: at };
  entries.set(id, { base: undefined, edits, removed: false, own: {} });
  return id;
}

/** Changes fields of an entry that is there; null clears one. `now` is milliseconds. */
export function editEntry({ entries }: Vocabulary, id: string, fields: Fields, now: number): void {
  const entry = entries.get(id);
  if (entry) entry.edits = { ...entry.edits, ...fields, updatedAt: new Date(now).toISOString() };
}

/** Removes an entry. The server is told even where it is not known to have it: its answer may have been lost. */
export function removeEntry({ entries }: Vocabulary, id: string): void {
  const entry = entries.get(id);
  if (entry) entry.removed = true;
}
