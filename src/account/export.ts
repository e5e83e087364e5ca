/**
 * Everything that is kept on an account as one JSON document, streamed a page at a time, so that no size of it is held in
 * memory. The entries at its end are the vocabulary's own file, so the whole document can be imported there again.
 */
import type { SessionId } from "../auth/ids.ts";
import { EXPORT_PAGE } from "../bounds.ts";
import { utf8 } from "../encoding.ts";
import { exportEntries } from "../vocabulary/export.ts";
import { EXPORT_SECTIONS, type ExportRow, readExportPage, readExportStart } from "./export-store.ts";
import { iso } from "./shapes.ts";

const isTime = (name: string) => name === "at" || name.endsWith("At");

/** A row as the document has it. */
function itemOf({ key: _, ...columns }: ExportRow): Readonly<Record<string, unknown>> {
  const fields = Object.entries(columns).map(([name, value]) => {
    if (isTime(name) && typeof value === "number") return [name, iso(value)];
    return [name, name === "joined" && typeof value === "string" ? JSON.parse(value) : value];
  });
  return Object.fromEntries(fields);
}

/** The document's bytes; `undefined` where the session is over before the first of them. */
export async function exportAccount(
  db: D1Database,
  sessionId: SessionId,
  clock: () => number,
): Promise<ReadableStream<Uint8Array> | undefined> {
  const start = await readExportStart(db, sessionId, clock());
  if (start === undefined) return undefined;
  const { account, pages } = start;

  async function* pieces(): AsyncGenerator<Uint8Array> {
    const { id, createdAt, email, hasRecoveryCode } = account;
    const head = { id, createdAt: iso(createdAt), email, hasRecoveryCode: hasRecoveryCode === 1 };
    yield utf8(`{"account":${JSON.stringify(head)}`);
    for (const [index, section] of EXPORT_SECTIONS.entries()) {
      let rows = pages[index] ?? [];
      let separator = `,\n"${section.name}":[`;
      for (;;) {
        yield utf8(separator + rows.map((row) => JSON.stringify(itemOf(row))).join(",\n"));
        const last = rows.at(-1);
        if (last === undefined || rows.length < EXPORT_PAGE) break;
        rows = await readExportPage(db, sessionId, section, last.key, clock());
        separator = rows.length > 0 ? ",\n" : "";
      }
      yield utf8("]");
    }
    const entries = await exportEntries(db, sessionId, "json", clock);
    // A session that ends in the middle breaks the download off: a file that only seems whole would be worse.
    if (entries === undefined) throw new Error("The session ended during the export");
    yield utf8(",\n");
    // The vocabulary's file is an object too: behind its opening brace, its members follow the ones above.
    let opening = 1;
    for await (const piece of entries) {
      yield piece.subarray(opening);
      opening = 0;
    }
  }

  const iterator = pieces();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}
