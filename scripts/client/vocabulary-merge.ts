/**
 * What the server's answers do to a device's vocabulary, by the rules of `docs/sync.md`: a deletion made elsewhere takes
 * the edits here with it, one made here gives way to a newer edit elsewhere, and other edits meet field by field. It
 * asks the server nothing.
 */
import { MAX_GONE } from "./bounds.ts";
import { type Fields, isPending, type KeptEntry, patched, type Vocabulary } from "./vocabulary.ts";

/** An entry or a tombstone, as the server tells it. */
export interface ServerItem {
  readonly id: string;
  readonly rev: number;
  readonly deleted?: boolean | undefined;
  readonly [field: string]: unknown;
}

/** Why everything is listed: the reason of a 410, or that there is no cursor. */
export type ListingReason = "floor" | "epoch" | "no cursor";

/** A change as it is pushed. */
export interface Change {
  readonly id: string;
  /** Always said, so that a push never answers 410. */
  readonly base: number;
  readonly deleted?: true;
  readonly [field: string]: unknown;
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

function pick(fields: Fields, isWanted: (name: string) => boolean): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => isWanted(name)));
}

function forget({ entries, gone }: Vocabulary, id: string): void {
  entries.delete(id);
  remember(gone, id);
}

function remember(ids: Set<string>, id: string): void {
  ids.add(id);
  const [oldest] = ids;
  if (ids.size > MAX_GONE && oldest !== undefined) ids.delete(oldest);
}

/** Before a listing after a restore: what is deleted by now is deleted again where it turns up, then or later. */
export function rememberGone({ gone, goneBefore }: Vocabulary): void {
  for (const id of gone) remember(goneBefore, id);
}

/** Whether an entry has a value that this device neither was told before nor wrote itself. */
function isNews({ base, edits }: KeptEntry, fields: Fields): boolean {
  return Object.keys({ ...base?.fields, ...fields }).some((name) => {
    const isWritten = name in edits && isSame(fields[name], edits[name]);
    return !isWritten && !isSame(fields[name], base?.fields[name]);
  });
}

/**
 * Takes an item as the server's latest word, from a pull or a conflict. What is edited here stays edited; a deletion takes
 * the edits with it.
 */
export function takeItem(vocabulary: Vocabulary, item: ServerItem, reason?: ListingReason): void {
  const { id, rev, deleted, ...fields } = item;
  if (deleted) {
    forget(vocabulary, id);
    return;
  }
  const isBack = vocabulary.goneBefore.has(id);
  const entry = vocabulary.entries.get(id) ?? { base: undefined, edits: {}, removed: isBack, own: {} };
  // A deletion that was not acknowledged gives way to what its traveller had not seen.
  const isOverruled = reason !== "epoch" && !isBack && isNews(entry, fields);
  const replaced = pick(entry.own, (name) => !isSame(entry.own[name], fields[name]));
  vocabulary.entries.set(id, {
    base: { rev, fields },
    // A restore undid what this device had been promised: then it is an edit again.
    edits: reason === "epoch" ? { ...replaced, ...entry.edits } : entry.edits,
    removed: entry.removed && !isOverruled,
    own: pick(entry.own, (name) => !(name in replaced)),
  });
}

/** The duties at the end of a full listing, for what was not in it. */
export function settleListing(vocabulary: Vocabulary, listed: ReadonlySet<string>, reason: ListingReason): void {
  for (const [id, entry] of vocabulary.entries) {
    if (listed.has(id)) continue;
    // Another device may hold it, and push it as new.
    if (entry.removed && reason === "epoch") remember(vocabulary.goneBefore, id);
    if (entry.removed) forget(vocabulary, id);
    // Not gone: nobody said that it was deleted, and after a restore another device may push it.
    else if (!isPending(entry) && reason !== "epoch") vocabulary.entries.delete(id);
    else vocabulary.entries.set(id, asNew(entry));
  }
}

/** As if it had been made here: pushed whole. */
function asNew({ base, edits }: KeptEntry): KeptEntry {
  return { base: undefined, edits: { ...base?.fields, ...edits }, removed: false, own: {} };
}

/** How many entries the account before has acknowledged, and so the traveller is to be asked about. */
export function countOfOther({ entries }: Vocabulary): number {
  return [...entries.values()].filter(({ base, removed }) => base !== undefined && !removed).length;
}

/**
 * The device is in another account now. The cursor and the bases are dropped; entries that the account before has
 * acknowledged are kept, to be made in the new one unless they are there, or dropped unless they were edited since.
 */
export function changeAccount(vocabulary: Vocabulary, accountId: string, choice: "keep" | "drop"): void {
  vocabulary.accountId = accountId;
  vocabulary.cursor = 0;
  vocabulary.gone.clear();
  vocabulary.goneBefore.clear();
  for (const [id, entry] of vocabulary.entries) {
    const isDropped = choice === "drop" && !isPending(entry);
    if (entry.removed || isDropped) vocabulary.entries.delete(id);
    else vocabulary.entries.set(id, { ...entry, base: entry.base && { ...entry.base, rev: 0 }, own: {} });
  }
}

/** The change that tells the server of an entry. */
export function changeOf(id: string, { base, edits, removed }: KeptEntry): Change {
  const rev = base?.rev ?? 0;
  if (removed) return { id, base: rev, deleted: true };
  // Without a time of its own a change gets the server's, which only a pull would tell.
  const updatedAt = edits.updatedAt ?? base?.fields.updatedAt;
  return { ...edits, ...(updatedAt !== undefined && { updatedAt }), id, base: rev };
}

/** A change was taken, or was there already. What was changed once more since it was sent stays an edit. */
export function takeAcknowledged(vocabulary: Vocabulary, change: Change, rev: number | undefined): void {
  const { id, base: _, deleted, ...sent } = change;
  const entry = vocabulary.entries.get(id);
  if (entry === undefined) return;
  if (deleted || rev === undefined) {
    forget(vocabulary, id);
    return;
  }
  entry.base = { rev, fields: patched(entry.base?.fields ?? {}, sent) };
  entry.own = { ...entry.own, ...sent };
  entry.edits = pick(entry.edits, (name) => !(name in sent && isSame(entry.edits[name], sent[name])));
}
