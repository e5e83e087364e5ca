/**
 * Anki's text format, as we write it, as Anki does, and as a spreadsheet leaves it, which puts headers in quotation marks,
 * pads them with separators, and may separate by something else than the headers say. As in Anki, lines that begin with
 * `#` are headers or comments at the head, and comments behind it. Fields of a foreign note type
 * beyond the first two are passed over, since nobody knows what they mean; so are note type and deck.
 */
import { IMPORT_ENTRIES } from "../bounds.ts";
import { FIELDS } from "./entry.ts";
import { ANKI_COLUMNS, ankiTags, idOfGuid } from "./formats.ts";
import {
  brokenFile,
  changesOf,
  type Defaults,
  draftsOf,
  type FileResult,
  fieldOfCell,
  overfullFile,
  valueOfCell,
} from "./import-drafts.ts";
import { readTable, type Separator } from "./table.ts";

const HEADER = /^ *(separator|html|columns|tags|notetype|deck|if matches|(?:guid|tags|notetype|deck) column) *:(.*)$/i;

const HEAD_LINE = /(?:#([^\r\n]*)|"#((?:[^"\r\n]|"")*)"([\t,;]*))(?:\r\n|\n|\r|$)/y;

interface Headers {
  /** As they stand, padding included. */
  readonly values: ReadonlyMap<string, string>;
  readonly lines: number;
  readonly rest: string;
}

function ankiHeaders(text: string): Headers {
  const values = new Map<string, string>();
  let at = 0;
  for (let lines = 0; ; lines += 1) {
    HEAD_LINE.lastIndex = at;
    const [whole = "", plain, quoted = "", padding = ""] = HEAD_LINE.exec(text) ?? [];
    const [header, key = "", value = ""] = HEADER.exec(plain ?? quoted.replaceAll('""', '"') + padding) ?? [];
    // In quotation marks a line that says nothing to us is a row.
    if (plain === undefined && header === undefined) return { values, lines, rest: text.slice(at) };
    if (header !== undefined) values.set(key.toLowerCase(), value);
    at += whole.length;
  }
}

/** Whether a file begins as Anki's do. */
export const isAnki = (text: string): boolean => ankiHeaders(text).values.size > 0;

const SEPARATORS = new Map<string, Separator>([
  ["tab", "\t"],
  ["comma", ","],
  ["semicolon", ";"],
  ["\t", "\t"],
  [",", ","],
  [";", ";"],
]);

/** The separator that is said, or rather the one that the header was padded with; `undefined` for one that is not read. */
function ankiSeparator(value: string): Separator | undefined {
  const [, said = "", padding = ""] = /^ *([a-z]+|.) *([\t,;]?)/i.exec(value) ?? [];
  return SEPARATORS.get(padding === "" ? said.toLowerCase() : padding);
}

const FIRST_FIELDS: readonly string[] = ["text", "translation"];

/** What each column holds: by its name, else by its number, else the first two are text and translation. */
function ankiColumns({ values }: Headers, separator: Separator, width: number): readonly string[] {
  const numbered = (key: string) => Number.parseInt(values.get(`${key} column`) ?? "", 10) - 1;
  const columns = values.get("columns");
  if (columns !== undefined) {
    const names = new Map([...ANKI_COLUMNS, ...Object.keys(FIELDS)].map((name) => [name.toLowerCase(), name]));
    const table = readTable(columns, separator, 1, 1);
    const cells = table.ok ? (table.rows[0]?.cells ?? []) : [];
    return cells.map((cell, index) => {
      if (index === numbered("guid")) return "guid";
      return index === numbered("tags") ? "tags" : (names.get(cell.trim().toLowerCase()) ?? "");
    });
  }
  const special = new Map(["notetype", "deck", "tags", "guid"].map((key) => [numbered(key), key]));
  const fields = [...FIRST_FIELDS];
  return Array.from({ length: width }, (_, index) => special.get(index) ?? fields.shift() ?? "").map((name) =>
    name === "notetype" || name === "deck" ? "" : name,
  );
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The tags of a row. Those that were changed in Anki count; else the exact ones, which may hold spaces. */
function tagsOf(shown: string | undefined, exact: unknown): { readonly tags?: unknown } {
  const exactTexts = Array.isArray(exact) && exact.every((tag) => typeof tag === "string") ? exact : undefined;
  if (shown === undefined || (exactTexts !== undefined && ankiTags(exactTexts) === shown))
    return exact === undefined ? {} : { tags: exact };
  if (shown === "" && exact === undefined) return {};
  return { tags: shown.split(/\s+/).filter((tag) => tag !== "") };
}

/** The tags that a file has for all its notes. */
const commonTags = (value: string, separator: Separator): readonly string[] =>
  value
    .replace(new RegExp(`${separator}+$`), "")
    .split(/\s+/)
    .filter((tag) => tag !== "");

/** The same beside those of a row. Tags that are none are left to be refused. */
function withCommonTags(own: { readonly tags?: unknown }, common: readonly string[]): { readonly tags?: unknown } {
  const { tags = [] } = own;
  return common.length === 0 || !Array.isArray(tags) ? own : { tags: [...new Set([...tags, ...common])] };
}

/** Reads a file of Anki's text format. */
export async function readAnki(text: string, defaults: Defaults): Promise<FileResult> {
  const headers = ankiHeaders(text);
  const { values, lines, rest } = headers;
  const start = { line: 1, column: 1 };
  const separator = ankiSeparator(values.get("separator") ?? "tab");
  if (separator === undefined) return brokenFile("the separator must be tab, comma or semicolon", start);
  if (/^ *true\b/i.test(values.get("html") ?? ""))
    return brokenFile("the file holds HTML: export it from Anki without HTML and media references", start);
  const table = readTable(rest, separator, lines + 1, IMPORT_ENTRIES, "comments");
  if (!table.ok) return brokenFile(table.message, table.place);
  if (table.more) return overfullFile();
  const width = table.rows.reduce((most, { cells }) => Math.max(most, cells.length), 0);
  const columns = ankiColumns(headers, separator, width);
  if (width > 0 && !FIRST_FIELDS.every((field) => columns.includes(field)))
    return brokenFile("there must be columns for text and translation", start);
  const hasTags = columns.includes("tags");
  const common = commonTags(values.get("tags") ?? "", separator);
  const fieldsOf = (cells: ReadonlyMap<string, string>) => {
    const { id: guid, tags = "", pidging, ...plain } = Object.fromEntries(cells);
    const more = pidging === undefined ? {} : valueOfCell(pidging);
    const { tags: exact, ...others } = isObject(more) ? more : { pidging };
    const id = guid === undefined ? {} : { id: idOfGuid(guid) ?? "" };
    const shown = Object.fromEntries(Object.entries(plain).map(([name, cell]) => [name, fieldOfCell(name, cell)]));
    return { ...others, ...withCommonTags(tagsOf(hasTags ? tags : undefined, exact), common), ...shown, ...id };
  };
  const header = columns.map((name) => (name === "guid" ? "id" : name));
  return changesOf(draftsOf(table.rows, header, fieldsOf), defaults);
}
