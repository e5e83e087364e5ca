/** The file with the demo's vocabulary: whole, private, changed by one at a time, and never written over. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { vocabularyFile } from "../../scripts/client/file-vocabulary.ts";
import { newVocabulary, type Vocabulary, type VocabularyStore } from "../../scripts/client/vocabulary.ts";
import { failureOf } from "./fixture.ts";
import { emptyFolder } from "./served.ts";

const SERVER = "http://edge.test";
const fields = { text: "bread", practice: { level: 2 }, tags: ["food"] };

let path: string;
let store: VocabularyStore;
beforeEach(() => {
  path = join(emptyFolder(), "new", "key.vocabulary.json");
  store = vocabularyFile(path, SERVER);
});

test("is made with the first change, for its owner alone", async () => {
  expect(await store.read()).toEqual(newVocabulary());
  expect(() => statSync(path)).toThrow();
  await store.change(() => undefined);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("gives back what was put into it, an entry of any id too", async () => {
  const kept: Vocabulary = {
    accountId: "account",
    cursor: 17592186044416,
    entries: new Map([
      ["__proto__", { base: { rev: 7, fields }, edits: { note: null }, removed: false, own: { text: "bread" } }],
      ["new-entry", { base: undefined, edits: fields, removed: true, own: {} }],
    ]),
    gone: new Set(["b", "a"]),
    goneBefore: new Set(["a"]),
  };
  await store.change((empty) => {
    Object.assign(empty, kept);
  });
  expect(await vocabularyFile(path, SERVER).read()).toEqual(kept);
  expect([...(await store.read()).gone]).toEqual(["b", "a"]);
});

test("loses no change of many that are made at once", async () => {
  const ids = Array.from({ length: 12 }, (_, index) => `entry-${index}`);
  const add = (id: string) =>
    vocabularyFile(path, SERVER).change(({ entries }) => {
      entries.set(id, { base: undefined, edits: fields, removed: false, own: {} });
    });
  await Promise.all(ids.map(add));
  expect([...(await store.read()).entries.keys()].sort()).toEqual(ids.sort());
});

test("is as it was, where a change fails", async () => {
  await store.change((kept) => {
    kept.cursor = 1;
  });
  const failing = store.change((kept) => {
    kept.cursor = 2;
    throw new Error("not so");
  });
  await expect(failing).rejects.toThrow("not so");
  expect((await store.read()).cursor).toBe(1);
});

test("one sync goes on at a time, and holds up no change", async () => {
  const order: string[] = [];
  const sync = (name: string) =>
    vocabularyFile(path, SERVER).syncing(async () => {
      order.push(`${name} begins`);
      await store.change((kept) => {
        kept.cursor += 1;
      });
      order.push(`${name} ends`);
    });
  await Promise.all([sync("one"), sync("one")]);
  expect(order).toEqual(["one begins", "one ends", "one begins", "one ends"]);
  expect((await store.read()).cursor).toBe(2);
});

describe("a file that cannot be used is left as it is:", () => {
  test.each([
    ["something else", "my notes", "it is not a JSON object"],
    ["of a shape that is not known", JSON.stringify({ server: SERVER, cursor: "0" }), 'its "cursor" is missing'],
    [
      "another server's",
      JSON.stringify({ server: "http://other.test", cursor: 0, entries: [], gone: [], goneBefore: [] }),
      "it belongs to http://other.test",
    ],
  ])("%s", async (_, content, reason) => {
    await store.change(() => undefined);
    writeFileSync(path, content);
    for (const call of [store.read(), store.change(() => undefined)]) {
      const failure = await failureOf(call);
      expect(failure).toMatchObject({ kind: "unusable_file", path, reason: expect.stringContaining(reason) });
    }
    expect(readFileSync(path, "utf8")).toBe(content);
  });
});
