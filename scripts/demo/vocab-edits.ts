/**
 * What `vocab` does on this device alone: list, add, edit and remove. Entries are held to the server's own rules at once,
 * so that nobody hears of a typing mistake days later.
 */
import { readChange } from "../../src/vocabulary/entry.ts";
import {
  addEntry,
  countPending,
  editEntry,
  entriesShown,
  type Fields,
  removeEntry,
  type Vocabulary,
} from "../client/vocabulary.ts";
import { type CommandInput, counted, type OptionValues, printable, stringOption, UsageError } from "./command.ts";
import { alignColumns } from "./table.ts";

/** Enough of a random id to tell a traveller's entries apart. */
const SHOWN_ID_CHARACTERS = 8;

const KEPT = "Kept on this device; `vocab sync` sends it.";

/** `vocab list`: with `--search`, the entries that hold it in one of their texts. */
export async function listEntries({ vocabulary, values, print }: CommandInput): Promise<void> {
  const kept = await vocabulary.read();
  const wanted = fold(stringOption(values, "search") ?? "");
  const shown = entriesShown(kept)
    .sort((a, b) => String(a.fields.createdAt).localeCompare(String(b.fields.createdAt)))
    .map(({ id, fields, isPending }) => {
      const texts = [fields.text, fields.translation, fields.category, fields.note].map((text) => String(text ?? ""));
      return { texts, row: [shortId(kept, id), languagesOf(fields), ...texts, isPending ? "to sync" : ""] };
    })
    .filter(({ texts }) => texts.some((text) => fold(text).includes(wanted)));
  if (shown.length === 0) {
    print("Nothing is found.");
    return;
  }
  const rows = [["id", "languages", "text", "translation", "category", "note", ""], ...shown.map(({ row }) => row)];
  for (const line of alignColumns(rows.map((row) => row.map(printable)))) print(line);
  const pending = countPending(kept);
  print("");
  print(`${counted(shown.length)}${pending === 0 ? "" : `; ${pending} to sync`}`);
}

/** `vocab add`. */
export async function addEntryHere({ vocabulary, values, words, print }: CommandInput): Promise<void> {
  const [text, translation, ...more] = words;
  const to = stringOption(values, "to");
  if (to === undefined) throw new UsageError("Into which language? Say for example: --to es");
  if (!text || !translation || more.length > 0)
    throw new UsageError("Which word, and its translation? Quote a text of several words.");
  const languages = { language: stringOption(values, "from") ?? "en", translationLanguage: to };
  const given = Object.entries(givenFields(values, [])).filter(([, value]) => value !== null);
  const fields = { text, translation, ...languages, ...Object.fromEntries(given) };
  checkFields(fields);
  const id = await vocabulary.change((kept) => shortId(kept, addEntry(kept, fields, Date.now())));
  print(printable(`Added ${id}: ${text} → ${translation}. ${KEPT}`));
}

/** `vocab edit`. */
export async function editEntryHere({ vocabulary, values, words, print }: CommandInput): Promise<void> {
  const fields = givenFields(values, ["text", "translation"]);
  if (Object.keys(fields).length === 0)
    throw new UsageError("What is to change? --text, --translation, --note, --category or --tags.");
  checkFields(fields);
  const id = await vocabulary.change((kept) => {
    const found = findId(kept, words);
    editEntry(kept, found, fields, Date.now());
    return shortId(kept, found);
  });
  print(`Changed ${id}. ${KEPT}`);
}

/** `vocab remove`. */
export async function removeEntryHere({ vocabulary, words, print }: CommandInput): Promise<void> {
  const removed = await vocabulary.change((kept) => {
    const id = findId(kept, words);
    const shown = shortId(kept, id);
    removeEntry(kept, id);
    return shown;
  });
  print(`Removed ${removed}. ${KEPT}`);
}

/** Throws where the server would not take these fields, whatever entry they are of. */
function checkFields(fields: Fields): void {
  const read = readChange({ ...fields, id: "any-good-id" });
  if (read.ok) return;
  if (read.code === "too_large") throw new UsageError("That is more than the 4 KiB that an entry may have.");
  throw new UsageError(`The server would not take this ${read.field ?? "entry"} (${read.code.replaceAll("_", " ")}).`);
}

/** The fields that were given as options; an empty one is to be cleared. */
function givenFields(values: OptionValues, names: readonly string[]): Fields {
  const given = [...names, "note", "category"].flatMap((name): [string, unknown][] => {
    const value = stringOption(values, name);
    return value === undefined ? [] : [[name, value || null]];
  });
  const tags = stringOption(values, "tags")?.split(",") ?? [];
  const kept = tags.map((tag) => tag.trim()).filter((tag) => tag !== "");
  if (tags.length > 0) given.push(["tags", kept.length === 0 ? null : kept]);
  return Object.fromEntries(given);
}

/** The one entry whose id begins so. */
function findId(kept: Vocabulary, [beginning, ...more]: readonly string[]): string {
  if (!beginning || more.length > 0)
    throw new UsageError("Which entry? Say the beginning of its id, as `vocab list` shows it.");
  const ids = entriesShown(kept).map(({ id }) => id);
  const found = ids.includes(beginning) ? [beginning] : ids.filter((id) => id.startsWith(beginning));
  const [id] = found;
  if (id === undefined) throw new UsageError(`There is no entry ${beginning}.`);
  if (found.length > 1) throw new UsageError(`${found.length} entries begin with ${beginning}.`);
  return id;
}

/** The beginning of the id, where no other entry has the same. */
function shortId({ entries }: Vocabulary, id: string): string {
  const short = id.slice(0, SHOWN_ID_CHARACTERS);
  return [...entries.keys()].filter((other) => other.startsWith(short)).length > 1 ? id : short;
}

function languagesOf({ language, translationLanguage }: Fields): string {
  return `${language}-${translationLanguage}`;
}

function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
