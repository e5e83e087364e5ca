/**
 * Files that people really have, read into changes: with a byte-order mark, with comma, semicolon or tab, with Anki's
 * headers that a spreadsheet padded, with CRLF. A fault names its line and column, and stops the whole import; another
 * encoding is refused by name, never read as mojibake.
 */

import { parseJson } from "../body.ts";
import { IMPORT_ENTRIES } from "../bounds.ts";
import { sha256 } from "../encoding.ts";
import { type Change, FIELDS, type Field, readChange } from "./entry.ts";
import { ANKI_COLUMNS, ankiTags, CSV_COLUMNS, idOfGuid } from "./formats.ts";
import { type Place, type Row, readTable, separatorOf, unguardCell } from "./table.ts";

/** Languages for files that do not say. */
export interface Defaults {
  readonly language?: string | undefined;
  readonly translationLanguage?: string | undefined;
}

/** A fault of a file. JSON files have no lines to speak of: there it is an entry's place in the list. */
export interface FileFault {
  readonly message: string;
  readonly place?: Place;
  readonly path?: string;
}

/** What a file holds, or what is wrong with it. */
export type FileResult =
  | { readonly ok: true; readonly changes: readonly Change[] }
  | { readonly ok: false; readonly faults: readonly FileFault[] };

/** Faults that are told at once. */
const FAULTS_TOLD = 20;

const failed = (message: string, place?: Place): FileResult => ({
  ok: false,
  faults: [{ message, ...(place && { place }) }],
});

/** The text of a file, or the encoding that it seems to have instead of UTF-8. */
export function decodeFile(
  bytes: Uint8Array,
): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly encoding: string } {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { ok: false, encoding: "UTF-16 (little-endian)" };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { ok: false, encoding: "UTF-16 (big-endian)" };
  if (bytes.subarray(0, 64).includes(0)) return { ok: false, encoding: "UTF-16, or no text at all" };
  try {
    return { ok: true, text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes) };
  } catch {
    return { ok: false, encoding: "an older one, probably Windows-1252" };
  }
}

type Draft = {
  readonly fields: Record<string, unknown>;
  readonly faultAt: (field: string | undefined) => Pick<FileFault, "place" | "path">;
};

/** What an entry must have that the server does not fill in. */
const NEEDED: readonly Field[] = ["text", "language", "translation", "translationLanguage"];

/** Ids where a file has none: from the content, so that importing again changes nothing. */
async function withId(fields: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
  if (fields.id !== undefined) return fields;
  const { text, language, translation, translationLanguage } = fields;
  const hash = await sha256(JSON.stringify([text, language, translation, translationLanguage]));
  return { ...fields, id: hash.slice(0, 22) };
}

async function changesOf(drafts: readonly Draft[], defaults: Defaults): Promise<FileResult> {
  if (drafts.length > IMPORT_ENTRIES)
    return failed(`there are more than ${IMPORT_ENTRIES} entries: send them in several files`);
  const given = Object.fromEntries(Object.entries(defaults).filter(([, value]) => value !== undefined));
  const changes = new Map<string, Change>();
  const faults: FileFault[] = [];
  for (const { fields, faultAt } of drafts) {
    const whole: Readonly<Record<string, unknown>> = { ...given, ...fields };
    const read = readChange({ ...(await withId(whole)), deleted: false });
    const missing = NEEDED.find((field) => whole[field] === undefined);
    if (!read.ok)
      faults.push({
        message: `${read.field ?? "the entry"}: ${read.code.replaceAll("_", " ")}`,
        ...faultAt(read.field),
      });
    else if (missing !== undefined) faults.push({ message: `${missing} is missing`, ...faultAt(missing) });
    // The same entry twice in a file: the later one counts, as it would in a list that was appended to.
    else changes.set(read.change.id, { ...read.change, base: "upsert" });
    if (faults.length === FAULTS_TOLD) break;
  }
  return faults.length > 0 ? { ok: false, faults } : { ok: true, changes: [...changes.values()] };
}

function parsed(cell: string): unknown {
  const json = parseJson(cell);
  return json.ok ? json.value : cell;
}

function fieldValue(field: Field, cell: string): unknown {
  if (field === "favourite") return /^(true|1|yes)$/i.test(cell) ? true : /^(false|0|no)$/i.test(cell) ? false : cell;
  if (field === "practice") return parsed(cell);
  if (field === "tags")
    return cell.startsWith("[")
      ? parsed(cell)
      : cell
          .split(";")
          .map((tag) => tag.trim())
          .filter((tag) => tag !== "");
  return cell;
}

const isField = (name: string): name is Field => Object.hasOwn(FIELDS, name);

function draftsOf(
  rows: readonly Row[],
  header: readonly string[],
  fieldsOf: (cells: ReadonlyMap<string, string>) => Record<string, unknown>,
): readonly Draft[] {
  return rows.map(({ line, cells, columns }) => {
    const named = new Map(
      header.map((name, index): [string, string] => [name, cells[index] ?? ""]).filter(([, cell]) => cell !== ""),
    );
    const faultAt = (field: string | undefined) => ({
      place: { line, column: columns[header.indexOf(field ?? "")] ?? 1 },
    });
    return { fields: fieldsOf(named), faultAt };
  });
}

async function readCsv(text: string, defaults: Defaults): Promise<FileResult> {
  const table = readTable(text, separatorOf(text.slice(0, text.search(/[\r\n]|$/))));
  if (!table.ok) return failed(table.message, table.place);
  const [first, ...rows] = table.rows;
  if (first === undefined) return failed("the file is empty");
  const names = new Map<string, string>(CSV_COLUMNS.map((name) => [name.toLowerCase(), name]));
  const header = first.cells.map((cell) => names.get(cell.trim().toLowerCase()) ?? "");
  if (!header.includes("text") || !header.includes("translation"))
    return failed("the first line must name the columns text and translation", { line: first.line, column: 1 });
  const long = rows.find(({ cells }) => cells.slice(header.length).some((cell) => cell !== ""));
  if (long !== undefined)
    return failed("the line has more cells than the header", {
      line: long.line,
      column: long.columns[header.length] ?? 1,
    });
  const fieldsOf = (cells: ReadonlyMap<string, string>) =>
    Object.fromEntries(
      [...cells]
        .filter(([name]) => name !== "")
        .map(([name, cell]) => [name, isField(name) ? fieldValue(name, unguardCell(cell)) : unguardCell(cell)]),
    );
  return changesOf(draftsOf(rows, header, fieldsOf), defaults);
}

/** Anki's headers (`#key:value`), which a spreadsheet may have padded with separators or put in quotation marks. */
function ankiHeaders(text: string): {
  readonly headers: ReadonlyMap<string, string>;
  readonly lines: number;
  readonly rest: string;
} {
  const headers = new Map<string, string>();
  let rest = text;
  let lines = 0;
  for (;;) {
    const line = /^"?#([a-z ]+):(.*?)(?:\r\n|\n|\r|$)/.exec(rest);
    if (line === null) return { headers, lines, rest };
    const [whole, key = "", value = ""] = line;
    headers.set(key, key === "columns" ? value : value.replace(/["\t,;]+$/, "").trim());
    rest = rest.slice(whole.length);
    lines += 1;
  }
}

async function readAnki(text: string, defaults: Defaults): Promise<FileResult> {
  const { headers, lines, rest } = ankiHeaders(text);
  const named: Readonly<Record<string, "," | ";" | "\t">> = {
    tab: "\t",
    comma: ",",
    semicolon: ";",
    ",": ",",
    ";": ";",
  };
  const separator = named[(headers.get("separator") ?? "tab").toLowerCase()] ?? "\t";
  if (headers.get("html") === "true")
    return failed("the file holds HTML: export it from Anki without HTML and media references", { line: 1, column: 1 });
  const table = readTable(rest, separator, lines + 1);
  if (!table.ok) return failed(table.message, table.place);
  const columns = readTable(headers.get("columns") ?? ANKI_COLUMNS.join(separator), separator);
  const header = (columns.ok ? (columns.rows[0]?.cells ?? []) : []).map((name) =>
    name === "guid" || isField(name) || name === "pidging" ? name : "",
  );
  const guidColumn = Number(headers.get("guid column") ?? 0);
  if (guidColumn > 0) header[guidColumn - 1] = "guid";
  const fieldsOf = (cells: ReadonlyMap<string, string>): Record<string, unknown> => {
    const { guid, tags, pidging, ...plain } = Object.fromEntries(cells);
    const exact = pidging === undefined ? {} : parsed(pidging);
    const extra = typeof exact === "object" && exact !== null ? (exact as Record<string, unknown>) : {};
    // Tags that were changed in Anki count; else the exact ones, which may hold spaces.
    const kept = Array.isArray(extra.tags) && ankiTags(extra.tags.map(String)) === (tags ?? "");
    const { tags: exactTags, ...others } = extra;
    const own = kept
      ? { tags: exactTags }
      : tags === undefined
        ? {}
        : { tags: tags.split(/\s+/).filter((tag) => tag !== "") };
    const { "": _unnamed, ...fields } = plain;
    return { ...others, ...own, ...fields, ...(guid === undefined ? {} : { id: idOfGuid(guid) ?? guid }) };
  };
  return changesOf(draftsOf(table.rows, header, fieldsOf), defaults);
}

async function readJsonFile(text: string, defaults: Defaults): Promise<FileResult> {
  const json = parseJson(text);
  if (!json.ok) return failed(json.failure.detail);
  const entries = Array.isArray(json.value) ? json.value : (json.value as { entries?: unknown } | null)?.entries;
  if (!Array.isArray(entries)) return failed("the file must be a list of entries, or an object with `entries`");
  const drafts = entries.map((entry: unknown, index): Draft => {
    const fields =
      typeof entry === "object" && entry !== null && !Array.isArray(entry)
        ? (entry as Record<string, unknown>)
        : { text: entry };
    return {
      fields,
      faultAt: (field) => ({ path: field === undefined ? `entries.${index}` : `entries.${index}.${field}` }),
    };
  });
  return changesOf(drafts, defaults);
}

/** Reads a file of any of the formats, told apart by how it begins. */
export function readFile(text: string, defaults: Defaults): Promise<FileResult> {
  if (/^\s*[[{]/.test(text)) return readJsonFile(text, defaults);
  return /^"?#(separator|html|columns|guid column|tags column|notetype|deck)/.test(text)
    ? readAnki(text, defaults)
    : readCsv(text, defaults);
}
