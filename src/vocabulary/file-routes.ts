/** The vocabulary as a file, out and in, by route. */
import * as v from "valibot";
import { count } from "../account/shapes.ts";
import { type AuthParts, refuseEnded } from "../auth/middleware.ts";
import { ENTRIES_PER_ACCOUNT, IMPORT_BODY_BYTES } from "../bounds.ts";
import { type Declaration, type Mount, refuse } from "../route.ts";
import { exportEntries } from "./export.ts";
import { WRITERS } from "./formats.ts";
import { decodeFile, readFile } from "./import-file.ts";
import { importEntries } from "./import-store.ts";
import { Entry } from "./shapes.ts";
import { accountTag } from "./stamp.ts";

const TAG = "Vocabulary";

const exportRoute = {
  method: "get",
  path: "/v1/vocabulary/export",
  access: "token-or-link",
  query: v.object({
    format: v.optional(
      v.pipe(v.picklist(["json", "csv", "anki"], "must be json, csv or anki"), v.description("The file's format.")),
      "json",
    ),
    link: v.optional(v.pipe(v.string(), v.description("In place of the access token, from `POST /v1/links`."))),
  }),
  docs: DOCUMENTED && {
    operationId: "exportVocabulary",
    tag: TAG,
    summary: "Download the vocabulary",
    description:
      "All entries as JSON, CSV (for spreadsheets: with a byte-order mark, and an apostrophe before cells that would run as formulas) or Anki's text format. Importing the file again changes nothing. A signed link stands in for the access token.",
    answers: {
      200: {
        description: "The file.",
        schema: v.object({ entries: v.array(v.omit(Entry, ["rev"])) }),
        alsoAs: ["text/csv", "text/plain"],
        headers: { "Content-Disposition": "A name for the file." },
      },
    },
    errors: ["storage_unavailable"],
  },
} as const satisfies Declaration;

const language = (what: string) =>
  v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$/, "must be a language tag"),
      v.description(what),
    ),
  );

const importRoute = {
  method: "post",
  path: "/v1/vocabulary/import",
  access: "token",
  body: {
    kind: "file",
    schema: v.instance(Uint8Array),
    limitBytes: IMPORT_BODY_BYTES,
    types: [
      "text/csv",
      "text/plain",
      "text/tab-separated-values",
      "application/json",
      "application/octet-stream",
      // What browsers on Windows with a spreadsheet send a .csv as.
      "application/vnd.ms-excel",
    ],
  },
  query: v.object({
    language: language("Of the texts, where the file does not say."),
    translationLanguage: language("Of the translations, where the file does not say."),
    dryRun: v.optional(
      v.pipe(
        v.picklist(["true", "false"], "must be true or false"),
        v.description("`true`: tells what would happen, and changes nothing."),
      ),
      "false",
    ),
  }),
  docs: DOCUMENTED && {
    operationId: "importVocabulary",
    tag: TAG,
    summary: "Import a file",
    description:
      "JSON, CSV (comma, semicolon or tab, told by the header line) or Anki's text format, told by how it begins. Entries that are there are updated, others added; all or nothing. A fault names its line and column.",
    examples: { csv: "text,language,translation,translationLanguage\r\nbread,en,pan,es\r\n" },
    answers: {
      200: {
        description: "What was done, or would be.",
        schema: v.object({ created: count, updated: count, unchanged: count, dryRun: v.boolean() }),
      },
    },
    errors: ["vocabulary_full", "storage_unavailable"],
  },
} as const satisfies Declaration;

/** Mounts the routes. */
export function fileRoutes(mount: Mount, { clock }: AuthParts): void {
  mount(exportRoute, async (c, { query }) => {
    const { contentType, fileName } = WRITERS[query.format];
    const stream = await exportEntries(c.env.DB, c.get("caller").sessionId, query.format, clock);
    if (stream === undefined) return refuseEnded(c);
    return c.body(stream, 200, {
      "Content-Type": contentType,
      "Content-Disposition": `attachment; filename="${fileName}"`,
    });
  });

  mount(importRoute, async (c, { query, body }) => {
    const decoded = decodeFile(body);
    if (!decoded.ok)
      return refuse(c, {
        code: "invalid_request",
        detail: `The file is not encoded as UTF-8 but as ${decoded.encoding}: save it as UTF-8.`,
      });
    const file = await readFile(decoded.text, {
      language: query.language,
      translationLanguage: query.translationLanguage,
    });
    if (!file.ok) {
      const errors = file.faults.map(({ message, place, path }) => ({
        path: place === undefined ? (path ?? "") : `line ${place.line}, column ${place.column}`,
        message,
      }));
      return refuse(c, { code: "invalid_request", detail: "The file has faults; nothing was changed.", errors });
    }
    const caller = c.get("caller");
    const trace = c.get("trace");
    const dryRun = query.dryRun === "true";
    const report = await trace.timed("d1", () =>
      importEntries(c.env.DB, caller.sessionId, accountTag(caller.accountId), file.changes, dryRun, clock()),
    );
    if (report === undefined) return refuseEnded(c);
    const { figures, created, updated, unchanged, tooLarge, full, applied } = report;
    if (tooLarge.length > 0) {
      const errors = tooLarge.map((id) => ({ path: id, message: "would be too large" }));
      return refuse(c, { code: "invalid_request", detail: "Entries would be too large; nothing was changed.", errors });
    }
    // Where another device made room since it did not fit, it was not taken all the same.
    if (full || !(applied || dryRun))
      return refuse(c, {
        code: "vocabulary_full",
        detail: `The vocabulary has room for ${Math.max(0, ENTRIES_PER_ACCOUNT - figures.entryCount)} more entries; nothing was changed.`,
      });
    return c.json({ created, updated, unchanged, dryRun });
  });
}
