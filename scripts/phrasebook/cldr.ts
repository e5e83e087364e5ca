// Reads a language's names from the pinned CLDR packages into one map. The key is an emoji, or names an entry of a
// table: "day:mon", "month:5", "field:week", "field:day+1" (tomorrow), "territory:JP", "language:ja", "currency:JPY",
// "number:12", "answer:yes". What a locale only inherits from the root is left out: it is English or a code.
import { exists, readJson } from "./read.ts";
import { spellOut } from "./spellout.ts";

/** One language's names by key. A variant has only those emoji that it states itself. */
export type CldrNames = ReadonlyMap<string, string>;

const TABLE_KEY =
  /^(day:[a-z]{3}|month:\d{1,2}|field:[a-z]+([+-]\d)?|territory:[A-Z]{2}|language:[a-z]{2,3}|currency:[A-Z]{3}|number:\d+|answer:(yes|no))$/;

/** Whether a key is spelt as those of a `CldrNames`. */
export function isCldrKey(key: string): boolean {
  return TABLE_KEY.test(key) || /^\p{Extended_Pictographic}/u.test(key);
}

/** The numbers that are spelt out, see `spellout.ts`. */
const NUMBERS = [...Array(20).keys(), 20, 30, 40, 50, 60, 70, 80, 90, 100, 1000];

/** Reads a locale's names. Throws where the pinned packages lack the locale. */
export function readCldrNames(locale: string): CldrNames {
  const entries = [
    ...emoji(locale),
    ...dates(locale),
    ...displayNames(locale, "territories", "territory"),
    ...displayNames(locale, "languages", "language"),
    ...currencies(locale),
    ...answers(locale),
    ...numbers(locale),
  ];
  return new Map(entries.map(([key, name]) => [key, name.normalize("NFC").trim()]));
}

type Entry = readonly [key: string, name: string];

/** A file's part at a path of keys. The shapes are the pinned packages'. */
function read<Part>(path: string, ...keys: string[]): Part {
  let part = readJson(`node_modules/${path}`);
  // Each step is there in every locale of the package.
  for (const key of keys) part = (part as Record<string, unknown>)[key];
  return part as Part;
}

function emoji(locale: string): Entry[] {
  const path = `cldr-annotations-full/annotations/${locale}/annotations.json`;
  const names = read<Record<string, { tts?: string[] }>>(path, "annotations", "annotations");
  return Object.entries(names).flatMap(([key, { tts }]): Entry[] => (tts?.[0] === undefined ? [] : [[key, tts[0]]]));
}

/** Stand-alone forms, as a list of days or months has them. */
function dates(locale: string): Entry[] {
  const main = `cldr-dates-full/main/${locale}`;
  const calendar = ["main", locale, "dates", "calendars", "gregorian"];
  type Wide = { "stand-alone": { wide: Record<string, string> } };
  const { days, months } = read<{ days: Wide; months: Wide }>(`${main}/ca-gregorian.json`, ...calendar);
  const fields = read<Record<string, Record<string, string>>>(
    `${main}/dateFields.json`,
    "main",
    locale,
    "dates",
    "fields",
  );
  const inherited = { day: "Sun", month: "M01", field: "Week" };
  const tables: [keyof typeof inherited, string | undefined, Entry[]][] = [
    ["day", days["stand-alone"].wide.sun, Object.entries(days["stand-alone"].wide)],
    ["month", months["stand-alone"].wide["1"], Object.entries(months["stand-alone"].wide)],
    ["field", fields.week?.displayName, Object.entries(fields).flatMap(fieldNames)],
  ];
  return tables.flatMap(([table, probe, names]) =>
    probe === inherited[table] ? [] : names.map(([key, name]): Entry => [`${table}:${key}`, name]),
  );
}

/** A field's own name, and those of its neighbours: "day", "day+1" for tomorrow. */
function fieldNames([field, names]: [string, Record<string, string>]): Entry[] {
  return Object.entries(names).flatMap(([kind, name]): Entry[] => {
    const offset = /^relative-type-(-?\d)$/.exec(kind)?.[1];
    if (kind === "displayName") return [[field, name]];
    return offset === undefined ? [] : [[`${field}${offset.startsWith("-") ? "" : "+"}${offset}`, name]];
  });
}

function displayNames(locale: string, file: string, table: string): Entry[] {
  const path = `cldr-localenames-full/main/${locale}/${file}.json`;
  const names = read<Record<string, string>>(path, "main", locale, "localeDisplayNames", file);
  return Object.entries(names).flatMap(([code, name]): Entry[] => (name === code ? [] : [[`${table}:${code}`, name]]));
}

function currencies(locale: string): Entry[] {
  const path = `cldr-numbers-full/main/${locale}/currencies.json`;
  const names = read<Record<string, { displayName?: string }>>(path, "main", locale, "numbers", "currencies");
  return Object.entries(names).flatMap(([code, { displayName }]): Entry[] =>
    displayName === undefined || displayName === code ? [] : [[`currency:${code}`, displayName]],
  );
}

/** CLDR writes what a program should accept as yes, as in "yes:y". */
function answers(locale: string): Entry[] {
  const path = `cldr-misc-full/main/${locale}/posix.json`;
  const { yesstr, nostr } = read<{ yesstr: string; nostr: string }>(path, "main", locale, "posix", "messages");
  if (yesstr.toLowerCase().startsWith("yes") && locale !== "en") return [];
  return [
    ["answer:yes", yesstr.split(":", 1)[0] ?? ""],
    ["answer:no", nostr.split(":", 1)[0] ?? ""],
  ];
}

function numbers(locale: string): Entry[] {
  const path = `cldr-rbnf/rbnf/${locale}.json`;
  if (!exists(`node_modules/${path}`)) return [];
  const rules = read<Record<string, [string, string][]>>(path, "rbnf", "rbnf", "SpelloutRules");
  return NUMBERS.flatMap((number): Entry[] => {
    const name = spellOut(number, rules);
    return name === undefined ? [] : [[`number:${number}`, name]];
  });
}
