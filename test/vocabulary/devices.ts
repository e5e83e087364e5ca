/**
 * A simulated device: the hand-written client of `docs/sync.md`, merging field by field. It keeps what an app keeps in its
 * database, makes one request at a time, and may be stopped after any of them. Sign-in and the network are its caller's.
 */
import type { WireItem, WirePage, WirePush, WireRefusal, WireResult } from "./phone.ts";

/** Fields and their values; null clears. */
export type Fields = Readonly<Record<string, unknown>>;

/** What a device has of one entry. */
interface Held {
  /** As the server last told it; absent while the server has never acknowledged it. */
  base?: { readonly rev: number; readonly fields: Fields };
  /** Changed here and not acknowledged. */
  edits: Fields;
  /** Deleted here and not acknowledged. */
  removed: boolean;
  /** Written here, acknowledged, and not replaced since by what another device wrote. */
  own: Fields;
}

/** What a device keeps. */
export interface Device {
  readonly entries: Map<string, Held>;
  /** Deleted, as far as the device knows. */
  readonly gone: Set<string>;
  /** Those deleted when the database was restored, and so to be deleted again where they turn up. */
  readonly goneBefore: Set<string>;
  /** Stays as it was until a listing is complete. */
  cursor: number;
}

/** Why everything is listed. */
type Reason = WireRefusal["reason"];

/** The requests a device makes; they reject where the request or its answer is lost. */
export interface Wire {
  pull(query: Readonly<Record<string, string | number>>): Promise<WirePage | WireRefusal>;
  push(body: { readonly since: number; readonly changes: readonly Fields[] }): Promise<WirePush>;
}

/** Small, so that requests of several devices fall between each other's. */
const ITEMS = 3;
const CHANGES = 2;

/** A device that was just installed. */
export function newDevice(): Device {
  return { entries: new Map(), gone: new Set(), goneBefore: new Set(), cursor: 0 };
}

/** An entry as the device shows it. */
export function shown({ base, edits }: Held): Fields {
  const fields = Object.entries({ ...base?.fields, ...edits });
  return Object.fromEntries(fields.filter(([, value]) => value !== null));
}

/** The ids of the entries that the device shows. */
export const idsShown = ({ entries }: Device): readonly string[] =>
  [...entries].filter(([, { removed }]) => !removed).map(([id]) => id);

/** The traveller adds or changes an entry. */
export function edit({ entries }: Device, id: string, fields: Fields): void {
  const held = entries.get(id);
  if (held === undefined) entries.set(id, { edits: fields, removed: false, own: {} });
  else held.edits = { ...held.edits, ...fields };
}

/** The traveller deletes an entry. */
export function remove({ entries }: Device, id: string): void {
  const held = entries.get(id);
  if (held !== undefined) held.removed = true;
}

/** Whether there is anything to push. */
export const isPending = ({ base, edits, removed }: Held) =>
  base === undefined || removed || Object.keys(edits).length > 0;

const without = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));

function forget({ entries, gone }: Device, id: string): void {
  entries.delete(id);
  gone.add(id);
}

/** Whether an item has a value that this device neither was told before nor wrote itself. */
function isNews({ base, edits }: Held, fields: Fields): boolean {
  return Object.keys({ ...base?.fields, ...fields }).some((name) => {
    const value = fields[name] ?? null;
    return value !== (base?.fields[name] ?? null) && value !== edits[name];
  });
}

/** Takes an item as the server's latest word. What is edited here stays edited; a deletion takes the edits with it. */
function take(device: Device, { id, rev, deleted, ...fields }: WireItem, reason?: Reason): void {
  if (deleted) {
    forget(device, id);
    return;
  }
  const held: Held = device.entries.get(id) ?? { edits: {}, removed: device.goneBefore.has(id), own: {} };
  const replaced = Object.keys(held.own).filter((name) => (held.own[name] ?? null) !== (fields[name] ?? null));
  // A deletion that was not acknowledged gives way to what its traveller had not seen.
  if (reason !== "epoch" && !device.goneBefore.has(id) && isNews(held, fields)) held.removed = false;
  // A restore undid what this device had been promised: then it is an edit again.
  if (reason === "epoch")
    held.edits = { ...Object.fromEntries(replaced.map((name) => [name, held.own[name]])), ...held.edits };
  held.own = without(held.own, replaced);
  held.base = { rev, fields };
  device.entries.set(id, held);
}

/** The duties at the end of a full listing, for what was not in it. */
function settle(device: Device, listed: ReadonlySet<string>, reason: Reason): void {
  for (const [id, held] of device.entries) {
    if (listed.has(id)) continue;
    // Another phone may hold it, and push it as new.
    if (held.removed && reason === "epoch") device.goneBefore.add(id);
    const isClean = held.base !== undefined && !isPending(held);
    if (held.removed) forget(device, id);
    // Not `gone`: nobody said that it was deleted, and after a restore it may be elsewhere.
    else if (isClean && reason !== "epoch") device.entries.delete(id);
    else {
      held.edits = { ...held.base?.fields, ...held.edits };
      delete held.base;
    }
  }
}

async function* pullAll(device: Device, wire: Wire): AsyncGenerator<undefined> {
  let reason: Reason;
  let page: string | undefined;
  let listed = new Set<string>();
  for (;;) {
    const since = reason === undefined ? device.cursor : 0;
    const answer = await wire.pull({ since, limit: ITEMS, ...(page === undefined ? {} : { page }) });
    yield;
    if ("status" in answer) {
      // 410 says why to list everything. 400: the pages are not good any more, and the old cursor must be asked again.
      reason = answer.reason;
      page = undefined;
      listed = new Set();
      if (reason === "epoch") for (const id of device.gone) device.goneBefore.add(id);
    } else {
      for (const item of answer.items) {
        take(device, item, reason);
        listed.add(item.id);
      }
      page = answer.page;
      if (answer.cursor !== undefined) {
        if (since === 0) settle(device, listed, reason);
        device.cursor = answer.cursor;
        return;
      }
    }
  }
}

function acknowledge(device: Device, change: Fields, result: WireResult): void {
  const id = String(change.id);
  const held = device.entries.get(id);
  if (result.status === "rejected") throw new Error(`A good change was rejected: ${result.code}`);
  if (held === undefined) return;
  if (result.current !== undefined) {
    take(device, result.current);
    return;
  }
  if (change.deleted) {
    forget(device, id);
    return;
  }
  const { id: _id, base: _base, ...sent } = change;
  const merged = Object.entries({ ...held.base?.fields, ...sent }).filter(([, value]) => value !== null);
  held.base = { rev: result.rev ?? 0, fields: Object.fromEntries(merged) };
  held.own = { ...held.own, ...sent };
  // What was changed once more while the request was on its way is not acknowledged.
  const same = Object.keys(sent).filter((name) => held.edits[name] === sent[name]);
  held.edits = without(held.edits, same);
}

async function* pushAll(device: Device, wire: Wire): AsyncGenerator<undefined> {
  for (;;) {
    const changes = [...device.entries]
      .filter(([, held]) => isPending(held))
      .slice(0, CHANGES)
      .map(([id, { base, edits, removed }]): Fields => {
        if (removed) return { id, base: base?.rev ?? 0, deleted: true };
        // Without a time of its own a change gets the server's, which only a pull would tell.
        return { id, base: base?.rev ?? 0, updatedAt: base?.fields.updatedAt, ...edits };
      });
    if (changes.length === 0) return;
    const { results, cursor, contiguous } = await wire.push({ since: device.cursor, changes });
    yield;
    results.forEach((result, index) => {
      acknowledge(device, changes[index] ?? {}, result);
    });
    if (contiguous) device.cursor = cursor;
  }
}

/** One whole sync, which stops at each answer: the traveller may do something before it is taken. */
export async function* sync(device: Device, wire: Wire): AsyncGenerator<undefined> {
  yield* pullAll(device, wire);
  yield* pushAll(device, wire);
}
