/**
 * The sync contract over its stores: what a pull and a push answer. A cursor that cannot be continued is told with its
 * reason, since the client's duties are opposite: after `floor` what is not listed is gone, after `epoch` it is pushed again.
 */
import * as v from "valibot";
import type { Verified } from "../auth/access-token.ts";
import { PAGE_TOKEN_MS } from "../bounds.ts";
import { base64url, utf8 } from "../encoding.ts";
import { type Change, type ReadChange, type Rejection, readChange } from "./entry.ts";
import { type AccountFigures, type EntryRow, readPage } from "./pull-store.ts";
import { type PushedChange, pushChanges } from "./push-store.ts";
import { accountTag, partsOf, type Stamp, stampOf, stampPrefix } from "./stamp.ts";

/** What sync works with. `now` is milliseconds. */
export interface SyncContext {
  readonly db: D1Database;
  readonly caller: Verified;
  readonly now: number;
}

/** Why a cursor cannot be continued. */
export type ResyncReason = "floor" | "epoch" | "account";

/** An entry or a tombstone on the wire. */
export type Item = { readonly id: string; readonly rev: Stamp } & Readonly<Record<string, unknown>>;

/** A row as an item. */
export function itemOf(prefix: number, { id, rev, deleted, content }: EntryRow): Item {
  if (deleted) return { id, rev: stampOf(prefix, rev), deleted: true };
  // The column holds what `readChange` let in.
  return { id, rev: stampOf(prefix, rev), ...(JSON.parse(content) as Record<string, unknown>) };
}

function resyncReason(
  since: Stamp,
  prefix: number,
  { revision, floor }: Pick<AccountFigures, "revision" | "floor">,
): ResyncReason | undefined {
  if (since === 0) return undefined;
  const parts = partsOf(since);
  const own = partsOf(stampOf(prefix, 0));
  if (parts.tag !== own.tag) return "account";
  if (parts.epoch !== own.epoch || parts.revision > revision) return "epoch";
  return parts.revision < floor ? "floor" : undefined;
}

/** Where a listing is: it began when the account was at `start`, and has told all up to the revision `after`. */
interface PageToken {
  readonly since: Stamp;
  readonly start: Stamp;
  readonly after: number;
  readonly until: number;
}

const part = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Token = v.object({ since: part, start: part, after: part, until: part });

function tokenOf({ since, start, after, until }: PageToken): string {
  return base64url(utf8(JSON.stringify([since, start, after, until])));
}

function readToken(token: string): PageToken | undefined {
  try {
    const [since, start, after, until]: unknown[] = JSON.parse(
      new TextDecoder().decode(Uint8Array.fromBase64(token, { alphabet: "base64url" })),
    );
    return v.parse(Token, { since, start, after, until });
  } catch {
    return undefined;
  }
}

/**
 * Whether the listing is still of one piece: of this account and epoch, and no entry that it told before can have been
 * deleted since and its tombstone purged.
 */
function isWhole({ start }: PageToken, prefix: number, floor: number): boolean {
  const parts = partsOf(start);
  return parts.prefix === prefix && floor <= parts.revision;
}

/** What a pull comes to. */
export type PullResult =
  | { readonly outcome: "items"; readonly items: readonly Item[]; readonly more: true; readonly page: string }
  | { readonly outcome: "items"; readonly items: readonly Item[]; readonly more: false; readonly cursor: Stamp }
  | { readonly outcome: "resync"; readonly reason: ResyncReason }
  | { readonly outcome: "session_over" | "bad_page" };

/** One page of what changed after `since`. The listing's `since` stays fixed; only `page` moves. */
export async function pull(
  { db, caller, now }: SyncContext,
  since: Stamp,
  page: string | undefined,
  limit: number,
): Promise<PullResult> {
  const token = page === undefined ? undefined : readToken(page);
  const isBad = token === undefined || token.since !== since || token.until < now;
  if (page !== undefined && isBad) return { outcome: "bad_page" };
  const read = await readPage(db, caller.sessionId, token?.after ?? partsOf(since).revision, limit + 1, now);
  if (read === undefined) return { outcome: "session_over" };
  const { figures, rows } = read;
  const prefix = stampPrefix(figures.epoch, accountTag(caller.accountId));
  const reason = resyncReason(since, prefix, figures);
  if (reason !== undefined) return { outcome: "resync", reason };
  if (token !== undefined && !isWhole(token, prefix, figures.floor)) return { outcome: "bad_page" };
  const start = token?.start ?? stampOf(prefix, figures.revision);
  const until = token?.until ?? now + PAGE_TOKEN_MS;
  const shown = rows.slice(0, limit);
  const items = shown.map((row) => itemOf(prefix, row));
  const last = shown.at(-1);
  if (rows.length > limit && last !== undefined)
    return { outcome: "items", items, more: true, page: tokenOf({ since, start, after: last.rev, until }) };
  return { outcome: "items", items, more: false, cursor: stampOf(prefix, figures.revision) };
}

/** What became of one change, on the wire. */
export type PushResult =
  | { readonly id: string; readonly status: "applied" | "unchanged"; readonly rev?: Stamp }
  | { readonly id: string; readonly status: "conflict"; readonly current: Item }
  | { readonly id: string | null; readonly status: "rejected"; readonly code: Rejection; readonly field?: string };

/** What a push comes to. */
export type PushOutcome =
  | {
      readonly outcome: "pushed" | "not_applied";
      readonly results: readonly PushResult[];
      readonly cursor: Stamp;
      readonly contiguous: boolean;
    }
  | { readonly outcome: "resync"; readonly reason: ResyncReason }
  | { readonly outcome: "session_over" };

function readChanges(raw: readonly unknown[]): readonly ReadChange[] {
  const seen = new Set<string>();
  return raw.map((each) => {
    const read = readChange(each);
    if (!read.ok) return read;
    const { id } = read.change;
    if (seen.has(id)) return { ok: false, id, code: "duplicate_id" };
    seen.add(id);
    return read;
  });
}

function wireResult(
  prefix: number,
  floor: number,
  { id }: Change,
  pushed: PushedChange,
  refusal: Rejection,
): PushResult {
  const { outcome, revision, deleted, content } = pushed;
  switch (outcome) {
    case "applied":
    case "unchanged":
      return { id, status: outcome, ...(revision === null ? {} : { rev: stampOf(prefix, revision) }) };
    case "conflict":
      return {
        id,
        status: "conflict",
        current: itemOf(prefix, { id, rev: revision ?? 0, deleted: deleted ? 1 : 0, content: content ?? "{}" }),
      };
    case "gone":
      return { id, status: "conflict", current: { id, rev: stampOf(prefix, floor), deleted: true } };
    case "not_applied":
      return { id, status: "rejected", code: refusal };
    default:
      return { id, status: "rejected", code: outcome };
  }
}

/** Pushes changes; `since` absent counts as 0. One bad change is rejected and the rest go through, unless `atomic`. */
export async function push(
  { db, caller, now }: SyncContext,
  {
    since,
    atomic,
    changes: raw,
  }: { readonly since: Stamp | undefined; readonly atomic: boolean; readonly changes: readonly unknown[] },
): Promise<PushOutcome> {
  const read = readChanges(raw);
  const changes = read.flatMap((each) => (each.ok ? [each.change] : []));
  const allGood = changes.length === read.length;
  const tag = accountTag(caller.accountId);
  const report = await pushChanges(db, {
    sessionId: caller.sessionId,
    tag,
    since: since ?? 0,
    changes,
    atomic,
    apply: allGood || !atomic,
    now,
  });
  if (report === undefined) return { outcome: "session_over" };
  const { prefix, floor, revision, revisionBefore } = report;
  const leansOnCursor = changes.some(({ base }) => base === undefined);
  const reason = leansOnCursor ? resyncReason(since ?? 0, prefix, { revision: revisionBefore, floor }) : undefined;
  if (reason !== undefined) return { outcome: "resync", reason };

  const taken = allGood && report.changes.every(({ outcome }) => outcome === "applied" || outcome === "unchanged");
  // Without `atomic`, what fitted by itself and was not applied had no room behind the changes before it.
  const refusal = atomic ? "not_applied" : "quota_exceeded";
  const pushed = changes.map((change, index) => {
    const outcome = report.changes[index];
    if (outcome === undefined) throw new Error("A change was left without an outcome");
    return wireResult(prefix, floor, change, outcome, refusal);
  });
  let next = 0;
  const results = read.map((each): PushResult => {
    if (!each.ok)
      return {
        id: each.id,
        status: "rejected",
        code: each.code,
        ...(each.field === undefined ? {} : { field: each.field }),
      };
    const result = pushed[next];
    next += 1;
    if (result === undefined) throw new Error("A change was left without a result");
    return result;
  });
  const contiguous = since === 0 ? revisionBefore === 0 : since === stampOf(prefix, revisionBefore);
  return {
    outcome: atomic && !taken ? "not_applied" : "pushed",
    results,
    cursor: stampOf(prefix, revision),
    contiguous,
  };
}
