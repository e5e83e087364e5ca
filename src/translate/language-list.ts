/** The list of languages, named in the reader's language, with its ETag. Built in: it needs no provider and no storage. */

import { LANGUAGE_LISTS } from "../bounds.ts";
import { sha256 } from "../encoding.ts";
import { createRecent } from "../recent.ts";
import { foldLanguage, LANGUAGES, type Language } from "./languages.ts";
import { ENGLISH_NAMES, NATIVE_NAMES } from "./names.ts";

/** A rendered list. */
export interface LanguageList {
  readonly body: string;
  readonly etag: string;
  /** The locale that names are in. */
  readonly locale: string;
}

function displayNames(locale: string): Intl.DisplayNames {
  return new Intl.DisplayNames([locale, "en"], { type: "language", fallback: "none" });
}

const isKnownLocale = (code: string) => Intl.DisplayNames.supportedLocalesOf([code]).length > 0;

function namedIn(locale: string) {
  const english = displayNames("en");
  const local = displayNames(locale);
  return ({ code, ...facts }: Language) => {
    const englishName = ENGLISH_NAMES[code] ?? english.of(code) ?? code;
    const name = ENGLISH_NAMES[code] !== undefined && locale === "en" ? englishName : (local.of(code) ?? englishName);
    const nativeName =
      NATIVE_NAMES[code] ?? (isKnownLocale(code) ? displayNames(code).of(code) : undefined) ?? englishName;
    return { code, englishName, name, nativeName, ...facts };
  };
}

/** The reader's first language that is one of ours (RFC 9110 section 12.5.4), else English. */
export function preferredLocale(acceptLanguage: string | undefined): string {
  const wanted = (acceptLanguage ?? "")
    .slice(0, 1000)
    .split(",")
    .map((part) => {
      const [tag = "", ...parameters] = part.split(";").map((piece) => piece.trim());
      const q = parameters.find((parameter) => parameter.startsWith("q="));
      return { tag, q: q === undefined ? 1 : Number(q.slice(2)) };
    })
    .filter(({ tag, q }) => tag !== "" && tag !== "*" && q > 0)
    .sort((a, b) => b.q - a.q);
  for (const { tag } of wanted) {
    const code = foldLanguage(tag);
    if (code !== undefined && isKnownLocale(code)) return code;
  }
  return "en";
}

/** Renders lists, keeping those of the latest few locales. */
export function createLanguageLists(): (acceptLanguage: string | undefined) => Promise<LanguageList> {
  const kept = createRecent<LanguageList>(LANGUAGE_LISTS);
  return async (acceptLanguage) => {
    const locale = preferredLocale(acceptLanguage);
    const known = kept.get(locale);
    if (known !== undefined) return known;
    const body = JSON.stringify({ languages: LANGUAGES.map(namedIn(locale)) });
    const list = { body, etag: `"${(await sha256(body)).slice(0, 22)}"`, locale };
    kept.set(locale, list);
    return list;
  };
}
