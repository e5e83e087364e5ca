/**
 * Brings a device's vocabulary and the server's together: pulls page by page, then pushes what is pending until nothing
 * is. Each answer is kept before the next request, so it may be cut anywhere and run again.
 */
import * as v from "valibot";
import { CHANGES_PER_PUSH, ITEMS_PER_PULL, MAX_LISTINGS, MAX_PUSHES } from "./bounds.ts";
import type { Client } from "./client.ts";
import { ClientError } from "./failure.ts";
import { countPending, isPending, type VocabularyStore } from "./vocabulary.ts";
import {
  changeAccount,
  changeOf,
  countOfOther,
  type ListingReason,
  rememberGone,
  settleListing,
  takeAcknowledged,
  takeItem,
} from "./vocabulary-merge.ts";

const Item = v.looseObject({ id: v.string(), rev: v.number(), deleted: v.optional(v.boolean()) });

const PullBody = v.variant("more", [
  v.object({ items: v.array(Item), more: v.literal(true), page: v.string() }),
  v.object({ items: v.array(Item), more: v.literal(false), cursor: v.number() }),
]);

const Result = v.variant("status", [
  v.object({ status: v.picklist(["applied", "unchanged"]), rev: v.optional(v.number()) }),
  v.object({ status: v.literal("conflict"), current: Item }),
  v.object({ status: v.literal("rejected"), code: v.string() }),
]);

const PushBody = v.object({ results: v.array(Result), cursor: v.number(), contiguous: v.boolean() });

const PATH = "/v1/vocabulary/sync";

/** What a sync did. */
export interface SyncReport {
  /** Entries and deletions that came. */
  pulled: number;
  /** Changes that were taken. */
  pushed: number;
  /** Changes that the server does not take; they stay here, and are sent again by the next sync. */
  refused: readonly { id: string; code: string }[];
  /** Entries that are still to be pushed. */
  pending: number;
}

/** For a device that is in another account than before: what becomes of the entries that are of that one. */
export type OtherAccountChoice = "keep" | "drop";

/**
 * Syncs once. Throws the client's `ClientError` where the network fails, what came before being kept; and
 * `other_account` where the traveller must choose first.
 */
export async function syncVocabulary(
  client: Client,
  store: VocabularyStore,
  choice?: OtherAccountChoice,
): Promise<SyncReport> {
  return await store.syncing(async () => {
    const pulled = await pullAll(client, store, choice);
    const { pushed, refused } = await pushAll(client, store);
    return { pulled, pushed, refused, pending: countPending(await store.read()) };
  });
}

async function pullAll(
  client: Client,
  store: VocabularyStore,
  choice: OtherAccountChoice | undefined,
): Promise<number> {
  await enterAccount(client, store, choice, false);
  let reason: ListingReason | undefined;
  for (let listing = 1; ; listing += 1) {
    try {
      return await pullListing(client, store, reason);
    } catch (error) {
      const refusal = readRefusal(error);
      if (refusal === undefined || listing === MAX_LISTINGS) throw error;
      if (refusal === "account") await enterAccount(client, store, choice, true);
      if (refusal === "epoch") await store.change(rememberGone);
      // After a refused page the old cursor is asked again: the reason may have become another.
      reason = refusal === "floor" || refusal === "epoch" ? refusal : undefined;
    }
  }
}

/** Sees to it that cursor and bases are of the account that the client is in. */
async function enterAccount(
  client: Client,
  store: VocabularyStore,
  choice: OtherAccountChoice | undefined,
  isForeign: boolean,
): Promise<void> {
  const accountId = await client.accountId();
  await store.change((vocabulary) => {
    vocabulary.accountId ??= accountId;
    if (vocabulary.accountId === accountId && !isForeign) return;
    const entries = countOfOther(vocabulary);
    if (entries > 0 && choice === undefined) throw new ClientError({ kind: "other_account", entries });
    changeAccount(vocabulary, accountId, choice ?? "keep");
  });
}

/** One listing from its first page. `since` stays as it is; only the page moves. */
async function pullListing(
  client: Client,
  store: VocabularyStore,
  refusal: ListingReason | undefined,
): Promise<number> {
  const { cursor } = await store.read();
  const reason = refusal ?? (cursor === 0 ? "no cursor" : undefined);
  const since = reason === undefined ? cursor : 0;
  const listed = new Set<string>();
  let page: string | undefined;
  do {
    const query = new URLSearchParams({ since: String(since), limit: String(ITEMS_PER_PULL) });
    if (page !== undefined) query.set("page", page);
    const { body } = await client.requestJson(PullBody, `${PATH}?${query}`, { sameAccount: true });
    for (const { id } of body.items) listed.add(id);
    await store.change((vocabulary) => {
      for (const item of body.items) takeItem(vocabulary, item, reason);
      if (body.more) return;
      if (reason !== undefined) settleListing(vocabulary, listed, reason);
      vocabulary.cursor = body.cursor;
    });
    page = body.more ? body.page : undefined;
  } while (page !== undefined);
  return listed.size;
}

async function pushAll(
  client: Client,
  store: VocabularyStore,
): Promise<{ pushed: number; refused: SyncReport["refused"] }> {
  const refused = new Map<string, string>();
  let pushed = 0;
  for (let push = 0; push < MAX_PUSHES; push += 1) {
    const { cursor, entries } = await store.read();
    const pending = [...entries].filter(([id, entry]) => isPending(entry) && !refused.has(id));
    const changes = pending.slice(0, CHANGES_PER_PUSH).map(([id, entry]) => changeOf(id, entry));
    if (changes.length === 0) break;
    const { body } = await client.requestJson(PushBody, PATH, { sameAccount: true, body: { since: cursor, changes } });
    await store.change((vocabulary) => {
      for (const [index, change] of changes.entries()) {
        const result = body.results[index];
        if (result?.status === "conflict") takeItem(vocabulary, result.current);
        else if (result?.status === "rejected") refused.set(change.id, result.code);
        else if (result !== undefined) {
          takeAcknowledged(vocabulary, change, result.rev);
          pushed += 1;
        }
      }
      if (body.contiguous) vocabulary.cursor = body.cursor;
    });
  }
  return { pushed, refused: [...refused].map(([id, code]) => ({ id, code })) };
}

/** What a refused pull asks of the device; nothing where it is another failure. */
function readRefusal(error: unknown): "floor" | "epoch" | "account" | "page" | undefined {
  if (!(error instanceof ClientError)) return undefined;
  if (error.failure.kind === "account_changed") return "account";
  if (error.failure.kind !== "problem") return undefined;
  const { code, reason, errors } = error.failure.problem;
  if (code === "invalid_request" && errors.some(({ path }) => path === "query.page")) return "page";
  if (code !== "resync_required") return undefined;
  return reason === "floor" || reason === "epoch" || reason === "account" ? reason : undefined;
}
