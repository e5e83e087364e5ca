/**
 * Files that people really have, read into changes: with a byte-order mark, with comma, semicolon or tab, with CRLF. A
 * fault names its line and column, and stops the whole import; another encoding is refused by name, never read as mojibake.
 */
import { parseJson } from "../body.ts";
import { IMPORT_ENTRIES } from "../bounds.ts";
import { CSV_COLUMNS } from "./formats.ts";
import { isAnki, readAnki } from "./import-anki.ts";
import {
  brokenFile,
  changesOf,
  type Defaults,
  type Draft,
  draftsOf,
  type FileResult,
  fieldOfCell,
  overfullFile,
} from "./import-drafts.ts";
import { readTable, separatorOf, unguardCell } from "./table.ts";

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

async function readCsv(text: string, defaults: Defaults): Promise<FileResult> {
  const table = readTable(text, separatorOf(/[^\r\n]+/.exec(text)?.[0] ?? ""), 1, IMPORT_ENTRIES + 1);
  if (!table.ok) return brokenFile(table.message, table.place);
  if (table.more) return overfullFile();
  const [first, ...rows] = table.rows;
  if (first === undefined) return brokenFile("the file is empty");
  const names = new Map<string, string>(CSV_COLUMNS.map((name) => [name.toLowerCase(), name]));
  const header = first.cells.map((cell) => names.get(cell.trim().toLowerCase()) ?? "");
  if (!header.includes("text") || !header.includes("translation"))
    return brokenFile("the first line must name the columns text and translation", { line: first.line, column: 1 });
  const twice = header.findIndex((name, index) => name !== "" && header.indexOf(name) < index);
  if (twice >= 0)
    return brokenFile(`the column ${header[twice]} stands twice`, {
      line: first.line,
      column: first.columns[twice] ?? 1,
    });
  const long = rows.find(({ cells }) => cells.slice(header.length).some((cell) => cell !== ""));
  if (long !== undefined)
    return brokenFile("the line has more cells than the header", {
      line: long.line,
      column: long.columns[header.length] ?? 1,
    });
  const fieldsOf = (cells: ReadonlyMap<string, string>) =>
    Object.fromEntries([...cells].map(([name, cell]) => [name, fieldOfCell(name, unguardCell(cell))]));
  return changesOf(draftsOf(rows, header, fieldsOf), defaults);
}

async function readJsonFile(text: string, defaults: Defaults): Promise<FileResult> {
  const json = parseJson(text);
  if (!json.ok) return brokenFile(json.failure.detail);
  const entries = Array.isArray(json.value) ? json.value : (json.value as { entries?: unknown } | null)?.entries;
  if (!Array.isArray(entries)) return brokenFile("the file must be a list of entries, or an object with `entries`");
  if (entries.length > IMPORT_ENTRIES) return overfullFile();
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
  return isAnki(text) ? readAnki(text, defaults) : readCsv(text, defaults);
}
