/** A push: how a change is merged, in which order it is judged, and that repeating it is safe. */
import { beforeEach, describe, expect, test } from "vitest";
import { startWorker } from "../worker.ts";
import { BREAD, bread, figuresOf, joinAccount, newPhone, type Phone } from "./phone.ts";

let phone: Phone;
beforeEach(async () => {
  phone = await newPhone();
});

const ID = "bread-001";

describe("a merge patch, at the top level", () => {
  test("a new entry is the fields with a time and no mark of a favourite", async () => {
    const clock = Date.parse("2026-03-10T12:00:00.000Z");
    phone = await newPhone(startWorker({ clock: () => clock }));
    const { rev, status } = await phone.pushOne(bread(ID));
    expect(status).toBe("applied");
    const time = "2026-03-10T12:00:00.000Z";
    expect(await phone.held(ID)).toEqual({ ...bread(ID), rev, favourite: false, createdAt: time, updatedAt: time });
  });

  test("absent keeps, null clears, and arrays and objects are replaced whole", async () => {
    const full = { note: "warm", category: "food", tags: ["a", "b"], practice: { box: { level: 1 }, due: 3 } };
    const first = await phone.pushOne(bread(ID, full));
    const change = { id: ID, base: first.rev, note: null, tags: ["c"], practice: { box: { next: 2 } } };
    expect((await phone.pushOne(change)).status).toBe("applied");
    const held = await phone.held(ID);
    expect(held).toMatchObject({ ...BREAD, category: "food", tags: ["c"] });
    expect(held?.practice).toEqual({ box: { next: 2 } });
    expect(held).not.toHaveProperty("note");
  });

  test("an older app that knows fewer fields erases none", async () => {
    const { rev } = await phone.pushOne(bread(ID, { practice: { level: 4 }, phraseId: "bread" }));
    await phone.pushOne({ ...bread(ID, { translation: "el pan" }), base: rev });
    expect(await phone.held(ID)).toMatchObject({
      translation: "el pan",
      practice: { level: 4 },
      phraseId: "bread",
    });
  });

  test("the time of a change is the server's, unless the client says it", async () => {
    let now = Date.parse("2026-03-10T12:00:00.000Z");
    phone = await newPhone(startWorker({ clock: () => now }));
    const first = await phone.pushOne(bread(ID, { createdAt: "2020-01-01T00:00:00Z" }));
    now += 60_000;
    const second = await phone.pushOne({ id: ID, base: first.rev, note: "a" });
    expect(await phone.held(ID)).toMatchObject({
      createdAt: "2020-01-01T00:00:00Z",
      updatedAt: "2026-03-10T12:01:00.000Z",
    });
    await phone.pushOne({ id: ID, base: second.rev, note: "b", updatedAt: "2020-02-02T00:00:00Z" });
    expect(await phone.held(ID)).toMatchObject({ note: "b", updatedAt: "2020-02-02T00:00:00Z" });
  });

  test("texts in any script, with quotes, escapes and what looks like JSON come back as they were", async () => {
    const texts = ['a "b" \\ c', "{}", "null", "パン 🥖", "‏خبز‎", "e\u0301", "tab\tline\nend\u001f", "'; --", "$.text"];
    const changes = texts.map((text, index) => bread(`text-000${index}`, { text, practice: { [text]: text } }));
    await phone.push(changes, { since: 0 });
    const { items } = await phone.pull();
    expect(items.map(({ text }) => text)).toEqual(texts);
    expect(items.map(({ practice }) => practice)).toEqual(texts.map((text) => ({ [text]: text })));
  });
});

describe("repeating", () => {
  test("a push whose answer was lost leaves one copy, no conflict and no new revision", async () => {
    const changes = [bread(ID), bread("bread-002")];
    const first = await phone.push(changes, { since: 0 });
    const again = await phone.push(changes, { since: 0 });
    expect(again.results.map(({ status }) => status)).toEqual(["unchanged", "unchanged"]);
    expect(again.results.map(({ rev }) => rev)).toEqual(first.results.map(({ rev }) => rev));
    expect(again.cursor).toBe(first.cursor);
    expect((await phone.pull()).items).toHaveLength(2);
  });

  test("an edit that is there already is unchanged, though its base is behind", async () => {
    const { rev } = await phone.pushOne(bread(ID));
    await phone.pushOne({ id: ID, base: rev, note: "a", tags: ["x"] });
    await phone.pushOne({ id: ID, base: (await phone.held(ID))?.rev, category: "food" });
    expect(await phone.pushOne({ id: ID, base: rev, tags: ["x"], note: "a" })).toMatchObject({ status: "unchanged" });
  });

  test("the order of an object's keys is no change", async () => {
    const { rev } = await phone.pushOne(bread(ID, { practice: { b: 1, a: { d: 1, c: 2 } } }));
    const again = await phone.pushOne({ id: ID, base: rev, practice: { a: { c: 2, d: 1 }, b: 1 } });
    expect(again).toEqual({ id: ID, status: "unchanged", rev });
  });

  test("a late copy of an old edit does not undo a newer one", async () => {
    const { rev } = await phone.pushOne(bread(ID));
    const old = { id: ID, base: rev, note: "old" };
    const applied = await phone.pushOne(old);
    await phone.pushOne({ id: ID, base: applied.rev, note: "new" });
    expect((await phone.pushOne(old)).status).toBe("conflict");
    expect(await phone.held(ID)).toMatchObject({ note: "new" });
  });

  test("deleting again, and deleting what never was, is unchanged", async () => {
    const { rev } = await phone.pushOne(bread(ID));
    const deletion = await phone.pushOne({ id: ID, base: rev, deleted: true });
    expect(deletion.status).toBe("applied");
    const again = { id: ID, status: "unchanged", rev: deletion.rev };
    expect(await phone.pushOne({ id: ID, base: rev, deleted: true })).toEqual(again);
    const never = { id: "never-was", deleted: true };
    expect(await phone.pushOne(never)).toEqual({ id: "never-was", status: "unchanged" });
  });
});

describe("the order of decisions", () => {
  test("a bad change is rejected before anything else is looked at", async () => {
    await phone.pushOne(bread(ID));
    expect(await phone.pushOne({ id: ID, base: 0, favourite: "yes" })).toMatchObject({
      status: "rejected",
      code: "invalid_field",
    });
  });

  test("unchanged comes before conflict", async () => {
    const { rev } = await phone.pushOne(bread(ID, { note: "a" }));
    expect(await phone.pushOne({ id: ID, base: 0, note: "a" })).toEqual({ id: ID, status: "unchanged", rev });
  });

  test("conflict comes before an entry that would be too large, and tells what is there", async () => {
    const { rev } = await phone.pushOne(bread(ID, { note: "n".repeat(2500) }));
    const large = { id: ID, transliteration: "t".repeat(2500) };
    const conflict = await phone.pushOne({ ...large, base: 0 });
    expect(conflict.status).toBe("conflict");
    expect(conflict.current).toEqual(await phone.held(ID));
    expect(await phone.pushOne({ ...large, base: rev })).toEqual({ id: ID, status: "rejected", code: "too_large" });
  });

  test("a deletion behind another's edit is a conflict", async () => {
    const { rev } = await phone.pushOne(bread(ID));
    await phone.pushOne({ id: ID, base: rev, note: "kept" });
    expect(await phone.pushOne({ id: ID, base: rev, deleted: true })).toMatchObject({
      status: "conflict",
      current: { note: "kept" },
    });
  });

  test("an edit behind another's deletion is a conflict with its tombstone, and base of the tombstone makes it anew", async () => {
    const { rev } = await phone.pushOne(bread(ID, { note: "old" }));
    const gone = await phone.pushOne({ id: ID, base: rev, deleted: true });
    const conflict = await phone.pushOne(bread(ID, { base: rev }));
    expect(conflict).toEqual({ id: ID, status: "conflict", current: { id: ID, rev: gone.rev, deleted: true } });
    expect((await phone.pushOne(bread(ID, { base: gone.rev }))).status).toBe("applied");
    expect(await phone.held(ID)).not.toHaveProperty("note");
  });

  test("one change alone does not stop the others, and each has its place", async () => {
    await phone.pushOne(bread(ID));
    const { results } = await phone.push([
      { id: "x" },
      bread("bread-002"),
      { id: ID, base: 0, note: "b" },
      { id: "bread-003", text: "only" },
      { id: "bread-002", note: "twice" },
      { id: "bread-004", deleted: true },
    ]);
    expect(results.map(({ status, code }) => code ?? status)).toEqual([
      "invalid_id",
      "applied",
      "conflict",
      "missing_field",
      "duplicate_id",
      "unchanged",
    ]);
  });
});

test("two devices of an account share its entries, and another account sees none of them", async () => {
  await phone.pushOne(bread(ID));
  const other = await joinAccount(phone.worker, phone.tokens.account_id);
  expect((await other.pull()).items.map(({ id }) => id)).toEqual([ID]);
  const stranger = await newPhone(phone.worker);
  expect((await stranger.pull()).items).toEqual([]);
  expect((await stranger.pushOne({ id: ID, base: 0, deleted: true })).status).toBe("unchanged");
  expect(await phone.held(ID)).toMatchObject(BREAD);
});

test("the account's figures follow every change", async () => {
  const size = (fields: object) => JSON.stringify(fields).length;
  const { rev } = await phone.pushOne(bread(ID, { note: "a" }));
  await phone.pushOne(bread("bread-002"));
  const { id: _id, rev: _rev, ...content } = (await phone.held(ID)) ?? { id: "", rev: 0 };
  const { id: _id2, rev: _rev2, ...second } = (await phone.held("bread-002")) ?? { id: "", rev: 0 };
  const account = phone.tokens.account_id;
  expect(await figuresOf(account)).toMatchObject({ entries: 2, bytes: size(content) + size(second) });
  const longer = await phone.pushOne({ id: ID, base: rev, note: "aaaa" });
  expect(await figuresOf(account)).toMatchObject({ entries: 2, bytes: size(content) + 3 + size(second) });
  await phone.pushOne({ id: ID, base: longer.rev, deleted: true });
  expect(await figuresOf(account)).toMatchObject({ entries: 1, bytes: size(second) });
});
