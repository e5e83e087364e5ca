/** Two devices with WatermelonDB, one account, a bad network between. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { appSchema, Database, Model, Q, tableSchema } from "@nozbe/watermelondb";
import LokiAdapter from "@nozbe/watermelondb/adapters/lokijs/index.js";
import logger from "@nozbe/watermelondb/utils/common/logger/index.js";
import { network, signIn, startEdge } from "./edge.js";
import { purgeTombstones, restoreEarlier } from "./operator.js";
import { vocabularyAt } from "./vocabulary.js";
import { syncVocabulary } from "./watermelon.js";

logger.default.silence();

const BREAD = { text: "bread", language: "en", translation: "pan", translationLanguage: "es", favourite: false };
const COLUMNS = ["text", "language", "translation", "translationLanguage"].map((name) => ({ name, type: "string" }));
const columns = [
  ...COLUMNS,
  { name: "note", type: "string", isOptional: true },
  { name: "favourite", type: "boolean" },
];
const schema = appSchema({ version: 1, tables: [tableSchema({ name: "entries", columns })] });

class Entry extends Model {
  static table = "entries";
}

let edge;
let devices = 0;
before(async () => {
  edge = await startEdge();
});
after(() => edge.stop());

/** What the columns hold of an entry. */
const seen = (entry) =>
  Object.fromEntries(["id", ...columns.map(({ name }) => name)].map((name) => [name, entry[name] ?? null]));

/** A device of the account that `token` is for, until it is moved to another. */
function newDevice(token) {
  devices += 1;
  const adapter = new LokiAdapter.default({
    ...{ dbName: `device${devices}`, schema, useWebWorker: false, useIncrementalIndexedDB: false },
    extraLokiOptions: { autosave: false },
  });
  const database = new Database({ adapter, modelClasses: [Entry] });
  const entries = database.get("entries");
  const net = network();
  const rejected = [];
  const set = (record, fields) => {
    for (const [name, value] of Object.entries(fields)) record._setRaw(name, value);
  };
  const write = (id, work) => database.write(async () => work(await entries.find(id)));
  const syncOnce = () =>
    syncVocabulary(database, {
      ...{ url: edge.url, token: () => token, fetch: net.fetch },
      onRejected: (id, code) => rejected.push([id, code]),
    });
  return {
    ...net,
    rejected,
    syncOnce,
    move: (to) => {
      token = to;
    },
    add: (id, more = {}) =>
      database.write(() =>
        entries.create((record) => {
          record._raw.id = id;
          set(record, { ...BREAD, ...more });
        }),
      ),
    edit: (id, fields) => write(id, (entry) => entry.update((record) => set(record, fields))),
    remove: (id) => write(id, (entry) => entry.markAsDeleted()),
    /** As an app does: again, until it goes through. */
    async sync() {
      let failures = 0;
      while (failures < 10) {
        const error = await syncOnce().then(
          () => undefined,
          (reason) => reason,
        );
        if (error === undefined) return failures;
        failures += 1;
      }
      throw new Error("It does not go through");
    },
    shown: async () => (await entries.query(Q.sortBy("id", Q.asc)).fetch()).map(({ _raw }) => seen(_raw)),
  };
}

/** Two devices, and what the server holds. */
async function twoDevices(unlike) {
  const token = await signIn(edge.url, unlike);
  const server = vocabularyAt({ url: edge.url, token: () => token, fetch });
  const [one, two] = [newDevice(token), newDevice(token)];
  async function settle() {
    for (const device of [one, two, one, two]) await device.sync();
    const items = (await server.pullAll(0)).items.filter(({ deleted }) => !deleted);
    const held = items.map(seen).sort((a, b) => (a.id < b.id ? -1 : 1));
    assert.deepEqual(await one.shown(), held);
    assert.deepEqual(await two.shown(), held);
    return held;
  }
  return { one, two, settle, server, token };
}

test("what is made on either device is on both, however often requests and answers are lost", async () => {
  const { one, two, settle } = await twoDevices();
  for (const { cuts } of [one, two]) {
    cuts.GET.push("request", "answer");
    cuts.POST.push("answer", "request", "answer");
  }
  await one.add("from-one");
  await two.add("from-two", { note: "fresh" });
  const held = await settle();
  assert.deepEqual(
    held.map(({ id, note }) => [id, note]),
    [
      ["from-one", null],
      ["from-two", "fresh"],
    ],
  );
  for (const { lost } of [one, two]) assert.deepEqual(lost, { request: 2, answer: 3 });
});

test("an entry that is edited after the answer to its making was lost keeps the edit", async () => {
  const { one, settle } = await twoDevices();
  await one.add("the-entry");
  one.cuts.POST.push("answer");
  await assert.rejects(one.syncOnce(), /answer is lost/);
  await one.edit("the-entry", { note: "later" });
  assert.equal((await settle())[0].note, "later");
});

test("edits of different fields are merged, and a cleared field is cleared everywhere", async () => {
  const { one, two, settle } = await twoDevices();
  await one.add("the-entry", { note: "old" });
  await settle();
  two.cuts.POST.push("answer");
  await one.edit("the-entry", { translation: "el pan", note: null });
  await two.edit("the-entry", { favourite: true });
  assert.deepEqual(await settle(), [{ id: "the-entry", ...BREAD, translation: "el pan", note: null, favourite: true }]);
});

test("a change that another device makes between pull and push is merged, not overwritten", async () => {
  const { one, two, settle } = await twoDevices();
  await one.add("the-entry");
  await settle();
  await one.edit("the-entry", { translation: "el pan" });
  await two.edit("the-entry", { note: "between" });
  one.cuts.POST.push(() => two.sync());
  assert.equal(await one.sync(), 1);
  assert.deepEqual(await settle(), [{ id: "the-entry", ...BREAD, translation: "el pan", note: "between" }]);
});

test("a deletion reaches the other device, over its edit too, though its answer is lost", async () => {
  const { one, two, settle } = await twoDevices();
  await one.add("the-entry");
  await one.add("that-stays");
  await settle();
  await one.remove("the-entry");
  one.cuts.POST.push("answer");
  await two.edit("the-entry", { note: "too late" });
  assert.deepEqual(
    (await settle()).map(({ id }) => id),
    ["that-stays"],
  );
});

test("what an older app has no column for stays", async () => {
  const { one, settle, server } = await twoDevices();
  await server.push([{ ...BREAD, id: "the-entry", practice: { due: 3 } }], 0);
  await settle();
  await one.edit("the-entry", { note: "edited" });
  await settle();
  const [item] = (await server.pullAll(0)).items;
  assert.deepEqual([item.note, item.practice], ["edited", { due: 3 }]);
});

test("a change that the server refuses is told, and holds nothing else up", async () => {
  const { one, two } = await twoDevices();
  await one.add("too-large", { note: "x".repeat(5000) });
  await one.add("that-fits");
  for (const device of [one, two, one]) assert.equal(await device.sync(), 0);
  const refusal = ["too-large", "too_large"];
  assert.deepEqual(one.rejected, [refusal, refusal]);
  assert.deepEqual(
    (await two.shown()).map(({ id }) => id),
    ["that-fits"],
  );
});

test("what was deleted while a device was off for long is gone from it, though its tombstone is purged", async () => {
  const { one, two, settle } = await twoDevices();
  await one.add("the-entry");
  await one.add("that-stays");
  await settle();
  await one.remove("the-entry");
  await one.sync();
  purgeTombstones(edge.folder);
  await two.add("made-offline");
  assert.deepEqual(
    (await settle()).map(({ id }) => id),
    ["made-offline", "that-stays"],
  );
});

test("an entry that a restored database has lost is there again, and what it kept is as it was then", async () => {
  const { one, two, settle } = await twoDevices();
  await one.add("from-before", { note: "then" });
  await one.add("deleted-since");
  await one.sync();
  const restore = restoreEarlier(edge.folder);
  await one.add("lost-by-it");
  await settle();
  await one.edit("from-before", { note: "since" });
  await two.remove("deleted-since");
  await settle();
  restore();
  assert.deepEqual(
    (await settle()).map(({ id, note }) => [id, note ?? null]),
    [
      ["deleted-since", null],
      ["from-before", "then"],
      ["lost-by-it", null],
    ],
  );
});

test("what a device holds comes along into another account, where nothing is lost either", async () => {
  const { one, two, settle, token } = await twoDevices();
  for (const id of ["comes-along", "deleted-before", "held-by-both"]) await one.add(id);
  await settle();
  await one.remove("deleted-before");
  await settle();
  await one.add("made-offline");
  const other = await twoDevices(token);
  await other.one.add("held-there");
  await other.one.add("held-by-both", { note: "there" });
  await other.settle();
  one.move(other.token);
  one.cuts.POST.push("answer");
  for (const device of [one, other.one, one]) await device.sync();
  const there = await other.settle();
  assert.deepEqual(
    there.map(({ id, note }) => [id, note ?? null]),
    [
      ["comes-along", null],
      ["held-by-both", "there"],
      ["held-there", null],
      ["made-offline", null],
    ],
  );
  assert.deepEqual(await one.shown(), there);
  await two.sync();
  assert.deepEqual(
    (await two.shown()).map(({ id }) => id),
    ["comes-along", "held-by-both"],
  );
});
