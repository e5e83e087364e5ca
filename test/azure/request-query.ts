/**
 * The query of a translate call, read as v3.0 documents it. Stricter than the provider where that catches a slip in a
 * client: an unknown or repeated parameter is refused, and so is an empty value.
 */

import { accepted, type Checked, type RefusedCheck, refused } from "./checked.ts";
import { ownScript, providerSpelling, scriptConversion } from "./languages.ts";
import type { TextType } from "./pseudo-translation.ts";
import type { AzureErrorCode } from "./refusals.ts";

/** A query that was understood; languages are in the provider's spelling. */
export interface TranslateQuery {
  /** Null asks for detection. */
  readonly from: string | null;
  readonly to: readonly string[];
  readonly textType: TextType;
  readonly suggestedFrom: string | null;
  /** The script of the texts where it is not the usual one of `from`. */
  readonly fromScript: string | null;
  /** One for each of `to`, or empty. */
  readonly toScripts: readonly string[];
  readonly includeAlignment: boolean;
  readonly includeSentenceLength: boolean;
}

/** Optional parameters with a closed set of values, in any letter case, and the code a wrong value gives. */
const CHOICES: Readonly<Record<string, { readonly values: readonly string[]; readonly code: AzureErrorCode }>> = {
  textType: { values: ["plain", "html"], code: 400071 },
  profanityAction: { values: ["noaction", "marked", "deleted"], code: 400000 },
  profanityMarker: { values: ["asterisk", "tag"], code: 400000 },
  includeAlignment: { values: ["true", "false"], code: 400000 },
  includeSentenceLength: { values: ["true", "false"], code: 400000 },
  allowFallback: { values: ["true", "false"], code: 400000 },
};

const ONCE = ["api-version", "from", "suggestedFrom", "category", "fromScript", ...Object.keys(CHOICES)];
const REPEATABLE = ["to", "toScript"];
const KNOWN = new Set([...ONCE, ...REPEATABLE]);

/** Reads the whole query, or gives the first reason to refuse it. */
export function checkQuery(query: URLSearchParams): Checked<TranslateQuery> {
  const fault = checkNames(query) ?? checkChoices(query);
  if (fault !== null) return fault;

  const to: string[] = [];
  for (const code of listed(query, "to")) {
    const spelled = providerSpelling(code);
    if (spelled === null) return refused(400036, `to=${code}`);
    to.push(spelled);
  }
  if (to.length === 0) return refused(400036, "to is missing");

  const from = query.get("from");
  const source = from === null ? null : providerSpelling(from);
  if (from !== null && source === null) return refused(400035, `from=${from}`);
  const suggestedFrom = query.get("suggestedFrom");
  const suggested = suggestedFrom === null ? null : providerSpelling(suggestedFrom);
  if (suggestedFrom !== null && suggested === null) return refused(400035, `suggestedFrom=${suggestedFrom}`);

  const toScripts = listed(query, "toScript");
  const fromScript = query.get("fromScript");
  const scriptFault = checkScripts(to, toScripts, source, fromScript) ?? checkCategory(query);
  if (scriptFault !== null) return scriptFault;

  return accepted({
    from: source,
    to,
    textType: choice(query, "textType") === "html" ? "html" : "plain",
    suggestedFrom: suggested,
    fromScript: source !== null && fromScript !== ownScript(source) ? fromScript : null,
    toScripts,
    includeAlignment: choice(query, "includeAlignment") === "true",
    includeSentenceLength: choice(query, "includeSentenceLength") === "true",
  });
}

function checkNames(query: URLSearchParams): RefusedCheck | null {
  for (const name of query.keys()) {
    if (!KNOWN.has(name)) return refused(400000, `unknown query parameter ${name}`);
  }
  for (const name of ONCE) {
    if (query.getAll(name).length > 1) return refused(400000, `${name} is repeated`);
  }
  return query.get("api-version") === "3.0" ? null : refused(400021);
}

function checkChoices(query: URLSearchParams): RefusedCheck | null {
  for (const [name, { values, code }] of Object.entries(CHOICES)) {
    const value = choice(query, name);
    if (value !== null && !values.includes(value)) return refused(code, `${name} is one of ${values.join(", ")}`);
  }
  return null;
}

function checkScripts(
  to: readonly string[],
  toScripts: readonly string[],
  from: string | null,
  fromScript: string | null,
): RefusedCheck | null {
  if (toScripts.length > 0 && toScripts.length !== to.length) return refused(400070);
  for (const [index, script] of toScripts.entries()) {
    if (!/^[A-Z][a-z]{3}$/.test(script)) return refused(400004, `toScript=${script}`);
    const language = to[index];
    if (language !== undefined && scriptConversion(language, script) === "unsupported") {
      return refused(400080, `${language} in ${script}`);
    }
  }
  if (fromScript !== null && (from === null || scriptConversion(from, fromScript) === "unsupported")) {
    return refused(400018, `fromScript=${fromScript}`);
  }
  return null;
}

/** The emulated resource has no custom system: another category is served by the general one, or not at all. */
function checkCategory(query: URLSearchParams): RefusedCheck | null {
  const category = query.get("category");
  if (category === "") return refused(400002);
  if (category === null || category === "general") return null;
  return choice(query, "allowFallback") === "false" ? refused(400079, `category=${category}`) : null;
}

function choice(query: URLSearchParams, name: string): string | null {
  return query.get(name)?.toLowerCase() ?? null;
}

/** The values of a parameter that may be repeated, hold commas, or both. */
function listed(query: URLSearchParams, name: string): string[] {
  return query.getAll(name).flatMap((value) => value.split(","));
}
