/** One entry at a time, for clients that do not sync: the same changes and revisions as a push of one. */
import { type Change, FIELDS, type Field, REQUIRED, type ReadChange, type Rejection, readChange } from "./entry.ts";
import { pushChanges } from "./push-store.ts";
import { accountTag } from "./stamp.ts";
import { type Item, itemOf, type SyncContext } from "./sync.ts";

/** What the caller holds the entry to be: an exact revision, anything that is there, nothing, or whatever. */
export type Precondition =
  | { readonly kind: "revision"; readonly stamp: number }
  | { readonly kind: "exists" | "absent" | "none" };

/** What a write came to. */
export type WriteResult =
  | { readonly outcome: "written"; readonly created: boolean; readonly item: Item }
  | { readonly outcome: "deleted" }
  | { readonly outcome: "unknown" | "precondition_failed" | "session_over" }
  | { readonly outcome: "rejected"; readonly code: Rejection; readonly field: string | undefined };

/** What a change is held against. Only one that `makes` entries may find none. */
function heldAgainst(precondition: Precondition, makes: boolean): Pick<Change, "base" | "expects"> {
  switch (precondition.kind) {
    case "revision":
      return { base: precondition.stamp, expects: "entry" };
    case "exists":
      return { base: "upsert", expects: "entry" };
    case "absent":
      return makes ? { base: "upsert", expects: "none" } : { base: 0, expects: "entry" };
    case "none":
      return makes ? { base: "upsert" } : { base: "upsert", expects: "entry" };
  }
}

async function write(
  { db, caller, now }: SyncContext,
  read: ReadChange,
  precondition: Precondition,
  makes: boolean,
): Promise<WriteResult> {
  if (!read.ok) return { outcome: "rejected", code: read.code, field: read.field };
  const change = { ...read.change, ...heldAgainst(precondition, makes) };
  const tag = accountTag(caller.accountId);
  const pushing = { sessionId: caller.sessionId, tag, since: 0, atomic: false, apply: true, now };
  const report = await pushChanges(db, { ...pushing, changes: [change] });
  const pushed = report?.changes[0];
  if (report === undefined || pushed === undefined) return { outcome: "session_over" };
  const { outcome, revision, deleted, content, created } = pushed;
  switch (outcome) {
    case "applied":
    case "unchanged":
      // Deleting what never was is no change, and has no revision.
      if (revision === null) return { outcome: "unknown" };
      if (change.deleted) return { outcome: "deleted" };
      return {
        outcome: "written",
        created,
        item: itemOf(report.prefix, {
          id: change.id,
          rev: revision,
          deleted: deleted ? 1 : 0,
          content: content ?? "{}",
        }),
      };
    case "gone":
      return {
        outcome: precondition.kind === "none" || precondition.kind === "absent" ? "unknown" : "precondition_failed",
      };
    case "conflict":
      return { outcome: "precondition_failed" };
    case "not_applied":
      return { outcome: "rejected", code: "quota_exceeded", field: undefined };
    default:
      return { outcome: "rejected", code: outcome, field: undefined };
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Changes the named fields of an entry that is there. */
export function patchEntry(
  context: SyncContext,
  id: string,
  fields: Fields,
  precondition: Precondition,
): Promise<WriteResult> {
  return write(context, readChange({ ...fields, id, deleted: false }), precondition, false);
}

const NAMED = ["text", "language", "translation", "translationLanguage"] as const satisfies readonly Field[];

/** Makes an entry, or replaces it whole: fields that are not named are cleared. The id is held to the contract as they are. */
export function putEntry(
  context: SyncContext,
  id: unknown,
  fields: Fields,
  precondition: Precondition,
): Promise<WriteResult> {
  const missing = NAMED.find((field) => !Object.hasOwn(fields, field));
  if (missing !== undefined) return Promise.resolve({ outcome: "rejected", code: "missing_field", field: missing });
  const cleared = Object.fromEntries(
    (Object.keys(FIELDS) as Field[]).filter((field) => !REQUIRED.includes(field)).map((field) => [field, null]),
  );
  const change = readChange({ favourite: false, ...cleared, ...fields, id, deleted: false });
  return write(context, change, precondition, true);
}

/** Deletes an entry. */
export function deleteEntry(context: SyncContext, id: string, precondition: Precondition): Promise<WriteResult> {
  return write(context, readChange({ id, deleted: true }), precondition, false);
}

/** The entity tag of an item: its stamp. */
export const etagOf = (item: Item): string => `"${item.rev}"`;
