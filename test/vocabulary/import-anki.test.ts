/** Anki's text files: ours, Anki's own, those that were edited in Anki, and those that a spreadsheet saved again. */
import { describe, expect, test } from "vitest";
import { type Stored, WRITERS } from "../../src/vocabulary/formats.ts";
import { readFile } from "../../src/vocabulary/import-file.ts";

const LANGUAGES = { language: "en", translationLanguage: "es" };

async function entriesOf(text: string): Promise<readonly Record<string, unknown>[]> {
  const file = await readFile(text, LANGUAGES);
  if (!file.ok) throw new Error(JSON.stringify(file.faults));
  return file.changes.map(({ id, patch }) => ({ id, ...JSON.parse(patch) }));
}
async function faultsOf(text: string): Promise<readonly string[]> {
  const file = await readFile(text, LANGUAGES);
  if (file.ok) throw new Error("It has no fault");
  return file.faults.map(({ message, place }) => `${place?.line}:${place?.column} ${message}`);
}

const BREAD = { id: "bread-01", text: "bread", translation: "pan", ...LANGUAGES };
const STORED: Stored = { ...BREAD, note: "", tags: ["at breakfast"], favourite: true };
const ours = (entry: Stored) => WRITERS.anki.head + WRITERS.anki.entry(entry, true);

describe("a file of Anki's own", () => {
  const HEADERS = "#separator:tab\n#html:false\n#guid column:1\n#notetype column:2\n#deck column:3\n#tags column:6\n";

  test("has its fields around guid, note type, deck and tags, by the numbers in its headers", async () => {
    expect(await entriesOf(`${HEADERS}bread-01\tBasic\tSpanish\tbread\tpan\tfood at_home\n`)).toEqual([
      { ...BREAD, tags: ["food", "at_home"] },
    ]);
  });
  test("may have further fields, of which nobody knows what they mean", async () => {
    const row = "bread\tpan\ty\tfood\tmore\n";
    expect(await entriesOf(`#separator:Tab\n#tags column:4\n${row}`)).toMatchObject([
      { text: "bread", translation: "pan", tags: ["food"] },
    ]);
    const [entry] = await entriesOf(`#separator:Tab\n#tags column:4\n${row}`);
    expect(Object.keys(entry ?? {}).sort()).toEqual([
      "id",
      "language",
      "tags",
      "text",
      "translation",
      "translationLanguage",
    ]);
  });
  test("keeps its guids, whatever they hold", async () => {
    const rows = ["#html:true", "#deck:a", "abcdefgh12", "N?>1(<5q"].map((guid) => `"${guid}"\tbread\tpan\n`);
    const entries = await entriesOf(`#separator:tab\n#guid column:1\n${rows.join("")}`);
    expect(entries.map(({ id }) => id)).toEqual([
      "ankiguid_I2h0bWw6dHJ1ZQ",
      "ankiguid_I2RlY2s6YQ",
      "abcdefgh12",
      "ankiguid_Tj8-MSg8NXE",
    ]);
  });
  test.each([
    ["Comma", ","],
    ["semicolon", ";"],
    [",", ","],
    [";", ";"],
    ["\t", "\t"],
  ])("may say %j for its separator", async (said, separator) => {
    const row = ["bread-01", "bread", "pan"].join(separator);
    expect(await entriesOf(`#separator:${said}\n#guid column:1\n${row}\n`)).toEqual([BREAD]);
  });
  test.each([
    ["behind the separator", "#separator:tab\n# a comment\n#html:false\n#guid column:1\n"],
    ["before all headers", "# a comment\r\n#separator:tab\r\n#guid column:1\r\n"],
    ["behind all headers", "#separator:tab\n#guid column:1\n#\n#flags:x\n"],
  ])("may have comments %s", async (_, head) => {
    expect(await entriesOf(`${head}bread-01\tbread\tpan\n`)).toEqual([BREAD]);
  });
  test("may have its headers in any case", async () => {
    expect(await entriesOf("#Separator:Semicolon\n#GUID Column:1\nbread-01;bread;pan\n")).toEqual([BREAD]);
  });
  test("has no entry in a row that begins with #, unless that is in quotation marks", async () => {
    const rows = 'bread\tpan\n#skip\tme\n"#keep"\tme\n#"open\nmilk\tleche\n#the end';
    expect((await entriesOf(`#separator:tab\n${rows}`)).map(({ text }) => text)).toEqual(["bread", "#keep", "milk"]);
  });
  test("names the lines of its faults behind comments and skipped rows", async () => {
    expect(await faultsOf("#separator:tab\n# a\nbread\tpan\n#skip\tme\nmilk\n")).toEqual([
      "5:1 translation is missing",
    ]);
  });
  test.each([
    ["alone", "#separator:tab\n#tags:x y\n", "bread\tpan", ["x", "y"]],
    ["beside those of a row", "#separator:tab\n#tags:x y\n#tags column:3\n", "bread\tpan\tfood x", ["food", "x", "y"]],
    ["padded by a spreadsheet", "#separator:comma,,\n#tags:x y,,\n", "bread,pan,", ["x", "y"]],
  ])("may have tags for all its notes, %s", async (_, head, row, tags) => {
    expect(await entriesOf(`${head}${row}\n`)).toMatchObject([{ text: "bread", tags }]);
  });
  test("has its own tags for all notes beside exact ones", async () => {
    expect(await entriesOf(`#tags:x\n${ours(STORED)}`)).toEqual([{ ...STORED, tags: ["at breakfast", "x"] }]);
  });
});

describe("a file of ours", () => {
  test("brings back tags with spaces and empty notes", async () => {
    expect(await entriesOf(ours(STORED))).toEqual([STORED]);
  });
  test("whose tags were changed in Anki has those", async () => {
    const changed = ours(STORED).replace("\tat_breakfast\t", "\tat_breakfast food\t");
    expect(await entriesOf(changed)).toEqual([{ ...STORED, tags: ["at_breakfast", "food"] }]);
    const removed = ours(STORED).replace("\tat_breakfast\t", "\t\t");
    expect(await entriesOf(removed)).toEqual([{ ...STORED, tags: [] }]);
  });
  test("whose tags were cut out keeps the exact ones", async () => {
    const file = ours(STORED).replace("#tags column:8\n", "").replace("\ttags\t", "\t\t").replace("at_breakfast", "");
    expect(await entriesOf(file)).toEqual([STORED]);
  });
  test("whose texts were changed in Anki has those", async () => {
    expect(await entriesOf(ours(STORED).replace("\tpan\t", "\tel pan\t"))).toEqual([
      { ...STORED, translation: "el pan" },
    ]);
  });
  test("may have its columns in another order and case, and fields as columns of their own", async () => {
    const file = "#separator:tab\n#columns:Translation\tGUID\tText\tFavourite\npan\tbread-01\tbread\tyes\n";
    expect(await entriesOf(file)).toEqual([{ ...BREAD, favourite: true }]);
  });
});

describe("a file that a spreadsheet saved again", () => {
  const saved = (separator: string, row: string) =>
    ours({ ...STORED, note: "a" })
      .split("\n")
      .slice(0, 5)
      .map((line) => line.replaceAll("\t", separator))
      .map((line) => (line.startsWith("#columns") ? line : line + separator.repeat(8)))
      .concat(row)
      .join("\r\n");

  test.each([",", ";", "\t"])("with %j, which pads its headers, is separated by that", async (separator) => {
    const row = ["bread-01", "bread", "pan", "", "a", "en", "es", "food", '"{""favourite"":true}"'].join(separator);
    expect(await entriesOf(saved(separator, row))).toEqual([{ ...BREAD, note: "a", tags: ["food"], favourite: true }]);
  });
  test("may have its headers in quotation marks", async () => {
    const file =
      '"#separator:tab"\t\t\r\n"#html:false"\r\n"#guid column:1"\r\n"#columns:guid\ttext\t""translation"""\r\n';
    expect(await entriesOf(`${file}bread-01\tbread\tpan\r\n`)).toEqual([BREAD]);
  });
});

test("a table whose first column is called # is none of Anki's", async () => {
  expect(await entriesOf("#,id,text,translation\n1,bread-01,bread,pan\n")).toEqual([BREAD]);
});

describe("a fault names its line and column:", () => {
  const HEADERS = "#separator:tab\n#guid column:1\n";
  test.each([
    [
      "HTML",
      "#separator:tab\n#html:true\na\tb\n",
      "1:1 the file holds HTML: export it from Anki without HTML and media references",
    ],
    ["another separator", "#separator:pipe\na|b\n", "1:1 the separator must be tab, comma or semicolon"],
    [
      "a separator that only a language knows",
      "#separator:constructor\na|b\n",
      "1:1 the separator must be tab, comma or semicolon",
    ],
    ["one column", `${HEADERS}bread-01\tbread\n`, "1:1 there must be columns for text and translation"],
    [
      "columns of other names",
      "#columns:front\tback\nbread\tpan\n",
      "1:1 there must be columns for text and translation",
    ],
    ["no translation", `${HEADERS}bread-01\tbread\tpan\nmilk-001\tmilk\n`, "4:1 translation is missing"],
    ["a guid that is too long", `${HEADERS}${"!".repeat(42)}\tbread\tpan\n`, "3:1 id: invalid id"],
    [
      "a guid that is too long, though it looks like an id",
      `${HEADERS}ankiguid_${btoa("!".repeat(33))}\tbread\tpan\n`,
      "3:1 id: invalid id",
    ],
    [
      "a last column that was written over",
      `#columns:text\ttranslation\tpidging\nbread\tpan\tx\n`,
      "2:11 pidging: invalid field",
    ],
    ["an open quotation mark", `${HEADERS}bread-01\t"bread\tpan\n`, "3:10 the quotation mark is never closed"],
  ])("%s", async (_, text, fault) => expect(await faultsOf(text)).toEqual([fault]));

  test("more than 5,000 entries, 5,000 not", async () => {
    const file = (count: number) =>
      HEADERS + Array.from({ length: count }, (_, i) => `bread-${i + 1000}\tbread\tpan\n`).join("");
    expect(await entriesOf(file(5000))).toHaveLength(5000);
    expect(await faultsOf(file(5001))).toEqual([
      "undefined:undefined there are more than 5000 entries: send them in several files",
    ]);
  });
  test("a column number beyond any column names none", async () => {
    const [entry] = await entriesOf("#separator:tab\n#guid column:999999999\nbread\tpan\n");
    expect(entry).toMatchObject({ text: "bread", translation: "pan", id: expect.stringMatching(/^[\w-]{22}$/) });
  });
  test("a last column that is nested without end is refused, not failed on", async () => {
    const deep = `{""tags"":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    const file = `#columns:text\ttranslation\ttags\tpidging\nbread\tpan\tfood\t"${deep}"\n`;
    expect(await entriesOf(file)).toMatchObject([{ tags: ["food"] }]);
  });
});
