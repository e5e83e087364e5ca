/** The demo's packs as its user meets them: saved from a server, kept up to date, used when the server is gone. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type FakeEdge, fakeEdge } from "./fake-edge.ts";
import { emptyFolder, runDemoHere, serve } from "./served.ts";

// Each run is a process, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000 });

const pack = {
  from: "en",
  to: "ja",
  concepts: [
    { id: "bread", category: "food", kind: "word", from: { text: "bread" }, to: { text: "パン" } },
    {
      id: "water",
      category: "drink",
      kind: "word",
      from: { text: "water" },
      to: { text: "水", pronunciation: "mizu", kana: "みず" },
    },
  ],
};
const categories = [
  { id: "food", name: "Food", words: 1, phrases: 0 },
  { id: "drink", name: "Drinks", words: 2, phrases: 1 },
  { id: "body", name: "Body", words: 1, phrases: 0 },
];

let edge: FakeEdge;
let served: Awaited<ReturnType<typeof serve>>;
let folder: string;
let file: string;

beforeEach(async () => {
  edge = fakeEdge(Date.now);
  served = await serve(edge);
  folder = emptyFolder();
  file = join(folder, "pack.json");
});
afterEach(() => served.close());

const demo = (...args: string[]) =>
  runDemoHere(["phrases", "--url", served.url, "--file", join(folder, "edge.json"), ...args]);

const packAnswer = () => Response.json(pack, { headers: { ETag: '"one"' } });
const save = () => {
  edge.apiFaults = [packAnswer, () => Response.json({ language: "en", categories })];
  return demo("--to", "ja", "--save", file);
};

test("a pack is saved, and answers with the server stopped", async () => {
  const { code, out } = await save();
  expect(out).toBe(`Saved 2 words and phrases to ${file}, 1 KiB.\n`);
  expect(code).toBe(0);
  served.close();
  expect((await demo("--pack", file)).out).toBe(
    ["category  name    words  phrases", "food      Food    1      0", "drink     Drinks  1      0", ""].join("\n"),
  );
  expect((await demo("--pack", file, "--category", "food")).out).toBe("en     ja    category\nbread  パン  food\n");
  expect((await demo("--pack", file, "--search", "ミズ")).out).toContain("水 (みず, mizu)");
  expect((await demo("--pack", file, "--search", "WAT")).out).toContain("水 (みず, mizu)");
});

test("one that the server still has is not sent again", async () => {
  await save();
  const before = readFileSync(file, "utf8");
  edge.apiFaults = [() => new Response(null, { status: 304 })];
  const { code, out } = await demo("--to", "ja", "--save", file);
  expect(out).toBe(`${file} is what the server has: nothing was sent.\n`);
  expect([code, readFileSync(file, "utf8")]).toEqual([0, before]);
});

test("a file that is no pack is left as it is", async () => {
  writeFileSync(file, "my notes");
  const { code, errors } = await save();
  expect(errors).toContain(`${file} is no pack of this demo's. It is left as it is.`);
  expect([code, readFileSync(file, "utf8")]).toEqual([2, "my notes"]);
});

test("a pack of another pair than asked for is not taken for it", async () => {
  await save();
  const { code, errors } = await demo("--pack", file, "--to", "es");
  expect(errors).toContain(`${file} goes from en to ja.`);
  expect(code).toBe(2);
});

test("an answer that is no pack is not saved", async () => {
  edge.apiFaults = [() => Response.json({ concepts: "none" })];
  const { code, errors } = await demo("--to", "ja", "--save", file);
  expect(errors).toContain("is none of a Pidging Edge");
  expect(code).toBe(1);
});
