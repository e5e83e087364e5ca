/** The sync contract, by route. */
import type { Context } from "hono";
import * as v from "valibot";
import { type AuthParts, refuseEnded } from "../auth/middleware.ts";
import { CHANGES_PER_PUSH, ITEMS_PER_PAGE, ITEMS_PER_PAGE_DEFAULT, PUSH_BODY_BYTES } from "../bounds.ts";
import type { AppEnv } from "../context.ts";
import { type Declaration, type Mount, refuse } from "../route.ts";
import { Item, stamp } from "./shapes.ts";
import { StampOrZero } from "./stamp.ts";
import { pull, push, type ResyncReason } from "./sync.ts";

const TAG = "Vocabulary";

const digits = (what: string) =>
  v.pipe(v.string(), v.regex(/^\d{1,16}$/, "must be a whole number"), v.description(what), v.transform(Number));

const pullRoute = {
  method: "get",
  path: "/v1/vocabulary/sync",
  access: "token",
  query: v.object({
    since: v.optional(v.pipe(digits("The cursor of the last pull, or 0."), StampOrZero), "0"),
    page: v.optional(v.pipe(v.string(), v.maxLength(200), v.description("From the answer before."))),
    limit: v.optional(
      v.pipe(
        digits("Items of a page."),
        v.minValue(1),
        v.maxValue(ITEMS_PER_PAGE, `must be at most ${ITEMS_PER_PAGE}`),
      ),
      String(ITEMS_PER_PAGE_DEFAULT),
    ),
  }),
  docs: DOCUMENTED && {
    operationId: "pullVocabulary",
    tag: TAG,
    summary: "What changed since",
    description:
      "Entries and tombstones in the order of their revisions. While `more` is true ask again with the same `since` and the `page` of the answer; when it is false keep `cursor`, which is the next `since`. 410 tells in `reason` what the client must do: `floor`, list everything and drop what is not in it; `epoch`, list everything and push what is held with `base: 0`; `account`, drop cursor and bases, then list.",
    answers: {
      200: {
        description: "A page.",
        schema: v.union([
          v.object({ items: v.array(Item), more: v.literal(true), page: v.string() }),
          v.object({ items: v.array(Item), more: v.literal(false), cursor: stamp }),
        ]),
      },
    },
    errors: ["resync_required", "storage_unavailable"],
  },
} as const satisfies Declaration;

const status = v.union([
  v.object({ id: v.string(), status: v.picklist(["applied", "unchanged"]), rev: v.optional(stamp) }),
  v.object({ id: v.string(), status: v.literal("conflict"), current: Item }),
  v.object({
    id: v.nullable(v.string()),
    status: v.literal("rejected"),
    code: v.string(),
    field: v.optional(v.string()),
  }),
]);

const pushRoute = {
  method: "post",
  path: "/v1/vocabulary/sync",
  access: "token",
  body: {
    kind: "json",
    texts: "any",
    schema: v.object(
      {
        since: v.optional(StampOrZero),
        atomic: v.optional(v.boolean("must be true or false"), false),
        changes: v.pipe(
          v.array(v.unknown(), "must be an array of changes"),
          v.maxLength(CHANGES_PER_PUSH, `must hold at most ${CHANGES_PER_PUSH} changes`),
        ),
      },
      "must be an object",
    ),
    limitBytes: PUSH_BODY_BYTES,
  },
  docs: DOCUMENTED && {
    operationId: "pushVocabulary",
    tag: TAG,
    summary: "Push changes",
    description: `At most ${CHANGES_PER_PUSH} changes: merge patches at the top level (absent keeps, null clears), or deletions. Each stands alone and says what became of it, unless \`atomic\`. Repeating a push is safe. \`base\` is the stamp that the change was made on, \`since\` where it is absent. \`contiguous\` tells that \`cursor\` may be taken without a pull.`,
    examples: {
      add: {
        since: 0,
        changes: [{ id: "bread-2026", text: "bread", language: "en", translation: "pan", translationLanguage: "es" }],
      },
      remove: { changes: [{ id: "bread-2026", base: 17592186044417, deleted: true }] },
    },
    answers: {
      200: {
        description: "What became of each change, in order.",
        schema: v.object({ results: v.array(status), cursor: stamp, contiguous: v.boolean() }),
      },
    },
    errors: ["resync_required", "not_applied", "storage_unavailable"],
  },
} as const satisfies Declaration;

const RESYNC: Readonly<Record<ResyncReason, string>> = {
  floor: "Deletions since that cursor are gone: list everything, and drop what is not in it.",
  epoch: "The database was restored since: list everything, and push what you hold with base 0.",
  account: "The cursor is another account's: drop cursor and bases, then list.",
};

/** Mounts the routes. */
export function syncRoutes(mount: Mount, { clock }: AuthParts): void {
  const contextOf = (c: Context<AppEnv>) => ({ db: c.env.DB, caller: c.get("caller"), now: clock() });
  const resync = (c: Context<AppEnv>, reason: ResyncReason) =>
    refuse(c, { code: "resync_required", detail: RESYNC[reason], extra: { reason } });

  mount(pullRoute, async (c, { query }) => {
    const result = await c.get("trace").timed("d1", () => pull(contextOf(c), query.since, query.page, query.limit));
    switch (result.outcome) {
      case "session_over":
        return refuseEnded(c);
      case "bad_page":
        return refuse(c, {
          code: "invalid_request",
          detail: "The page is not one of this listing, or is older than a day.",
          errors: [{ path: "query.page", message: "is not good" }],
        });
      case "resync":
        return resync(c, result.reason);
      case "items": {
        const { outcome: _, ...page } = result;
        return c.json(page);
      }
    }
  });

  mount(pushRoute, async (c, { body }) => {
    const result = await c.get("trace").timed("d1", () => push(contextOf(c), { ...body, since: body.since }));
    switch (result.outcome) {
      case "session_over":
        return refuseEnded(c);
      case "resync":
        return resync(c, result.reason);
      case "not_applied":
        return refuse(c, {
          code: "not_applied",
          detail: "A change was not taken, so none was.",
          extra: { results: result.results },
        });
      case "pushed": {
        const { outcome: _, ...answer } = result;
        return c.json(answer);
      }
    }
  });
}
