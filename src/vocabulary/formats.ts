/**
 * Entries as files: JSON, CSV for spreadsheets, and Anki's text format. What is written reads back byte-equal. In Anki's
 * format tags cannot hold spaces, so the exact ones travel in the last column too.
 */
import { canonicalJson, type Field } from "./entry.ts";
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

/** A value as a cell. Lists and objects are JSON. */
function cellOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : canonicalJson(value);
}

const GUID_PREFIX = "ankiguid_";

/** The entry id for a guid of Anki's: itself where it is a good id, else its base64url. `undefined`: too long for an id. */
export function idOfGuid(guid: string): string | undefined {
  if (/^[A-Za-z0-9_-]{8,64}$/.test(guid) && !guid.startsWith(GUID_PREFIX)) return guid;
  const encoded = new TextEncoder().encode(guid).toBase64({ alphabet: "base64url", omitPadding: true });
  return guid === "" || encoded.length + GUID_PREFIX.length > 64 ? undefined : GUID_PREFIX + encoded;
}

/** The guid that an entry has in Anki. */
export function guidOfId(id: string): string {
  if (!id.startsWith(GUID_PREFIX)) return id;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      Uint8Array.fromBase64(id.slice(GUID_PREFIX.length), { alphabet: "base64url" }),
    );
  } catch {
    return id;
  }
}

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
  const cells = [guidOfId(id), text, translation, transliteration, note, language, translationLanguage, tags, rest].map(
    cellOf,
  );
  return writeRow(cells, "\t");
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
        CSV_COLUMNS.map((column) => guardCell(cellOf(stored[column]))),
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
