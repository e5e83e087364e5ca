/** Entries filtered and searched, by route. */
import * as v from "valibot";
import { type AuthParts, refuseEnded } from "../auth/middleware.ts";
import { ITEMS_PER_PAGE, ITEMS_PER_PAGE_DEFAULT } from "../bounds.ts";
import type { Declaration, Mount } from "../route.ts";
import { listEntries } from "./list-store.ts";
import { Entry } from "./shapes.ts";
import { accountTag, stampPrefix } from "./stamp.ts";
import { itemOf } from "./sync.ts";

const TAG = "Vocabulary";

const filter = (what: string) =>
  v.optional(v.pipe(v.string(), v.nonEmpty("must not be empty"), v.maxLength(200), v.description(what)));

const listRoute = {
  method: "get",
  path: "/v1/vocabulary",
  access: "token",
  query: v.object({
    language: filter("Language of the text, in any case."),
    translationLanguage: filter("Language of the translation, in any case."),
    category: filter("Category."),
    tag: filter("One of its tags."),
    favourite: v.optional(
      v.pipe(v.picklist(["true", "false"], "must be true or false"), v.description("Favourites, or the others.")),
    ),
    q: filter("Part of the text, translation, transliteration or note, in any case."),
    limit: v.optional(
      v.pipe(
        v.string(),
        v.regex(/^\d{1,4}$/, "must be a whole number"),
        v.description("Entries of a page."),
        v.transform(Number),
        v.minValue(1, "must be at least 1"),
        v.maxValue(ITEMS_PER_PAGE, `must be at most ${ITEMS_PER_PAGE}`),
      ),
      String(ITEMS_PER_PAGE_DEFAULT),
    ),
    page: v.optional(
      v.pipe(
        v.string(),
        v.regex(/^\d{1,10}$/, "is not a page of this list"),
        v.description("From the answer before."),
        v.transform(Number),
      ),
    ),
  }),
  docs: DOCUMENTED && {
    operationId: "listVocabulary",
    tag: TAG,
    summary: "The account's entries",
    description:
      "Filtered and searched, in the order of their latest change. An entry that is changed while pages are read comes again at the end; none is left out.",
    answers: {
      200: {
        description: "A page; `page` is there while there is more.",
        schema: v.object({ entries: v.array(Entry), page: v.optional(v.string()) }),
      },
    },
    errors: ["storage_unavailable"],
  },
} as const satisfies Declaration;

/** Mounts the route. */
export function listRoutes(mount: Mount, { clock }: AuthParts): void {
  mount(listRoute, async (c, { query }) => {
    const { limit, page, favourite, ...filters } = query;
    const caller = c.get("caller");
    const wanted = { ...filters, favourite: favourite === undefined ? undefined : favourite === "true" };
    const read = await c
      .get("trace")
      .timed("d1", () => listEntries(c.env.DB, caller.sessionId, wanted, page ?? 0, limit + 1, clock()));
    if (read === undefined) return refuseEnded(c);
    const shown = read.rows.slice(0, limit);
    const prefix = stampPrefix(read.figures.epoch, accountTag(caller.accountId));
    const entries = shown.map((row) => itemOf(prefix, row));
    return c.json({ entries, ...(read.rows.length > limit ? { page: String(shown.at(-1)?.rev) } : {}) });
  });
}
