/** The whole vocabulary as a stream, read from D1 a page at a time in the order of the ids, so that nothing is kept in memory. */
import type { SessionId } from "../auth/ids.ts";
import { ACCOUNT_OF_SESSION, LIVE_SESSION } from "../auth/live-session.ts";
import { EXPORT_PAGE } from "../bounds.ts";
import { utf8 } from "../encoding.ts";
import { ask } from "../storage.ts";
import { type Format, type Stored, WRITERS } from "./formats.ts";

const PAGE = `
SELECT id, content FROM entries
WHERE account_id = ${ACCOUNT_OF_SESSION} AND id > ?3 AND deleted = 0 AND EXISTS (${LIVE_SESSION}) ORDER BY id LIMIT ?4`;

const LIVE = `SELECT EXISTS (${LIVE_SESSION}) AS live`;

interface PageRow {
  readonly id: string;
  readonly content: string;
}

/** The file's bytes; `undefined` where the session is over before the first of them. */
export async function exportEntries(
  db: D1Database,
  sessionId: SessionId,
  format: Format,
  clock: () => number,
): Promise<ReadableStream<Uint8Array> | undefined> {
  const writer = WRITERS[format];
  const page = async (after: string) => {
    const now = clock();
    const statements = [
      db.prepare(LIVE).bind(sessionId, now),
      db.prepare(PAGE).bind(sessionId, now, after, EXPORT_PAGE),
    ];
    const [live, rows] = await ask(db.batch(statements));
    // Rows have the columns of their own statement.
    return (live?.results[0] as { live: number } | undefined)?.live === 1
      ? ((rows?.results ?? []) as PageRow[])
      : undefined;
  };
  const storedOf = ({ id, content }: PageRow): Stored => ({ id, ...(JSON.parse(content) as Record<string, unknown>) });

  let rows = await page("");
  if (rows === undefined) return undefined;
  let isFirst = true;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      // A session that ends in the middle breaks the download off: a file that only seems whole would be worse.
      if (rows === undefined) throw new Error("The session ended during the export");
      const piece = rows.map((row, index) => writer.entry(storedOf(row), isFirst && index === 0)).join("");
      const last = rows.length < EXPORT_PAGE;
      controller.enqueue(utf8((isFirst ? writer.head : "") + piece + (last ? writer.tail : "")));
      isFirst = false;
      if (last) controller.close();
      else rows = await page(rows.at(-1)?.id ?? "");
    },
  });
}
