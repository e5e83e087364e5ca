/**
 * An import in one batch, all or nothing: the file's changes in chunks that D1 takes, each counted, applied and checked.
 * A chunk that could not be applied whole raises, which rolls the batch back.
 */
import type { SessionId } from "../auth/ids.ts";
import { ENTRIES_PER_ACCOUNT, ENTRY_BYTES_PER_ACCOUNT, IMPORT_CHUNK_BYTES } from "../bounds.ts";
import { utf8 } from "../encoding.ts";
import { ask } from "../storage.ts";
import type { Change } from "./entry.ts";
import { type AccountFigures, readingFigures } from "./pull-store.ts";
import { APPLICABLE, APPLY, FOLLOW, JUDGED, pushValues } from "./push-store.ts";

/** What an import does, or would do. */
export interface ImportCounts {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Ids of entries that would be too large together with what is held. */
  readonly tooLarge: readonly string[];
  /** Some of it is beyond the quotas. */
  readonly full: boolean;
}

/** The account before the import, and the counts; `applied` is false on a dry run and where it was not taken. */
export interface ImportReport extends ImportCounts {
  readonly figures: AccountFigures;
  readonly applied: boolean;
}

const COUNT = `WITH ${APPLICABLE},
summed AS (SELECT change_bytes, sum(change_bytes) OVER (ORDER BY idx) AS more_bytes FROM sized)
SELECT (SELECT count(*) FROM sized WHERE change_count = 1) AS created, (SELECT count(*) FROM sized WHERE change_count = 0) AS updated,
  (SELECT count(*) FROM judged WHERE refusal = 'unchanged') AS unchanged, (SELECT coalesce(sum(change_bytes), 0) FROM sized) AS bytes,
  (SELECT max(more_bytes) FROM summed WHERE change_bytes > 0) AS most,
  (SELECT json_group_array(id) FROM judged WHERE refusal = 'too_large') AS tooLarge`;

// What was applied is unchanged when it is judged again; anything else raises.
const CHECK = `WITH ${JUDGED}
SELECT CASE WHEN EXISTS (SELECT 1 FROM judged WHERE refusal IS NOT 'unchanged') THEN json('x') END`;

function chunksOf(changes: readonly Change[]): Change[][] {
  const chunks: Change[][] = [[]];
  let size = 0;
  for (const change of changes) {
    const cost = utf8(change.patch).byteLength + change.id.length + 80;
    if (size + cost > IMPORT_CHUNK_BYTES) {
      chunks.push([]);
      size = 0;
    }
    chunks.at(-1)?.push(change);
    size += cost;
  }
  return chunks;
}

interface CountRow {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly bytes: number;
  /** What the account has grown by, at the most, behind a change that adds to it. */
  readonly most: number | null;
  readonly tooLarge: string;
}

/** Whether the quotas refuse a change, which they are held against in the order of the file. */
function isFull({ entryCount, entryBytes }: AccountFigures, counts: readonly CountRow[]): boolean {
  let entries = entryCount;
  let bytes = entryBytes;
  return counts.some((row) => {
    const most = bytes + (row.most ?? Number.NEGATIVE_INFINITY);
    entries += row.created;
    bytes += row.bytes;
    return (row.created > 0 && entries > ENTRIES_PER_ACCOUNT) || most > ENTRY_BYTES_PER_ACCOUNT;
  });
}

async function run(
  db: D1Database,
  sessionId: SessionId,
  tag: number,
  changes: readonly Change[],
  apply: boolean,
  now: number,
): Promise<ImportReport | undefined> {
  const perChunk = apply ? [COUNT, APPLY, FOLLOW, CHECK] : [COUNT];
  const statements = chunksOf(changes).flatMap((chunk) => {
    const values = pushValues({ sessionId, now, changes: chunk, tag, since: 0, atomic: true, apply: true });
    return perChunk.map((sql) =>
      sql === FOLLOW ? db.prepare(sql).bind(sessionId, now) : db.prepare(sql).bind(...values),
    );
  });
  const [figures, ...answers] = await ask(db.batch([readingFigures(db, sessionId, now), ...statements]));
  // Rows have the columns of their own statement.
  const account = figures?.results[0] as AccountFigures | undefined;
  if (account === undefined) return undefined;
  const counts = answers
    .filter((_, index) => index % perChunk.length === 0)
    .map(({ results }) => results[0] as CountRow);
  const sum = (field: "created" | "updated" | "unchanged") => counts.reduce((total, row) => total + row[field], 0);
  return {
    figures: account,
    applied: apply,
    created: sum("created"),
    updated: sum("updated"),
    unchanged: sum("unchanged"),
    tooLarge: counts.flatMap((row) => JSON.parse(row.tooLarge) as string[]),
    full: isFull(account, counts),
  };
}

/** Imports changes, or tells what that would do. `undefined` where the session is over. One batch, one more to say why it did not fit. */
export async function importEntries(
  db: D1Database,
  sessionId: SessionId,
  tag: number,
  changes: readonly Change[],
  dryRun: boolean,
  now: number,
): Promise<ImportReport | undefined> {
  if (!dryRun) {
    try {
      return await run(db, sessionId, tag, changes, true, now);
    } catch (error) {
      if (!(error instanceof Error && error.message.includes("malformed JSON"))) throw error;
    }
  }
  return run(db, sessionId, tag, changes, false, now);
}
