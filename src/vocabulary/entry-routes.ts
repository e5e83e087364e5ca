/** Entries one at a time, by route, with entity tags. */
import type { Context } from "hono";
import * as v from "valibot";
import { type AuthParts, refuseEnded } from "../auth/middleware.ts";
import { ENTRY_BODY_BYTES } from "../bounds.ts";
import type { AppEnv } from "../context.ts";
import { randomText } from "../encoding.ts";
import { entityTags, isKnown } from "../entity-tag.ts";
import type { Failure } from "../errors.ts";
import { type Declaration, type Mount, refuse } from "../route.ts";
import { readEntry } from "./pull-store.ts";
import { Entry } from "./shapes.ts";
import { deleteEntry, etagOf, type Precondition, patchEntry, putEntry, type WriteResult } from "./simple.ts";
import { accountTag, partsOf, stampPrefix } from "./stamp.ts";
import { type Item, itemOf } from "./sync.ts";

const TAG = "Vocabulary";
const EXAMPLE = { text: "bread", language: "en", translation: "pan", translationLanguage: "es" };

const Id = v.object({ id: v.pipe(v.string(), v.description("The entry's id."), v.examples(["bread-2026"])) });
const NO_FIELDS = "must be an object of fields";
// To `v.record` an array is an object too, and what it hands on is none any more.
const Fields = v.pipe(
  v.custom<Readonly<Record<string, unknown>>>((value) => !Array.isArray(value), NO_FIELDS),
  v.record(v.string(), v.unknown(), NO_FIELDS),
);
const ETAG = { ETag: "The entry's revision." };
const PRECONDITIONS = {
  "If-Match": "Only when the entry has this `ETag`, or one of these; `*`: only when there is such an entry.",
  "If-None-Match": "`*`: only when there is no such entry.",
};

const createRoute = {
  method: "post",
  path: "/v1/vocabulary",
  access: "token",
  body: {
    kind: "json",
    schema: Fields,
    limitBytes: ENTRY_BODY_BYTES,
  },
  docs: DOCUMENTED && {
    operationId: "createEntry",
    tag: TAG,
    summary: "Add an entry",
    description:
      "With an `id` of the client's, repeating it is safe: the same entry again is 200. Without one an id is made.",
    examples: { bread: { id: "bread-2026", ...EXAMPLE } },
    answers: {
      201: { description: "It is added.", schema: Entry, headers: { ...ETAG, Location: "Where it is." } },
      200: { description: "It was there already, just so.", schema: Entry, headers: ETAG },
    },
    errors: ["precondition_failed", "vocabulary_full", "storage_unavailable"],
  },
} as const satisfies Declaration;

const readRoute = {
  method: "get",
  path: "/v1/vocabulary/:id",
  access: "token",
  params: Id,
  docs: DOCUMENTED && {
    operationId: "getEntry",
    tag: TAG,
    summary: "One entry",
    description: "With its revision as `ETag`.",
    requestHeaders: { "If-None-Match": "The `ETag` of an earlier answer." },
    answers: {
      200: { description: "The entry.", schema: Entry, headers: ETAG },
      304: { description: "Unchanged.", headers: ETAG },
    },
    errors: ["not_found", "storage_unavailable"],
  },
} as const satisfies Declaration;

const putRoute = {
  method: "put",
  path: "/v1/vocabulary/:id",
  access: "token",
  params: Id,
  body: { kind: "json", schema: Fields, limitBytes: ENTRY_BODY_BYTES },
  docs: DOCUMENTED && {
    operationId: "putEntry",
    tag: TAG,
    summary: "Make or replace an entry",
    description: "Fields that are not named are cleared.",
    requestHeaders: PRECONDITIONS,
    examples: { bread: EXAMPLE },
    answers: {
      200: { description: "It is replaced.", schema: Entry, headers: ETAG },
      201: { description: "It is made.", schema: Entry, headers: ETAG },
    },
    errors: ["precondition_failed", "vocabulary_full", "storage_unavailable"],
  },
} as const satisfies Declaration;

const patchRoute = {
  method: "patch",
  path: "/v1/vocabulary/:id",
  access: "token",
  params: Id,
  body: {
    kind: "json",
    schema: Fields,
    limitBytes: ENTRY_BODY_BYTES,
  },
  docs: DOCUMENTED && {
    operationId: "patchEntry",
    tag: TAG,
    summary: "Change an entry",
    description: "A merge patch at the top level: absent keeps, null clears, arrays and objects are replaced whole.",
    requestHeaders: PRECONDITIONS,
    examples: { note: { note: "La panadería is next door." } },
    answers: { 200: { description: "The entry as it is now.", schema: Entry, headers: ETAG } },
    errors: ["not_found", "precondition_failed", "vocabulary_full", "storage_unavailable"],
  },
} as const satisfies Declaration;

const deleteRoute = {
  method: "delete",
  path: "/v1/vocabulary/:id",
  access: "token",
  params: Id,
  docs: DOCUMENTED && {
    operationId: "deleteEntry",
    tag: TAG,
    summary: "Delete an entry",
    description: "Other devices learn of it with their next sync. Repeating it is 204 while the deletion is kept.",
    requestHeaders: { "If-Match": PRECONDITIONS["If-Match"] },
    answers: { 204: { description: "It is deleted." } },
    errors: ["not_found", "precondition_failed", "storage_unavailable"],
  },
} as const satisfies Declaration;

const UNKNOWN: Failure = { code: "not_found", detail: "This account has no such entry." };

/**
 * RFC 9110 section 13: tags, `*`, or nothing. Of several the latest of this account counts: an entry that had it once is
 * at none before it. Tags that are none of ours cannot match.
 */
function preconditionOf(c: Context<AppEnv>): Precondition {
  const match = c.req.header("If-Match");
  const tags = entityTags(match);
  if (tags === "*") return { kind: "exists" };
  if (match === undefined) return { kind: entityTags(c.req.header("If-None-Match")) === "*" ? "absent" : "none" };
  const own = accountTag(c.get("caller").accountId);
  const stamps = tags.map((tag) => Number(/^"(\d{1,16})"$/.exec(tag)?.[1] ?? 0));
  return { kind: "revision", stamp: Math.max(0, ...stamps.filter((stamp) => partsOf(stamp).tag === own)) };
}

/** Mounts the routes. */
export function entryRoutes(mount: Mount, { clock }: AuthParts): void {
  const contextOf = (c: Context<AppEnv>) => ({ db: c.env.DB, caller: c.get("caller"), now: clock() });

  function answer(c: Context<AppEnv>, result: WriteResult): Response {
    switch (result.outcome) {
      case "written":
        return c.json(result.item, result.created ? 201 : 200, { ETag: etagOf(result.item) });
      case "deleted":
        return c.body(null, 204);
      case "session_over":
        return refuseEnded(c);
      case "unknown":
        return refuse(c, UNKNOWN);
      case "precondition_failed":
        return refuse(c, {
          code: "precondition_failed",
          detail: "The entry is not in the state that the request asks for.",
        });
      case "rejected": {
        if (result.code === "quota_exceeded")
          return refuse(c, { code: "vocabulary_full", detail: "The account's vocabulary is full." });
        return refuse(c, {
          code: "invalid_request",
          detail: "The entry is not valid.",
          errors: [{ path: result.field ?? "", message: result.code.replaceAll("_", " ") }],
        });
      }
    }
  }

  mount(createRoute, async (c, { body }) => {
    const { id = randomText(16) } = body;
    const result = await c.get("trace").timed("d1", () => putEntry(contextOf(c), id, body, { kind: "absent" }));
    const response = answer(c, result);
    if (result.outcome === "written" && result.created)
      response.headers.set("Location", `/v1/vocabulary/${result.item.id}`);
    return response;
  });

  mount(readRoute, async (c, { params }) => {
    const { db, caller, now } = contextOf(c);
    const read = await c.get("trace").timed("d1", () => readEntry(db, caller.sessionId, params.id, now));
    if (read === undefined) return refuseEnded(c);
    if (read.entry === undefined) return refuse(c, UNKNOWN);
    const item: Item = itemOf(stampPrefix(read.figures.epoch, accountTag(caller.accountId)), read.entry);
    const headers = { ETag: etagOf(item) };
    return isKnown(c.req.header("If-None-Match"), headers.ETag)
      ? c.body(null, 304, headers)
      : c.json(item, 200, headers);
  });

  mount(putRoute, async (c, { params, body }) =>
    answer(c, await c.get("trace").timed("d1", () => putEntry(contextOf(c), params.id, body, preconditionOf(c)))),
  );
  mount(patchRoute, async (c, { params, body }) =>
    answer(c, await c.get("trace").timed("d1", () => patchEntry(contextOf(c), params.id, body, preconditionOf(c)))),
  );
  mount(deleteRoute, async (c, { params }) =>
    answer(c, await c.get("trace").timed("d1", () => deleteEntry(contextOf(c), params.id, preconditionOf(c)))),
  );
}
