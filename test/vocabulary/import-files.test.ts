/** Files as people really have them, as JSON and as tables: what is read of them, and how a fault is named. */
import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/encoding.ts";
import type { Defaults } from "../../src/vocabulary/import-drafts.ts";
import { decodeFile, readFile } from "../../src/vocabulary/import-file.ts";

const LANGUAGES = { language: "en", translationLanguage: "es" };

async function entriesOf(text: string, defaults: Defaults = LANGUAGES): Promise<readonly object[]> {
  const file = await readFile(text, defaults);
  if (!file.ok) throw new Error(JSON.stringify(file.faults));
  return file.changes.map(({ id, patch }) => ({ id, ...JSON.parse(patch) }));
}
async function faultsOf(text: string, defaults: Defaults = LANGUAGES): Promise<readonly string[]> {
  const file = await readFile(text, defaults);
  if (file.ok) throw new Error("It has no fault");
  return file.faults.map(
    ({ message, place, path }) => `${place ? `${place.line}:${place.column}` : (path ?? "")} ${message}`,
  );
}

const BREAD = { id: "bread-01", text: "bread", translation: "pan", ...LANGUAGES };

describe("a table", () => {
  test.each([
    [",", "\r\n"],
    [";", "\r\n"],
    ["\t", "\n"],
    [",", "\r"],
  ])("with %j between cells and %j behind lines is read", async (separator, end) => {
    const rows = [
      ["id", "text", "translation"],
      ["bread-01", "bread", "pan"],
    ];
    expect(await entriesOf(rows.map((cells) => cells.join(separator) + end).join(""))).toEqual([BREAD]);
  });
  test("may have its columns in any order and case, padded, with others that mean nothing here", async () => {
    expect(await entriesOf(" Translation ;My notes;TEXT;ID;;\npan;x;bread;bread-01;;\n;;;;;\n")).toEqual([BREAD]);
  });
  test("may begin with empty lines", async () => {
    expect(await entriesOf("\r\n\r\nid;text;translation\r\nbread-01;bread;pan\r\n")).toEqual([BREAD]);
  });
  test("has languages of its own before those of the request", async () => {
    const text = "id,text,translation,language,translationLanguage\nbread-01,bread,pan,,pt\n";
    expect(await entriesOf(text)).toEqual([{ ...BREAD, translationLanguage: "pt" }]);
  });
  test("may say tags, favourites and practice as people write them", async () => {
    const text = "id,text,translation,tags,favourite,practice\n";
    const row = `bread-01,bread,pan,food; at breakfast ;,Yes,"{""box"":2}"\n`;
    const values = { tags: ["food", "at breakfast"], favourite: true, practice: { box: 2 } };
    expect(await entriesOf(text + row)).toEqual([{ ...BREAD, ...values }]);
  });
  test("has ids made from the content where it has none, which stay the same with another note", async () => {
    const [first, second] = await entriesOf("text,translation,note\nbread,pan,\nbread,pan de molde,\n");
    const [again] = await entriesOf("note,text,translation\nwarm,bread,pan\n");
    expect(first).toHaveProperty("id", expect.stringMatching(/^[A-Za-z0-9_-]{22}$/));
    expect(again).toEqual({ ...first, note: "warm" });
    expect(second).not.toHaveProperty("id", (first as { id: string }).id);
  });
  test("that has an entry twice means the later one", async () => {
    expect(await entriesOf("id,text,translation\nbread-01,bread,x\nbread-01,bread,pan\n")).toEqual([BREAD]);
  });
});

describe("a fault of a table names its line and column:", () => {
  const HEADER = "id,text,translation,favourite,language,practice\n";
  test.each([
    ["a wrong value", `${HEADER}bread-01,bread,pan,perhaps\n`, "2:20 favourite: invalid field"],
    [
      "a wrong value on a later line",
      `${HEADER}bread-01,"a\r\nb",pan\nbread-02,bread,pan,no,9\n`,
      "4:23 language: invalid field",
    ],
    ["a wrong id", `${HEADER}"bread 1",bread,pan\n`, "2:1 id: invalid id"],
    ["what is not JSON", `${HEADER}bread-01,bread,pan,,,{"a\n`, "2:22 practice: invalid field"],
    ["no text", `${HEADER}bread-01,,pan\n`, "2:10 text is missing"],
    ["a text with the character zero", `${HEADER}bread-01,a\0b,pan\n`, "2:10 text: invalid text"],
    ["an entry that is too large", `x,${HEADER}1,bread-01,${"a".repeat(4100)},pan\n`, "2:1 the entry: too large"],
    ["an open quotation mark", `${HEADER}bread-01,"bread,pan\n`, "2:10 the quotation mark is never closed"],
    [
      "more cells than the header",
      `${HEADER}bread-01,bread,pan,,,,x\n`,
      "2:23 the line has more cells than the header",
    ],
    ["no header", "bread,pan\nmilk,leche\n", "1:1 the first line must name the columns text and translation"],
    ["a column that stands twice", "text,translation,Text\na,b,c\n", "1:18 the column text stands twice"],
  ])("%s", async (_, text, fault) => expect(await faultsOf(text)).toEqual([fault]));

  test("no language", async () => {
    expect(await faultsOf("text,translation\nbread,pan\n", {})).toEqual(["2:1 language is missing"]);
    expect(await faultsOf("text,translation\nbread,pan\n", { language: "en" })).toEqual([
      "2:1 translationLanguage is missing",
    ]);
  });
  test("an empty file", async () => {
    expect(await faultsOf("")).toEqual([" the file is empty"]);
    expect(await faultsOf("\r\n,,\r\n")).toEqual([" the file is empty"]);
  });
  test("many faults, the first twenty", async () => {
    const faults = await faultsOf(`text,translation\n${"bread,\n".repeat(30)}`);
    expect(faults).toHaveLength(20);
    expect(faults[19]).toBe("21:7 translation is missing");
  });
});

describe("a JSON file", () => {
  test("is a list, or an object with a list", async () => {
    expect(await entriesOf(JSON.stringify([BREAD]))).toEqual([BREAD]);
    expect(await entriesOf(` {"entries": [${JSON.stringify({ ...BREAD, rev: 5 })}]}`)).toEqual([BREAD]);
  });
  test.each([
    ["an entry that is none", '["bread"]', "entries.0.translation translation is missing"],
    ["a wrong value", JSON.stringify([BREAD, { ...BREAD, tags: [1] }]), "entries.1.tags tags: invalid field"],
    ["a text that is null", JSON.stringify([{ ...BREAD, text: null }]), "entries.0.text text: invalid field"],
    ["half of a surrogate pair", '[{"text":"\\ud83e","translation":"pan"}]', "entries.0.text text: invalid text"],
    ["an unknown field", JSON.stringify([{ ...BREAD, colour: "red" }]), "entries.0.colour colour: invalid field"],
    ["no list", '{"words":[]}', " the file must be a list of entries, or an object with `entries`"],
    ["no JSON", '[{"text":"bread",}]', " The body is not JSON: the first fault is at position 17."],
  ])("tells %s by its place in the list", async (_, text, fault) => expect(await faultsOf(text)).toEqual([fault]));
  test("that is nested without end is refused, not failed on", async () => {
    const deep = `${'{"0":'.repeat(100_000)}0${"}".repeat(100_000)}`;
    expect(await faultsOf(`[{"text":${deep},"translation":"pan"}]`)).toEqual(["entries.0.text text: invalid field"]);
  });
});

describe("more than 5,000 entries", () => {
  const tooMany = " there are more than 5000 entries: send them in several files";
  test("are refused in a table, 5,000 not", async () => {
    const table = (count: number) =>
      `id,text,translation\n${Array.from({ length: count }, (_, i) => `bread-${i + 1000},bread,pan\n`).join("")}`;
    expect(await entriesOf(table(5000))).toHaveLength(5000);
    expect(await faultsOf(table(5001))).toEqual([tooMany]);
  });
  test("are refused in JSON, 5,000 not", async () => {
    const list = (count: number) =>
      JSON.stringify(Array.from({ length: count }, (_, i) => ({ ...BREAD, id: `bread-${i + 1000}` })));
    expect(await entriesOf(list(5000))).toHaveLength(5000);
    expect(await faultsOf(list(5001))).toEqual([tooMany]);
  });
});

describe("an encoding", () => {
  const units = (text: string) => new Uint8Array(new Uint16Array([...text].map((each) => each.charCodeAt(0))).buffer);
  test.each([
    ["UTF-16 with its mark", new Uint8Array([0xff, 0xfe, ...units("text")]), "UTF-16 (little-endian)"],
    ["UTF-16 the other way", new Uint8Array([0xfe, 0xff, 0, 0x74]), "UTF-16 (big-endian)"],
    ["UTF-16 without a mark", units("text,translation"), "UTF-16, or no text at all"],
    [
      "Windows-1252",
      new Uint8Array([...utf8("text,translation\ncaf"), 0xe9, ...utf8(",x\n")]),
      "an older one, probably Windows-1252",
    ],
  ])("%s is named", (_, bytes, encoding) => expect(decodeFile(bytes)).toEqual({ ok: false, encoding }));
  test("UTF-8 is read, with and without its mark", () => {
    expect(decodeFile(utf8("\uFEFFcafé"))).toEqual({ ok: true, text: "café" });
    expect(decodeFile(utf8("café"))).toEqual({ ok: true, text: "café" });
  });
});
