/** Two devices with RxDB, one account, a bad network between. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { createRxDatabase } from "rxdb/plugins/core";
import { getRxStorageMemory } from "rxdb/plugins/storage-memory";
import { network, signIn, startEdge } from "./edge.js";
import { purgeTombstones, restoreEarlier } from "./operator.js";
import { replicateVocabulary } from "./rxdb.js";
import { fieldWise } from "./rxdb-conflicts.js";
import { vocabularyAt } from "./vocabulary.js";

const TIMES = { createdAt: "2026-01-01T00:00:00.000Z", updatedAt: "2026-01-01T00:00:00.000Z" };
const BREAD = {
  text: "bread",
  language: "en",
  translation: "pan",
  translationLanguage: "es",
  favourite: false,
  ...TIMES,
};
const string = { type: "string" };
const schema = {
  version: 0,
  primaryKey: "id",
  type: "object",
  properties: {
    ...{ id: { type: "string", maxLength: 64 }, rev: { type: "number" }, favourite: { type: "boolean" } },
    ...{ text: string, language: string, translation: string, translationLanguage: string, note: string },
    ...{ createdAt: string, updatedAt: string },
  },
  required: ["id"],
};

let edge;
let devices = 0;
const open = [];
before(async () => {
  edge = await startEdge();
});
afterEach(() => Promise.all(open.splice(0).map((database) => database.close())));
after(() => edge.stop());

/** What the traveller sees. */
const seen = ({ rev: _, ...fields }) => fields;

/** A device of the account that `token` is for, until it is moved to another. */
async function newDevice(token) {
  devices += 1;
  const database = await createRxDatabase({ name: `device${devices}`, storage: getRxStorageMemory() });
  open.push(database);
  const { entries } = await database.addCollections({ entries: { schema, conflictHandler: fieldWise } });
  const net = network();
  const rejected = [];
  let errors = 0;
  return {
    ...net,
    entries,
    rejected,
    errors: () => errors,
    move: (to) => {
      token = to;
    },
    add: (id, more = {}) => entries.insert({ id, ...BREAD, ...more }),
    edit: async (id, fields) => (await entries.findOne(id).exec(true)).incrementalPatch(fields),
    remove: async (id) => (await entries.findOne(id).exec(true)).incrementalRemove(),
    /** All in both directions, the library trying again by itself whatever is lost. */
    async sync() {
      const onRejected = (id, code) => rejected.push([id, code]);
      const options = { live: false, retryTime: 20, waitForLeadership: false };
      const access = { url: edge.url, token: () => token, fetch: net.fetch };
      const state = replicateVocabulary(entries, { ...access, onRejected, ...options });
      state.error$.subscribe(() => {
        errors += 1;
      });
      await state.awaitInitialReplication();
      await state.cancel();
    },
    shown: async () => (await entries.find({ sort: [{ id: "asc" }] }).exec()).map((entry) => seen(entry.toJSON())),
  };
}

/** Two devices, and what the server holds. */
async function twoDevices(unlike) {
  const token = await signIn(edge.url, unlike);
  const server = vocabularyAt({ url: edge.url, token: () => token, fetch });
  const [one, two] = [await newDevice(token), await newDevice(token)];
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

const LOSSES = { GET: ["request", "answer"], POST: ["answer", "request", "answer"] };

test("what is made on either device is on both, however often requests and answers are lost", async () => {
  const { one, two, settle } = await twoDevices();
  for (const device of [one, two]) {
    device.cuts.GET.push(...LOSSES.GET);
    device.cuts.POST.push(...LOSSES.POST);
  }
  await one.add("from-one");
  await two.add("from-two", { note: "fresh" });
  const held = await settle();
  assert.deepEqual(
    held.map(({ id, note }) => [id, note]),
    [
      ["from-one", undefined],
      ["from-two", "fresh"],
    ],
  );
  for (const { lost, errors } of [one, two]) {
    assert.deepEqual(lost, { request: 2, answer: 3 });
    assert.ok(errors() > 0);
  }
});

test("edits of different fields are merged, and a cleared field is cleared everywhere", async () => {
  const { one, two, settle } = await twoDevices();
  await one.add("the-entry", { note: "old" });
  await settle();
  two.cuts.POST.push("answer");
  await one.edit("the-entry", { translation: "el pan", note: undefined });
  await two.edit("the-entry", { favourite: true });
  const [entry] = await settle();
  assert.equal(entry.translation, "el pan");
  assert.equal(entry.favourite, true);
  assert.equal("note" in entry, false);
});

test("of two edits of one field, one is on both devices", async () => {
  const { one, two, settle } = await twoDevices();
  await one.add("the-entry");
  await settle();
  await one.edit("the-entry", { note: "one" });
  await two.edit("the-entry", { note: "two" });
  assert.equal((await settle())[0].note, "two");
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

test("a change that the server refuses is told, and holds nothing else up", async () => {
  const { one, two, server } = await twoDevices();
  await one.add("too-large", { note: "x".repeat(5000) });
  await one.add("that-fits");
  await one.sync();
  await two.sync();
  await one.sync();
  assert.deepEqual(one.rejected, [["too-large", "too_large"]]);
  assert.deepEqual(
    (await two.shown()).map(({ id }) => id),
    ["that-fits"],
  );
  assert.equal((await server.pullAll(0)).items.length, 1);
});

test("a thousand entries go through in pages", async () => {
  const { one, two } = await twoDevices();
  const ids = Array.from({ length: 1000 }, (_, index) => `entry-${String(index).padStart(4, "0")}`);
  await one.entries.bulkInsert(ids.map((id) => ({ id, ...BREAD })));
  await one.sync();
  two.cuts.GET.push(undefined, "answer");
  await two.sync();
  assert.deepEqual(
    (await two.shown()).map(({ id }) => id),
    ids,
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
