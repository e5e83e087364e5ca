/** The rules by which a device's vocabulary meets what the server says, one by one. */
import { beforeEach, describe, expect, test } from "vitest";
import { MAX_GONE } from "../../scripts/client/bounds.ts";
import {
  addEntry,
  countPending,
  editEntry,
  entriesShown,
  type Fields,
  fieldsShown,
  newVocabulary,
  removeEntry,
  type Vocabulary,
} from "../../scripts/client/vocabulary.ts";
import {
  changeAccount,
  changeOf,
  countOfOther,
  rememberGone,
  settleListing,
  takeAcknowledged,
  takeItem,
} from "../../scripts/client/vocabulary-merge.ts";

const NOW = Date.UTC(2026, 4, 1);
const AT = "2026-05-01T00:00:00.000Z";
const LATER = Date.UTC(2026, 4, 2);
const LATER_AT = "2026-05-02T00:00:00.000Z";
const BREAD = { text: "bread", language: "en", translation: "pan", translationLanguage: "es", updatedAt: AT };

let kept: Vocabulary;
beforeEach(() => {
  kept = newVocabulary();
  takeItem(kept, { id: "bread-01", rev: 7, ...BREAD });
});

function entryOf(id: string) {
  const entry = kept.entries.get(id);
  if (entry === undefined) throw new Error(`There is no ${id}`);
  return entry;
}
const shown = (id: string): Fields => fieldsShown(entryOf(id));
const change = (id: string) => changeOf(id, entryOf(id));
const edit = (fields: Fields) => editEntry(kept, "bread-01", fields, LATER);

describe("on the device", () => {
  test("an entry that is added is pushed whole, with no base", () => {
    const { updatedAt: _, ...fields } = BREAD;
    const id = addEntry(kept, fields, NOW);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(change(id)).toEqual({ id, base: 0, ...BREAD, favourite: false, createdAt: AT });
  });

  test("an edit shows at once, null clears, and only what was edited is pushed", () => {
    edit({ note: "warm" });
    edit({ note: null, category: "food" });
    expect(shown("bread-01")).toEqual({ ...BREAD, category: "food", updatedAt: LATER_AT });
    expect(change("bread-01")).toEqual({
      id: "bread-01",
      base: 7,
      note: null,
      category: "food",
      updatedAt: LATER_AT,
    });
    expect(countPending(kept)).toBe(1);
  });

  test("what is removed is not shown, and pushed as a deletion", () => {
    removeEntry(kept, "bread-01");
    expect(entriesShown(kept)).toEqual([]);
    expect(change("bread-01")).toEqual({ id: "bread-01", base: 7, deleted: true });
  });
});

describe("what another device did", () => {
  test("to another field meets the edit here", () => {
    edit({ note: "warm" });
    takeItem(kept, { id: "bread-01", rev: 9, ...BREAD, category: "food" });
    expect(shown("bread-01")).toEqual({ ...BREAD, category: "food", note: "warm", updatedAt: LATER_AT });
    expect(change("bread-01")).toMatchObject({ base: 9, note: "warm" });
  });

  test("to the same field gives way to the edit here, which is pushed upon it", () => {
    edit({ translation: "hogaza" });
    takeItem(kept, { id: "bread-01", rev: 9, ...BREAD, translation: "barra" });
    expect(shown("bread-01").translation).toBe("hogaza");
    expect(change("bread-01")).toMatchObject({ base: 9, translation: "hogaza" });
  });

  test("a deletion takes the edits with it", () => {
    edit({ note: "warm" });
    takeItem(kept, { id: "bread-01", rev: 9, deleted: true });
    expect(kept.entries.size).toBe(0);
    expect([...kept.gone]).toEqual(["bread-01"]);
  });

  test("an edit revives what was deleted here", () => {
    removeEntry(kept, "bread-01");
    takeItem(kept, { id: "bread-01", rev: 9, ...BREAD, note: "warm" });
    expect(shown("bread-01").note).toBe("warm");
    expect(countPending(kept)).toBe(0);
  });

  test("a field that was cleared revives it too", () => {
    takeItem(kept, { id: "bread-01", rev: 8, ...BREAD, note: "warm" });
    removeEntry(kept, "bread-01");
    takeItem(kept, { id: "bread-01", rev: 9, ...BREAD });
    expect(entryOf("bread-01").removed).toBe(false);
  });

  test("but not what this device knew or wrote itself, whose answer was lost", () => {
    edit({ note: "warm" });
    removeEntry(kept, "bread-01");
    takeItem(kept, { id: "bread-01", rev: 9, ...BREAD, note: "warm", updatedAt: LATER_AT });
    expect(change("bread-01")).toEqual({ id: "bread-01", base: 9, deleted: true });
  });
});

describe("what was acknowledged", () => {
  test("is no edit any more, and the base of the next one", () => {
    edit({ note: "warm", category: null });
    takeAcknowledged(kept, change("bread-01"), 9);
    expect(countPending(kept)).toBe(0);
    expect(entryOf("bread-01").base).toEqual({ rev: 9, fields: { ...BREAD, note: "warm", updatedAt: LATER_AT } });
  });

  test("is what was sent: a field that was edited since stays an edit, a removal too", () => {
    edit({ note: "warm", category: "food" });
    const sent = change("bread-01");
    edit({ note: "fresh" });
    removeEntry(kept, "bread-01");
    takeAcknowledged(kept, sent, 9);
    expect(entryOf("bread-01").edits).toEqual({ note: "fresh" });
    expect(change("bread-01")).toEqual({ id: "bread-01", base: 9, deleted: true });
  });

  test("a deletion is gone, whether the server had the entry or not", () => {
    removeEntry(kept, "bread-01");
    takeAcknowledged(kept, change("bread-01"), 9);
    const id = addEntry(kept, BREAD, NOW);
    removeEntry(kept, id);
    takeAcknowledged(kept, change(id), undefined);
    expect([kept.entries.size, [...kept.gone]]).toEqual([0, ["bread-01", id]]);
  });

  test("of deletions as many are remembered as the server remembers", () => {
    for (let count = 0; count <= MAX_GONE; count += 1) takeItem(kept, { id: `entry-${count}`, rev: 9, deleted: true });
    expect([kept.gone.size, kept.gone.has("entry-0"), kept.gone.has("entry-1")]).toEqual([MAX_GONE, false, true]);
  });
});

describe("what a full listing lacks", () => {
  test("was deleted, where the deletion is forgotten", () => {
    settleListing(kept, new Set(), "floor");
    expect(kept.entries.size).toBe(0);
  });

  test("but was edited here, is made anew", () => {
    edit({ note: "warm" });
    settleListing(kept, new Set(), "floor");
    expect(change("bread-01")).toEqual({ id: "bread-01", base: 0, ...BREAD, note: "warm", updatedAt: LATER_AT });
  });

  test("was taken from a listing that broke off, where there is no cursor", () => {
    const id = addEntry(kept, BREAD, NOW);
    settleListing(kept, new Set(), "no cursor");
    expect([...kept.entries.keys()]).toEqual([id]);
  });

  test("is made anew, where the server was restored", () => {
    settleListing(kept, new Set(), "epoch");
    expect(change("bread-01")).toEqual({ id: "bread-01", base: 0, ...BREAD });
  });
});

describe("after a restore", () => {
  test("what was promised and undone is an edit again", () => {
    edit({ note: "warm" });
    takeAcknowledged(kept, change("bread-01"), 9);
    takeItem(kept, { id: "bread-01", rev: 8, ...BREAD, updatedAt: LATER_AT }, "epoch");
    // The time is told again, though no edit: else the server would write its own.
    expect(change("bread-01")).toEqual({ id: "bread-01", base: 8, note: "warm", updatedAt: LATER_AT });
  });

  test("but not what another device had replaced since", () => {
    edit({ note: "warm" });
    takeAcknowledged(kept, change("bread-01"), 9);
    takeItem(kept, { id: "bread-01", rev: 10, ...BREAD, note: "stale" });
    takeItem(kept, { id: "bread-01", rev: 8, ...BREAD }, "epoch");
    expect(countPending(kept)).toBe(0);
  });

  test("a deletion that is still to be pushed does not give way to what was before", () => {
    removeEntry(kept, "bread-01");
    takeItem(kept, { id: "bread-01", rev: 8, ...BREAD, note: "stale" }, "epoch");
    expect(change("bread-01")).toEqual({ id: "bread-01", base: 8, deleted: true });
  });

  test("a deletion is done again where the entry turns up, and gives way to nothing", () => {
    removeEntry(kept, "bread-01");
    takeAcknowledged(kept, change("bread-01"), 9);
    rememberGone(kept);
    takeItem(kept, { id: "bread-01", rev: 8, ...BREAD }, "epoch");
    expect(change("bread-01")).toEqual({ id: "bread-01", base: 8, deleted: true });
    takeItem(kept, { id: "bread-01", rev: 11, ...BREAD });
    expect(change("bread-01")).toEqual({ id: "bread-01", base: 11, deleted: true });
  });

  test("one that was not acknowledged before it is remembered too", () => {
    removeEntry(kept, "bread-01");
    settleListing(kept, new Set(), "epoch");
    takeItem(kept, { id: "bread-01", rev: 8, ...BREAD });
    expect(change("bread-01")).toEqual({ id: "bread-01", base: 8, deleted: true });
  });
});

describe("in another account", () => {
  test("kept entries are made anew, unless they are there: then only the edits are told", () => {
    takeItem(kept, { id: "water-01", rev: 8, ...BREAD, text: "water" });
    edit({ note: "warm" });
    changeAccount(kept, "other", "keep");
    expect([kept.cursor, kept.accountId, countPending(kept)]).toEqual([0, "other", 2]);
    takeItem(kept, { id: "bread-01", rev: 3, ...BREAD, translation: "barra" }, "no cursor");
    settleListing(kept, new Set(["bread-01"]), "no cursor");
    expect(change("bread-01")).toEqual({ id: "bread-01", base: 3, note: "warm", updatedAt: LATER_AT });
    expect(change("water-01")).toEqual({ id: "water-01", base: 0, ...BREAD, text: "water" });
  });

  test("dropped ones are off the device, but not what only this device has", () => {
    takeItem(kept, { id: "water-01", rev: 8, ...BREAD, text: "water" });
    edit({ note: "warm" });
    const id = addEntry(kept, BREAD, NOW);
    expect(countOfOther(kept)).toBe(2);
    changeAccount(kept, "other", "drop");
    expect([...kept.entries.keys()]).toEqual(["bread-01", id]);
  });

  test("deletions of the account before are nothing to it", () => {
    removeEntry(kept, "bread-01");
    takeItem(kept, { id: "water-01", rev: 8, deleted: true });
    rememberGone(kept);
    changeAccount(kept, "other", "keep");
    expect([kept.entries.size, kept.gone.size, kept.goneBefore.size]).toEqual([0, 0, 0]);
  });
});
