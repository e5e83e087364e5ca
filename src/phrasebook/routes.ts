// The phrasebook by route: whole pairs for offline use, and the list that is filtered, searched and paged. Once an
// isolate is warm they answer from its memory.
import type { Context } from "hono";
import { PHRASEBOOK_PAGE_CONCEPTS } from "../bounds.ts";
import type { AppEnv } from "../context.ts";
import { type Declaration, type Mount, refuse } from "../route.ts";
import { indexRoutes, TAG } from "./index-routes.ts";
import { keptAnswer } from "./kept-answer.ts";
import { createPacks } from "./pack.ts";
import { pageOf } from "./page.ts";
import { openPair } from "./pair.ts";
import type { Phrasebook } from "./phrasebook.ts";
import { ListAnswer, ListQuery, PackAnswer, PairParams } from "./schemas.ts";
import { createSearchIndexes, search } from "./search.ts";
import type { PhrasebookIo } from "./versions.ts";

const packRoute = {
  method: "get",
  path: "/v1/phrasebook/packs/:from/:to",
  access: "snapshot",
  params: PairParams,
  docs: DOCUMENTED && {
    operationId: "getPhrasebookPack",
    tag: TAG,
    summary: "A whole pair of languages",
    description:
      "Every concept that both languages have, with both texts, for use without a network. The same content has the same bytes and the same `ETag`; ask again with `If-None-Match` after a day.",
    requestHeaders: { "If-None-Match": "The `ETag` of an earlier answer." },
    answers: {
      200: {
        description: "The pack, its concepts in display order.",
        schema: PackAnswer,
        headers: { ETag: "Strong, over the content.", "Cache-Control": "A day, private." },
      },
      304: { description: "Unchanged.", headers: { ETag: "As sent.", "Cache-Control": "A day, private." } },
    },
    errors: ["unsupported_language", "not_in_phrasebook", "storage_unavailable"],
  },
} as const satisfies Declaration;

const listRoute = {
  method: "get",
  path: "/v1/phrasebook",
  access: "snapshot",
  query: ListQuery,
  docs: DOCUMENTED && {
    operationId: "listPhrasebook",
    tag: TAG,
    summary: "Look through the phrasebook",
    description:
      "The concepts that both languages have, by category or by search, in pages that neither repeat nor skip. In display order; with `q`, first what it is the whole of, then what has a word that begins so. A page token is good for its own question and as long as the phrasebook's version stands: then it is 410 `page_expired`, and the first page begins anew.",
    answers: { 200: { description: "One page.", schema: ListAnswer } },
    errors: ["unsupported_language", "not_in_phrasebook", "page_expired", "storage_unavailable"],
  },
} as const satisfies Declaration;

/** Mounts the phrasebook's routes over the isolate's phrasebook. */
export function phrasebookRoutes(mount: Mount, phrasebook: Phrasebook, clock: () => number): void {
  const packs = createPacks();
  const indexes = createSearchIndexes();
  const ioOf = (c: Context<AppEnv>): PhrasebookIo => ({
    db: c.env.DB,
    waitUntil: (work) => c.executionCtx.waitUntil(work),
    now: clock(),
  });
  indexRoutes(mount, phrasebook, ioOf);

  mount(packRoute, async (c, { params }) => {
    const pair = await c
      .get("trace")
      .timed("phrasebook", () => openPair(phrasebook, { ...params, place: "path" }, ioOf(c)));
    return pair.ok ? keptAnswer(c, await packs(pair.edition)) : refuse(c, pair.failure);
  });

  mount(listRoute, async (c, { query }) => {
    const pair = await c
      .get("trace")
      .timed("phrasebook", () => openPair(phrasebook, { from: query.from, to: query.to, place: "query" }, ioOf(c)));
    if (!pair.ok) return refuse(c, pair.failure);
    const { version, from, to } = pair.edition;
    const { category, q, limit = PHRASEBOOK_PAGE_CONCEPTS } = query;
    const found = search(indexes(pair.edition), { category, q });
    const question = [version, from.language, to.language, category ?? "", q ?? ""] as const;
    const page = pageOf(found, question, query.page, limit);
    switch (page.kind) {
      case "foreign":
        return refuse(c, {
          code: "invalid_request",
          detail: "Begin with the first page, without `page`.",
          errors: [{ path: "query.page", message: "is not a page of this list" }],
        });
      case "expired":
        return refuse(c, { code: "page_expired", detail: "The phrasebook has changed since the first page." });
      case "page":
        return c.json({
          from: from.language,
          to: to.language,
          total: found.length,
          concepts: page.items,
          ...(page.next === undefined ? {} : { page: page.next }),
        });
    }
  });
}
