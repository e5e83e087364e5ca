// What the phrasebook holds, by route: its languages, each with how much it has, and its categories, named in the
// reader's language.
import type { Context } from "hono";
import type { AppEnv } from "../context.ts";
import { type Declaration, type Mount, refuse } from "../route.ts";
import { foldLanguage } from "../translate/languages.ts";
import { createCategoryNames, nameCategories } from "./category-names.ts";
import { countCategories, countKinds, type LanguageCount } from "./concepts.ts";
import { keptAnswer, render } from "./kept-answer.ts";
import type { Phrasebook } from "./phrasebook.ts";
import { CategoriesAnswer, CategoriesQuery, LanguagesAnswer } from "./schemas.ts";
import type { PhrasebookIo } from "./versions.ts";

/** The phrasebook's chapter of the OpenAPI document. */
export const TAG = "Phrasebook";

const requestHeaders = { "If-None-Match": "The `ETag` of an earlier answer." };
const kept = { ETag: "Strong, over the content.", "Cache-Control": "A day, private." };

const languagesRoute = {
  method: "get",
  path: "/v1/phrasebook/languages",
  access: "snapshot",
  docs: DOCUMENTED && {
    operationId: "listPhrasebookLanguages",
    tag: TAG,
    summary: "The phrasebook's languages",
    description:
      "Every language of the phrasebook with how much of it there is. Their names are in `GET /v1/languages`. Empty where nothing is seeded.",
    requestHeaders,
    answers: {
      200: { description: "The languages, in the order of their codes.", schema: LanguagesAnswer, headers: kept },
      304: { description: "Unchanged.", headers: kept },
    },
    errors: ["storage_unavailable"],
  },
} as const satisfies Declaration;

const categoriesRoute = {
  method: "get",
  path: "/v1/phrasebook/categories",
  access: "snapshot",
  query: CategoriesQuery,
  docs: DOCUMENTED && {
    operationId: "listPhrasebookCategories",
    tag: TAG,
    summary: "The phrasebook's categories",
    description:
      "Every category with how many words and phrases it has, named in the language asked for, else in English. Empty where nothing is seeded.",
    requestHeaders,
    answers: {
      200: {
        description: "The categories, in display order.",
        schema: CategoriesAnswer,
        headers: { ...kept, "Content-Language": "The language of `name`." },
      },
      304: { description: "Unchanged.", headers: { ...kept, "Content-Language": "The language of `name`." } },
    },
    errors: ["unsupported_language", "storage_unavailable"],
  },
} as const satisfies Declaration;

/** To three places, downwards: what is not complete must not look so. */
function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.floor((part / whole) * 1000) / 1000;
}

function languageRow(all: ReturnType<typeof countKinds>, { language, texts, hasPhrases }: LanguageCount) {
  const phrases = hasPhrases ? all.phrases : 0;
  return {
    code: language,
    words: texts - phrases,
    phrases,
    completeness: shareOf(texts, all.words + all.phrases),
  };
}

/** Mounts the two routes. */
export function indexRoutes(mount: Mount, phrasebook: Phrasebook, ioOf: (c: Context<AppEnv>) => PhrasebookIo): void {
  const namesOf = createCategoryNames();
  mount(languagesRoute, async (c) => {
    const { concepts, languages } = await c.get("trace").timed("phrasebook", () => phrasebook.contents(ioOf(c)));
    const all = countKinds(concepts);
    return keptAnswer(c, await render({ ...all, languages: languages.map((each) => languageRow(all, each)) }));
  });

  mount(categoriesRoute, async (c, { query: { language: tag = "en" } }) => {
    const code = foldLanguage(tag);
    if (code === undefined)
      return refuse(c, {
        code: "unsupported_language",
        detail: "GET /v1/languages lists the languages.",
        errors: [{ path: "query.language", message: "is not a supported language" }],
      });
    const concepts = await c.get("trace").timed("phrasebook", () => phrasebook.concepts(ioOf(c)));
    const { language, nameOf } = nameCategories(await namesOf(c.env.ASSETS), code);
    const categories = countCategories(concepts).map(({ id, ...counts }) => ({ id, name: nameOf(id), ...counts }));
    return keptAnswer(c, await render({ language, categories }), { "Content-Language": language });
  });
}
