/** A phone that takes its vocabulary out as files and brings files in, and the random vocabularies that it carries. */
import fc from "fast-check";
import { type AppCredentials, newApp, startWorker, type TestWorker, type Tokens } from "../worker.ts";

/** The formats of files. */
export const FORMATS = ["json", "csv", "anki"] as const;
export type FileFormat = (typeof FORMATS)[number];

/** What an import was, as status, code and counts, with its faults as lines. */
export interface ImportAnswer {
  readonly status: number;
  readonly code?: string;
  readonly counts?: readonly [created: number, updated: number, unchanged: number];
  readonly faults?: readonly string[];
  readonly detail?: string;
}

interface ImportBody {
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
}

/** Signs a new app in on a Worker, a fresh one unless it is given. */
export async function newCarrier(worker: TestWorker = startWorker(), app: AppCredentials = newApp()) {
  return carrierWith(worker, await worker.signIn(app));
}

/** The same, with tokens that it has. */
export function carrierWith(worker: TestWorker, tokens: Tokens) {
  const authorization = { Authorization: `Bearer ${tokens.access_token}` };

  const exported = (format: FileFormat) => worker.get(`/v1/vocabulary/export?format=${format}`, tokens.access_token);

  const post = (file: string | Uint8Array, query: Readonly<Record<string, string>> = {}, type = "text/csv") =>
    worker.request(`/v1/vocabulary/import?${new URLSearchParams(query)}`, {
      method: "POST",
      headers: { ...authorization, "Content-Type": type },
      body: file,
    });

  return {
    worker,
    tokens,
    exported,
    post,
    /** The bytes of an export that must succeed, as text with its byte-order mark. */
    async file(format: FileFormat): Promise<string> {
      const response = await exported(format);
      if (response.status !== 200) throw new Error(await response.text());
      const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
      return decoder.decode(await response.arrayBuffer());
    },
    /** The entries, as the JSON export has them. */
    async entries(): Promise<readonly Record<string, unknown>[]> {
      const response = await exported("json");
      return (await response.json<{ entries: Record<string, unknown>[] }>()).entries;
    },
    /** What importing a file comes to. */
    async imports(file: string | Uint8Array, query: Readonly<Record<string, string>> = {}): Promise<ImportAnswer> {
      const response = await post(file, query);
      const body = await response.json<ImportBody>();
      if (response.ok) return { status: response.status, counts: [body.created, body.updated, body.unchanged] };
      return {
        status: response.status,
        ...(body.code !== undefined && { code: body.code }),
        ...(body.detail !== undefined && { detail: body.detail }),
        ...(body.errors && { faults: body.errors.map(({ path, message }) => `${path}: ${message}`) }),
      };
    },
  };
}

export type Carrier = Awaited<ReturnType<typeof newCarrier>>;

/** An import that made, changed and left so many entries. */
export const done = (created: number, updated: number, unchanged: number): ImportAnswer => ({
  status: 200,
  counts: [created, updated, unchanged],
});

/** As many CSV lines as wanted, with their header. */
export function csvOf(count: number, more: { readonly from?: number; readonly note?: string } = {}): string {
  const { from = 0, note = "" } = more;
  const lines = Array.from(
    { length: count },
    (_, index) => `entry-${String(from + index).padStart(5, "0")},bread,en,pan,es,${note}`,
  );
  return `${["id,text,language,translation,translationLanguage,note", ...lines].join("\r\n")}\r\n`;
}

const PIECES = [
  ..."=+-@'\t\r\n\",;#:\\ |_[]{}<&",
  "\r\n",
  "''",
  "'=",
  "\uFEFF",
  "a",
  "B",
  "0",
  "true",
  "null",
  "#html:true",
  "パン",
  "🥖",
  "👩‍👩‍👧",
  "‏خبز‎",
  "עברית",
  "e\u0301",
  "\u0301",
  "\u2028",
  "\u0001",
  "\u001f",
  "\u007f",
  "\u00a0",
] as const;

const anyText = fc.array(fc.constantFrom(...PIECES), { maxLength: 6 }).map((pieces) => pieces.join(""));
const someText = anyText.filter((text) => text !== "");
const language = fc.constantFrom("en", "es", "zh-Hans", "pt_BR");
const time = fc.constantFrom("2020-02-02T00:00:00Z", "2026-03-10T12:00:00.123Z");
const ID_CHARACTERS = [..."ABYZabyz0189-_"];

/** Guids as Anki makes them, with every character that it uses, and stranger ones. */
export const anyGuid = fc.oneof(
  fc
    .array(fc.constantFrom(...`aZ09!#$%&()*+,-./:;<=>?@[]^_\`{|}~"\t\n`), { minLength: 1, maxLength: 12 })
    .map((characters) => characters.join("")),
  fc.constantFrom("#html:true", "#deck:a", "ankiguid_", "ankiguid_QUJD", "ankiguid_YWJjZGVmZ2g", "パン", "\uFEFFa"),
);

/** Ids as clients make them, and as imports do. */
export const anyId = fc.oneof(
  fc.array(fc.constantFrom(...ID_CHARACTERS), { minLength: 8, maxLength: 64 }).map((characters) => characters.join("")),
  anyGuid.map(
    (guid) => `ankiguid_${new TextEncoder().encode(guid).toBase64({ alphabet: "base64url", omitPadding: true })}`,
  ),
  fc.constantFrom(
    "ankiguid_A",
    "ankiguid_AB",
    "ankiguid_",
    "ankiguid_YWJjZGVmZ2g",
    "ankiguid__w",
    "-1234567",
    "__proto__",
  ),
);

/** A whole entry as a JSON file holds it. */
export const anyEntry = fc.record(
  {
    id: anyId,
    text: someText,
    language,
    translation: someText,
    translationLanguage: language,
    favourite: fc.boolean(),
    createdAt: time,
    updatedAt: time,
    transliteration: anyText,
    note: anyText,
    category: anyText,
    phraseId: anyText,
    tags: fc.array(anyText, { maxLength: 4 }),
    practice: fc.dictionary(
      anyText,
      fc.oneof(
        anyText,
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
      ),
      { maxKeys: 3 },
    ),
  },
  {
    requiredKeys: [
      "id",
      "text",
      "language",
      "translation",
      "translationLanguage",
      "favourite",
      "createdAt",
      "updatedAt",
    ],
  },
);

/** A vocabulary: entries of different ids. */
export const anyVocabulary = fc.uniqueArray(anyEntry, { selector: ({ id }) => id, minLength: 1, maxLength: 40 });
