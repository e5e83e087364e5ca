/** The list of languages, by route. */
import * as v from "valibot";
import { LANGUAGES_MAX_AGE_SECONDS } from "../bounds.ts";
import type { Declaration, Mount } from "../route.ts";
import { createLanguageLists } from "./language-list.ts";

const TAG = "Translation";

const languagesRoute = {
  method: "get",
  path: "/v1/languages",
  access: "snapshot",
  docs: DOCUMENTED && {
    operationId: "listLanguages",
    tag: TAG,
    summary: "The languages",
    description:
      "Every language that is translated or in the phrasebook, with its English and native name, and its name in the reader's language (`Accept-Language`). Built in: it answers with no provider and no database.",
    requestHeaders: {
      "Accept-Language": "The language that `name` is in.",
      "If-None-Match": "The `ETag` of an earlier answer.",
    },
    answers: {
      200: {
        description: "The languages.",
        schema: v.object({
          languages: v.array(
            v.object({
              code: v.string(),
              englishName: v.string(),
              name: v.string(),
              nativeName: v.string(),
              direction: v.picklist(["ltr", "rtl"]),
              translated: v.boolean(),
              pronounced: v.boolean(),
              phrasebook: v.boolean(),
            }),
          ),
        }),
        headers: {
          ETag: "Strong, over the content.",
          "Cache-Control": "A day, private.",
          "Content-Language": "The language of `name`.",
          Vary: "`Accept-Language`.",
        },
      },
      304: {
        description: "Unchanged.",
        headers: { ETag: "As sent.", "Cache-Control": "A day, private.", Vary: "`Accept-Language`." },
      },
    },
    errors: [],
  },
} as const satisfies Declaration;

/** Mounts the route. */
export function languagesRoutes(mount: Mount): void {
  const lists = createLanguageLists();
  mount(languagesRoute, async (c) => {
    const { body, etag, locale } = await lists(c.req.header("Accept-Language"));
    const headers = {
      ETag: etag,
      "Cache-Control": `private, max-age=${LANGUAGES_MAX_AGE_SECONDS}`,
      Vary: "Accept-Language",
    };
    const known = (c.req.header("If-None-Match") ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
    if (known.includes(etag) || known.includes("*")) return c.body(null, 304, headers);
    return c.body(body, 200, { ...headers, "Content-Type": "application/json", "Content-Language": locale });
  });
}
