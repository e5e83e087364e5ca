/**
 * From what a file says to changes: the rows of a table become drafts, and each draft is held to what an entry must be.
 * How the formats are told apart and read is left to others. All faults of a file are told together, up to a bound.
 */
import { parseJson } from "../body.ts";
import { FAULTS_PER_FILE, IMPORT_ENTRIES } from "../bounds.ts";
import { sha256 } from "../encoding.ts";
import { type Change, type Field, readChange } from "./entry.ts";
import type { Place, Row } from "./table.ts";

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

/** What a file says of one entry. */
export interface Draft {
  readonly fields: Readonly<Record<string, unknown>>;
  /** Where a field stands; the whole entry where there is none. */
  readonly faultAt: (field: string | undefined) => Pick<FileFault, "place" | "path">;
}

/** The result of a file with one fault that stops its reading. */
export const brokenFile = (message: string, place?: Place): FileResult => ({
  ok: false,
  faults: [{ message, ...(place && { place }) }],
});

/** The result of a file with more entries than one import takes. */
export const overfullFile = (): FileResult =>
  brokenFile(`there are more than ${IMPORT_ENTRIES} entries: send them in several files`);

/** What an entry must have that the server does not fill in. */
const NEEDED: readonly Field[] = ["text", "language", "translation", "translationLanguage"];

/** Ids where a file has none: from the content, so that importing again changes nothing. */
async function withId(fields: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
  if (fields.id !== undefined) return fields;
  const content = NEEDED.map((field) => fields[field]).map((value) => (typeof value === "string" ? value : null));
  const hash = await sha256(JSON.stringify(content));
  return { ...fields, id: hash.slice(0, 22) };
}

/** The changes that drafts come to, or their faults. */
export async function changesOf(drafts: readonly Draft[], defaults: Defaults): Promise<FileResult> {
  const given = Object.fromEntries(Object.entries(defaults).filter(([, value]) => value !== undefined));
  const changes = new Map<string, Change>();
  const faults: FileFault[] = [];
  for (const { fields, faultAt } of drafts) {
    const whole: Readonly<Record<string, unknown>> = { ...given, ...fields };
    const read = readChange({ ...(await withId(whole)), deleted: false });
    const missing = NEEDED.find((field) => whole[field] === undefined);
    if (!read.ok) {
      const field = read.code === "invalid_id" ? "id" : read.field;
      faults.push({ message: `${field ?? "the entry"}: ${read.code.replaceAll("_", " ")}`, ...faultAt(field) });
    } else if (missing !== undefined) faults.push({ message: `${missing} is missing`, ...faultAt(missing) });
    // The same entry twice in a file: the later one counts, as it would in a list that was appended to.
    else changes.set(read.change.id, { ...read.change, base: "upsert" });
    if (faults.length === FAULTS_PER_FILE) break;
  }
  return faults.length > 0 ? { ok: false, faults } : { ok: true, changes: [...changes.values()] };
}

/** The value of a cell that holds JSON; its text where it does not. */
export function valueOfCell(cell: string): unknown {
  const json = parseJson(cell);
  return json.ok ? json.value : cell;
}

/** The value of a field that a cell says. */
export function fieldOfCell(field: string, cell: string): unknown {
  if (field === "favourite") return /^(true|1|yes)$/i.test(cell) ? true : /^(false|0|no)$/i.test(cell) ? false : cell;
  if (field === "practice") return valueOfCell(cell);
  if (field !== "tags") return cell;
  if (cell.startsWith("[")) return valueOfCell(cell);
  const tags = cell.split(";").map((tag) => tag.trim());
  return tags.filter((tag) => tag !== "");
}

/** The drafts of a table's rows. Empty cells say nothing; `header` has an empty name where a column means nothing here. */
export function draftsOf(
  rows: readonly Row[],
  header: readonly string[],
  fieldsOf: (cells: ReadonlyMap<string, string>) => Readonly<Record<string, unknown>>,
): readonly Draft[] {
  return rows.map(({ line, cells, columns }) => {
    const named = header
      .map((name, index): [string, string] => [name, cells[index] ?? ""])
      .filter(([name, cell]) => name !== "" && cell !== "");
    const faultAt = (field: string | undefined) => ({
      place: { line, column: (field !== undefined && columns[header.indexOf(field)]) || 1 },
    });
    return { fields: fieldsOf(new Map(named)), faultAt };
  });
}
