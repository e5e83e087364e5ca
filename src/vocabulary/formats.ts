/**
 * Entries as files: JSON, CSV for spreadsheets, and Anki's text format. What is written reads back byte-equal. In Anki's
 * format tags cannot hold spaces, so the exact ones travel in the last column too.
 */
import { base64url, utf8 } from "../encoding.ts";
import { canonicalJson, type Field, ID } from "./entry.ts";
import { guardCell, writeRow } from "./table.ts";

/** The formats. */
export type Format = "json" | "csv" | "anki";

/** An entry's fields with its id, as they are stored. */
export type Stored = { readonly id: string } & Readonly<Partial<Record<Field, unknown>>>;

/** The columns of a CSV file, in order. */
export const CSV_COLUMNS = [
  "id",
  "text",
  "language",
  "translation",
  "translationLanguage",
  "transliteration",
  "note",
  "category",
  "tags",
  "favourite",
  "phraseId",
  "practice",
  "createdAt",
  "updatedAt",
] as const;

/** A value as the text of a cell. Lists and objects are JSON. */
function cellOf(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : canonicalJson(value);
}

const GUID_PREFIX = "ankiguid_";

const encodedGuid = (guid: string) => GUID_PREFIX + base64url(utf8(guid));

/** The guid that an id was made from; `undefined` where it was made from none. */
function decodedGuid(id: string): string | undefined {
  if (!id.startsWith(GUID_PREFIX)) return undefined;
  try {
    const bytes = Uint8Array.fromBase64(id.slice(GUID_PREFIX.length), { alphabet: "base64url" });
    const guid = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    // A client may choose an id that only looks like one of these.
    return guid !== "" && encodedGuid(guid) === id && !isItsOwnId(guid) ? guid : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a guid is taken for an id as it is. One that reads as an encoded guid is not: it would come back as that. */
const isItsOwnId = (guid: string): boolean => ID.test(guid) && decodedGuid(guid) === undefined;

/** The entry id for a guid of Anki's: itself where it is a good id, else its base64url. `undefined`: too long for an id. */
export function idOfGuid(guid: string): string | undefined {
  if (isItsOwnId(guid)) return guid;
  const id = encodedGuid(guid);
  return guid !== "" && ID.test(id) ? id : undefined;
}

/** The guid that an entry has in Anki. */
export const guidOfId = (id: string): string => decodedGuid(id) ?? id;

/** Anki's own tags: without white space. */
export const ankiTags = (tags: readonly string[]): string => tags.map((tag) => tag.replaceAll(/\s+/g, "_")).join(" ");

/** The columns of an Anki file, in order; `pidging` holds what Anki has no field for. */
export const ANKI_COLUMNS = [
  "guid",
  "text",
  "translation",
  "transliteration",
  "note",
  "language",
  "translationLanguage",
  "tags",
  "pidging",
] as const;

function ankiRow({
  id,
  text,
  translation,
  transliteration,
  note,
  language,
  translationLanguage,
  ...rest
}: Stored): string {
  const tags = Array.isArray(rest.tags) ? ankiTags(rest.tags) : "";
  // An empty cell says nothing.
  const empty = Object.entries({ transliteration, note }).filter(([, value]) => value === "");
  const exact = { ...Object.fromEntries(empty), ...rest };
  const cells = [guidOfId(id), text, translation, transliteration, note, language, translationLanguage, tags, exact];
  return writeRow(cells.map(cellOf), "\t");
}

/** A file in pieces: what stands before all entries, each entry, and what stands behind. */
export interface Writer {
  readonly contentType: string;
  readonly fileName: string;
  readonly head: string;
  entry(stored: Stored, isFirst: boolean): string;
  readonly tail: string;
}

/** How each format is written. */
export const WRITERS: Readonly<Record<Format, Writer>> = {
  json: {
    contentType: "application/json",
    fileName: "vocabulary.json",
    head: '{"entries":[',
    entry: (stored, isFirst) => (isFirst ? "" : ",\n") + canonicalJson(stored),
    tail: "]}\n",
  },
  csv: {
    contentType: "text/csv; charset=utf-8",
    fileName: "vocabulary.csv",
    // The byte-order mark is what makes a spreadsheet read UTF-8.
    head: `\uFEFF${CSV_COLUMNS.join(",")}\r\n`,
    entry: (stored) =>
      `${writeRow(
        CSV_COLUMNS.map((column) => (stored[column] === undefined ? "" : guardCell(cellOf(stored[column])))),
        ",",
      )}\r\n`,
    tail: "",
  },
  anki: {
    contentType: "text/plain; charset=utf-8",
    fileName: "vocabulary.txt",
    head: `#separator:tab\n#html:false\n#guid column:1\n#tags column:8\n#columns:${ANKI_COLUMNS.join("\t")}\n`,
    entry: (stored) => `${ankiRow(stored)}\n`,
    tail: "",
  },
};
