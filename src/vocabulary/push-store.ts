/**
 * A push in one batch, whatever its size: what is to be applied is applied, the account's figures follow and are read
 * before and after, and every change's outcome is read back. All decisions are made in SQL, on the rows as they are
 * within the transaction; each statement that writes checks the session for itself.
 */
import type { SessionId } from "../auth/ids.ts";
import { ACCOUNT_OF_SESSION, LIVE_SESSION } from "../auth/live-session.ts";
import { ENTRIES_PER_ACCOUNT, ENTRY_BYTES, ENTRY_BYTES_PER_ACCOUNT } from "../bounds.ts";
import { ask } from "../storage.ts";
import type { Change } from "./entry.ts";
import type { Stamp } from "./stamp.ts";

/** A push as the statements take it. Times are milliseconds. */
export interface Push {
  readonly sessionId: SessionId;
  readonly tag: number;
  /** The stamp that a change without `base` is held against; 0 for none. */
  readonly since: Stamp;
  readonly changes: readonly Change[];
  /** All or nothing. */
  readonly atomic: boolean;
  /** False: nothing is applied, and the outcomes are told. */
  readonly apply: boolean;
  readonly now: number;
}

/** What became of one change, and what the server then holds. `created` tells that it held no such entry before. */
export interface PushedChange {
  readonly outcome:
    | "applied"
    | "unchanged"
    | "conflict"
    | "gone"
    | "missing_field"
    | "too_large"
    | "quota_exceeded"
    | "not_applied";
  readonly created: boolean;
  readonly revision: number | null;
  readonly deleted: boolean;
  readonly content: string | null;
}

/** The account's figures around the push. */
export interface PushReport {
  readonly prefix: number;
  readonly revisionBefore: number;
  readonly revision: number;
  readonly floor: number;
  readonly changes: readonly PushedChange[];
}

// ?1 session, ?2 now, ?3 changes as JSON, ?4 tag, ?5 since, ?6 atomic, ?7 apply, ?8 now as ISO 8601
const begin = (itemsLeft: string) => `
owner AS MATERIALIZED (
  SELECT a.id, a.revision, a.floor, a.entry_count, a.entry_bytes, d.epoch * 4096 + ?4 AS prefix
  FROM accounts a, deployment d WHERE a.id = ${ACCOUNT_OF_SESSION} AND EXISTS (${LIVE_SESSION})),
items AS MATERIALIZED (
  SELECT j.key AS idx, j.value ->> 'id' AS id, j.value ->> 'deleted' AS deleted, j.value -> 'patch' AS patch,
    j.value ->> 'explicit' AS explicit, j.value ->> 'expects' AS expects,
    CASE WHEN j.value ->> 'base' < 0 THEN 4294967295 WHEN (j.value ->> 'base') >> 32 = o.prefix THEN (j.value ->> 'base') & 4294967295 ELSE 0 END AS base
  FROM json_each(?3) j, owner o ${itemsLeft})`;

/** A cursor that cannot be continued: nothing is applied, unless no change leans on it. */
const CURSOR_GOOD = `
(?5 = 0 OR NOT EXISTS (SELECT 1 FROM items WHERE NOT explicit)
  OR (?5 >> 32 = o.prefix AND (?5 & 4294967295) BETWEEN o.floor AND o.revision))`;

// The patch on top of the content, key by key; json_patch would merge deep. Keys come out in order, as they are stored.
const MERGED = `
(SELECT json_group_object(key, json(val)) FROM (
  SELECT x.key, c.content -> ('$."' || x.key || '"') AS val FROM json_each(c.content) x
  WHERE json_type(i.patch, '$."' || x.key || '"') IS NULL
  UNION ALL
  SELECT y.key, i.patch -> ('$."' || y.key || '"') FROM json_each(i.patch) y WHERE y.type <> 'null'
  ORDER BY 1))`;

// A new entry begins from these; what the client says goes on top.
const FRESH = `json_object('createdAt', ?8, 'favourite', json('false'), 'updatedAt', ?8)`;

// What would be stored, which may be longer than what was asked for: a time of ours can be longer than the client's.
const STORED = "CASE WHEN deletes OR dated OR NOT lives THEN plain ELSE json_set(plain, '$.updatedAt', ?8) END";

/** CTEs that judge each change that `itemsLeft` leaves (`judged.refusal`), without the quotas. */
const judging = (itemsLeft = "") => `${begin(itemsLeft)},
current AS MATERIALIZED (
  SELECT i.idx, e.rev, e.deleted, e.bytes, e.content AS held,
    CASE WHEN e.id IS NULL OR e.deleted THEN ${FRESH} ELSE e.content END AS content
  FROM items i, owner o LEFT JOIN entries e ON e.account_id = o.id AND e.id = i.id),
merged AS MATERIALIZED (
  SELECT i.idx, i.id, i.deleted AS deletes, i.base, i.explicit, i.expects, c.rev, c.deleted, coalesce(c.bytes, 0) AS held_bytes, c.held,
    coalesce(c.deleted = 0, 0) AS lives, CASE WHEN i.deleted THEN '{}' ELSE ${MERGED} END AS plain,
    i.patch -> '$.updatedAt' IS NOT NULL AS dated
  FROM items i JOIN current c ON c.idx = i.idx),
judged AS MATERIALIZED (
  SELECT m.*, ${STORED} AS content,
    CASE
      WHEN deletes AND NOT lives THEN 'unchanged'
      WHEN NOT deletes AND lives AND plain = held THEN 'unchanged'
      WHEN (rev IS NULL AND explicit AND base > 0) OR (expects = 'entry' AND NOT lives) THEN 'gone'
      WHEN rev > base OR (expects = 'none' AND lives) THEN 'conflict'
      WHEN NOT deletes AND (plain ->> 'text' IS NULL OR plain ->> 'language' IS NULL
        OR plain ->> 'translation' IS NULL OR plain ->> 'translationLanguage' IS NULL) THEN 'missing_field'
      WHEN length(CAST(${STORED} AS BLOB)) > ${ENTRY_BYTES} THEN 'too_large'
    END AS refusal
  FROM merged m)`;

/** The same for every change. */
export const JUDGED = judging();

// SQLite takes a recursive reference in no subquery, so this is repeated where it is needed.
const FITS = `((p.change_count <= 0 OR r.entries + p.change_count <= ${ENTRIES_PER_ACCOUNT})
    AND (p.change_bytes <= 0 OR r.bytes + p.change_bytes <= ${ENTRY_BYTES_PER_ACCOUNT}))`;

/**
 * CTEs that size what is not refused (`sized`) and hold it against the quotas (`applicable`), in the order of the changes:
 * what came before counts where it fitted. What takes no more room always fits, deletions first of all.
 */
const applying = (judged: string) => `${judged},
sized AS MATERIALIZED (
  SELECT j.*, CASE WHEN deletes THEN 0 ELSE length(CAST(content AS BLOB)) END AS bytes,
    CASE WHEN deletes THEN -lives ELSE NOT lives END AS change_count,
    CASE WHEN deletes THEN 0 ELSE length(CAST(content AS BLOB)) END - CASE WHEN lives THEN held_bytes ELSE 0 END AS change_bytes
  FROM judged j WHERE refusal IS NULL),
placed AS MATERIALIZED (SELECT s.*, row_number() OVER (ORDER BY idx) AS place FROM sized s),
running(place, idx, fits, entries, bytes) AS (
  SELECT 0, NULL, 0, entry_count, entry_bytes FROM owner
  UNION ALL
  SELECT p.place, p.idx, ${FITS}, r.entries + iif(${FITS}, p.change_count, 0), r.bytes + iif(${FITS}, p.change_bytes, 0)
  FROM running r JOIN placed p ON p.place = r.place + 1),
applicable AS MATERIALIZED (SELECT p.* FROM placed p JOIN running r ON r.idx = p.idx WHERE r.fits)`;

/** The same for every change. */
export const APPLICABLE = applying(JUDGED);

/** Applies what is applicable. */
export const APPLY = `WITH ${APPLICABLE}
INSERT INTO entries (account_id, id, rev, deleted, content, bytes, change_count, change_bytes, changed_at)
SELECT o.id, a.id, o.revision + 1 + a.idx, a.deletes, a.content, a.bytes, a.change_count, a.change_bytes, ?2
FROM applicable a, owner o
WHERE ?7 AND ${CURSOR_GOOD}
  AND (NOT ?6 OR (SELECT count(*) FROM applicable) + (SELECT count(*) FROM judged WHERE refusal = 'unchanged') = (SELECT count(*) FROM items))
ON CONFLICT (account_id, id) DO UPDATE SET rev = excluded.rev, deleted = excluded.deleted, content = excluded.content,
  bytes = excluded.bytes, change_count = excluded.change_count, change_bytes = excluded.change_bytes, changed_at = excluded.changed_at
RETURNING id, rev, change_count = 1 AS created, deleted, content`;

/** Brings the account's figures after: exactly the rows just applied are ahead of its revision. Writes nothing where none is. */
export const FOLLOW = `
UPDATE accounts SET
  entry_count = entry_count + (SELECT sum(change_count) FROM entries e WHERE e.account_id = accounts.id AND e.rev > accounts.revision),
  entry_bytes = entry_bytes + (SELECT sum(change_bytes) FROM entries e WHERE e.account_id = accounts.id AND e.rev > accounts.revision),
  revision = (SELECT max(rev) FROM entries e WHERE e.account_id = accounts.id)
WHERE id = ${ACCOUNT_OF_SESSION} AND EXISTS (${LIVE_SESSION})
  AND revision < (SELECT max(rev) FROM entries e WHERE e.account_id = accounts.id)`;

const BEFORE = `
SELECT a.revision, a.floor, d.epoch * 4096 + ?3 AS prefix FROM accounts a, deployment d
WHERE a.id = ${ACCOUNT_OF_SESSION} AND EXISTS (${LIVE_SESSION})`;

// What was applied is told by the statement that did it, and is still ahead of the account's revision here. The rest was
// refused, or (`not_applied`, though it fits by itself) stopped by what came before it.
const READ_BACK = `WITH ${applying(
  judging(
    "WHERE NOT EXISTS (SELECT 1 FROM entries e WHERE e.account_id = o.id AND e.id = j.value ->> 'id' AND e.rev > o.revision)",
  ),
)}
SELECT j.idx, j.rev, j.deleted, j.held AS content, coalesce(j.refusal, CASE WHEN a.idx IS NULL THEN 'quota_exceeded' ELSE 'not_applied' END) AS outcome
FROM judged j LEFT JOIN applicable a ON a.idx = j.idx`;

interface AppliedRow {
  readonly id: string;
  readonly rev: number;
  readonly created: number;
  readonly deleted: number;
  readonly content: string;
}

interface ReadBackRow {
  readonly idx: number;
  readonly rev: number | null;
  readonly deleted: number | null;
  readonly content: string | null;
  readonly outcome: PushedChange["outcome"];
}

interface Figures {
  readonly revision: number;
  readonly floor: number;
  readonly prefix: number;
}

/** The parameters of the statements that judge or apply changes. */
export function pushValues({ sessionId, now, changes, tag, since, atomic, apply }: Push): readonly unknown[] {
  const items = changes.map(({ id, base, expects, deleted, patch }) => ({
    id,
    base: base === "upsert" ? -1 : (base ?? since),
    explicit: base === undefined || base === "upsert" ? 0 : 1,
    expects,
    deleted: deleted ? 1 : 0,
    patch: JSON.parse(patch),
  }));
  return [
    sessionId,
    now,
    JSON.stringify(items),
    tag,
    since,
    atomic ? 1 : 0,
    apply ? 1 : 0,
    new Date(now).toISOString(),
  ];
}

/** Runs a push. `undefined` where the session is over. One batch. */
export async function pushChanges(db: D1Database, push: Push): Promise<PushReport | undefined> {
  const { sessionId, now, tag } = push;
  const values = pushValues(push);
  const figures = () => db.prepare(BEFORE).bind(sessionId, now, tag);
  const answers = await ask(
    db.batch([
      figures(),
      db.prepare(APPLY).bind(...values),
      db.prepare(READ_BACK).bind(...values),
      db.prepare(FOLLOW).bind(sessionId, now),
      figures(),
    ]),
  );
  // Rows have the columns of their own statement.
  const before = answers[0]?.results[0] as Figures | undefined;
  const after = answers[4]?.results[0] as Figures | undefined;
  if (before === undefined || after === undefined) return undefined;
  const applied = new Map(((answers[1]?.results ?? []) as AppliedRow[]).map((row) => [row.id, row]));
  const left = new Map(((answers[2]?.results ?? []) as ReadBackRow[]).map((row) => [row.idx, row]));
  return {
    prefix: after.prefix,
    revisionBefore: before.revision,
    revision: after.revision,
    floor: after.floor,
    changes: push.changes.map(({ id }, index): PushedChange => {
      const done = applied.get(id);
      if (done !== undefined) {
        const { rev, created, deleted, content } = done;
        return { outcome: "applied", created: created === 1, revision: rev, deleted: deleted === 1, content };
      }
      const row = left.get(index);
      if (row === undefined) throw new Error("A change was left without an outcome");
      return {
        outcome: row.outcome,
        created: false,
        revision: row.rev,
        deleted: row.deleted === 1,
        content: row.content,
      };
    }),
  };
}
