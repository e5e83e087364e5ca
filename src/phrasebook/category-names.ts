// The categories' names in the languages of the phrases. Regional variants of these are named like them; every other
// language gets English.
import names from "./category-names.json" with { type: "json" };

type Names = Readonly<Record<string, string>>;

const NAMES: ReadonlyMap<string, Names> = new Map(Object.entries<Names>(names));

/** An id that no table knows, readable at least: "small-talk" is "Small talk". */
function readable(id: string): string {
  const words = id.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The names in a language (the provider's spelling), and the language that they are in. */
export function nameCategories(code: string): { readonly language: string; readonly nameOf: (id: string) => string } {
  const [base = code] = code.split("-");
  const language = [code, base].find((each) => NAMES.has(each)) ?? "en";
  const nameIn = (each: string, id: string) => NAMES.get(each)?.[id];
  return { language, nameOf: (id) => nameIn(language, id) ?? nameIn("en", id) ?? readable(id) };
}
