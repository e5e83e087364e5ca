// The categories' names in the languages of the phrases, a static asset (`public/category-names.json`) that an isolate
// reads once. Regional variants of these languages are named like them; every other language gets English.

/** Names by language and category id. */
export type CategoryNames = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** An id that no table knows, readable at least: "small-talk" is "Small talk". */
function readable(id: string): string {
  const words = id.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The names in a language (the provider's spelling), and the language that they are in. */
export function nameCategories(
  names: CategoryNames,
  code: string,
): { readonly language: string; readonly nameOf: (id: string) => string } {
  const [base = code] = code.split("-");
  const language = [code, base].find((each) => Object.hasOwn(names, each)) ?? "en";
  return { language, nameOf: (id) => names[language]?.[id] ?? names.en?.[id] ?? readable(id) };
}

/** Reads the names, once an isolate. */
export function createCategoryNames(): (assets: Fetcher) => Promise<CategoryNames> {
  let names: CategoryNames | undefined;
  return async (assets) => {
    // The host is of no account to the binding. The file is ours, and a test reads it whole.
    names ??= await (await assets.fetch("https://assets.local/category-names.json")).json<CategoryNames>();
    return names;
  };
}
