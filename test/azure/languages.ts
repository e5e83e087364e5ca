/**
 * The languages that the provider translates and the scripts it transliterates between, as its language table lists
 * them. Kept apart from the Worker's own list on purpose: a code that only the Worker believes in is then refused here.
 * Letter case is folded as the provider does; aliases such as `zh-CN` are refused although the provider knows some.
 */

const CODES = `
  af am ar as az ba bg bho bn bo brx bs ca cs cy da de doi dsb dv el en es et eu fa fi fil fj fo fr fr-CA ga gl gom gu
  ha he hi hne hr hsb ht hu hy id ig ikt is it iu iu-Latn ja ka kk km kmr kn ko ks ku ky ln lo lt lug lv lzh mai mg mi
  mk ml mn-Cyrl mn-Mong mni mr ms mt mww my nb ne nl nso nya or otq pa pl prs ps pt pt-PT ro ru run rw sd si sk sl sm sn
  so sq sr-Cyrl sr-Latn st sv sw ta te th ti tk tlh-Latn tlh-Piqd tn to tr tt ty ug uk ur uz vi xh yo yua yue zh-Hans
  zh-Hant zu`;

const SPELLING = new Map(
  CODES.trim()
    .split(/\s+/)
    .map((code) => [code.toLowerCase(), code]),
);

/** Script code to the languages usually written in it, for languages that the provider transliterates. */
const WRITTEN_IN: Readonly<Record<string, string>> = {
  Arab: "ar fa sd ur",
  Beng: "as bn",
  Cyrl: "bg kk ky mk mn-Cyrl ru sr-Cyrl tt uk",
  Deva: "hi mr",
  Grek: "el",
  Gujr: "gu",
  Guru: "pa",
  Hans: "zh-Hans",
  Hant: "zh-Hant",
  Hebr: "he",
  Jpan: "ja",
  Knda: "kn",
  Kore: "ko",
  Latn: "sr-Latn",
  Mlym: "ml",
  Orya: "or",
  Sinh: "si",
  Taml: "ta",
  Telu: "te",
  Thai: "th",
};

const OWN_SCRIPT = new Map(
  Object.entries(WRITTEN_IN).flatMap(([script, codes]) => codes.split(" ").map((code) => [code, script] as const)),
);

/** Scripts other than Latin that a language is transliterated into. */
const FURTHER_SCRIPTS: Readonly<Record<string, string>> = { "zh-Hans": "Hant", "zh-Hant": "Hans", "sr-Latn": "Cyrl" };

/** The provider's spelling of a language code given in any letter case, or null where it translates no such language. */
export function providerSpelling(code: string): string | null {
  return SPELLING.get(code.toLowerCase()) ?? null;
}

/** The script a language is usually written in; Latin where the provider transliterates none. */
export function ownScript(language: string): string {
  return OWN_SCRIPT.get(language) ?? "Latn";
}

/**
 * What becomes of a text in `language` asked for in `script`: `same` where that is its own script, so that no
 * transliteration takes place, `converted`, or `unsupported`.
 */
export function scriptConversion(language: string, script: string): "same" | "converted" | "unsupported" {
  if (script === ownScript(language)) return "same";
  if (script === "Latn" || FURTHER_SCRIPTS[language] === script) return "converted";
  return "unsupported";
}
