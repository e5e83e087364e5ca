/**
 * Anki's text format, as we write it, as Anki does, and as a spreadsheet leaves it, which puts headers in quotation marks,
 * pads them with separators, and may separate by something else than the headers say. Fields of a foreign note type
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

const KEY = "(separator|html|columns|tags|notetype|deck|if matches|(?:guid|tags|notetype|deck) column)";

// A row never looks like this: one that begins with `#` is in quotation marks and goes on behind them.
const HEADER = new RegExp(`^(?:#${KEY}:([^\\r\\n]*)|"#${KEY}:((?:[^"\\r\\n]|"")*)"([\\t,;]*))(?:\\r\\n|\\n|\\r|$)`);

/** Whether a file begins as Anki's do. */
export const isAnki = (text: string): boolean => HEADER.test(text);

interface Headers {
  /** As they stand, padding included. */
  readonly values: ReadonlyMap<string, string>;
  readonly lines: number;
  readonly rest: string;
}

function ankiHeaders(text: string): Headers {
  const values = new Map<string, string>();
  let rest = text;
  for (let lines = 0; ; lines += 1) {
    const found = HEADER.exec(rest);
    if (found === null) return { values, lines, rest };
    const [whole, plainKey, plain = "", quotedKey = "", quoted = "", padding = ""] = found;
    if (plainKey !== undefined) values.set(plainKey, plain);
    else values.set(quotedKey, quoted.replaceAll('""', '"') + padding);
    rest = rest.slice(whole.length);
  }
}

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

/** Reads a file of Anki's text format. */
export async function readAnki(text: string, defaults: Defaults): Promise<FileResult> {
  const headers = ankiHeaders(text);
  const { values, lines, rest } = headers;
  const start = { line: 1, column: 1 };
  const separator = ankiSeparator(values.get("separator") ?? "tab");
  if (separator === undefined) return brokenFile("the separator must be tab, comma or semicolon", start);
  if (/^ *true\b/i.test(values.get("html") ?? ""))
    return brokenFile("the file holds HTML: export it from Anki without HTML and media references", start);
  const table = readTable(rest, separator, lines + 1, IMPORT_ENTRIES);
  if (!table.ok) return brokenFile(table.message, table.place);
  if (table.more) return overfullFile();
  const width = table.rows.reduce((most, { cells }) => Math.max(most, cells.length), 0);
  const columns = ankiColumns(headers, separator, width);
  if (width > 0 && !FIRST_FIELDS.every((field) => columns.includes(field)))
    return brokenFile("there must be columns for text and translation", start);
  const hasTags = columns.includes("tags");
  const fieldsOf = (cells: ReadonlyMap<string, string>) => {
    const { id: guid, tags = "", pidging, ...plain } = Object.fromEntries(cells);
    const more = pidging === undefined ? {} : valueOfCell(pidging);
    const { tags: exact, ...others } = isObject(more) ? more : { pidging };
    const id = guid === undefined ? {} : { id: idOfGuid(guid) ?? "" };
    const shown = Object.fromEntries(Object.entries(plain).map(([name, cell]) => [name, fieldOfCell(name, cell)]));
    return { ...others, ...tagsOf(hasTags ? tags : undefined, exact), ...shown, ...id };
  };
  const header = columns.map((name) => (name === "guid" ? "id" : name));
  return changesOf(draftsOf(table.rows, header, fieldsOf), defaults);
}
