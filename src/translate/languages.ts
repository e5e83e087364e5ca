/**
 * The languages that are answered here: those that the provider translates (Azure Translator v3.0, `GET /languages?scope=translation`)
 * and those that only the phrasebook has; and the folding of a caller's tag to the provider's spelling. Built in, so that it answers with no provider.
 */

import { PHRASEBOOK_LANGUAGES } from "../../generated/phrasebook.ts";

/** What the provider translates. */
const TRANSLATED =
  "af am ar as az ba bg bho bn bo brx bs ca cs cy da de doi dsb dv el en es et eu fa fi fil fj fo fr fr-CA ga gl gom gu ha he hi hne hr hsb ht hu hy id ig ikt is it iu iu-Latn ja ka kk km kmr kn ko ks ku ky ln lo lt lug lv lzh mai mg mi mk ml mn-Cyrl mn-Mong mni mr ms mt mww my nb ne nl nso nya or otq pa pl prs ps pt pt-PT ro ru run rw sd si sk sl sm sn so sq sr-Cyrl sr-Latn st sv sw ta te th ti tk tlh-Latn tlh-Piqd tn to tr tt ty ug uk ur uz vi xh yo yua yue zh-Hans zh-Hant zu".split(
    " ",
  );

/** Those that the provider can write in Latin letters beside the translation (`toScript=Latn`). */
const PRONOUNCED = new Set(
  "ar as bg bn el fa gu he hi ja kk kn ko ky mk ml mn-Cyrl mr ne or pa ru sd si sr-Cyrl ta te th tt uk ur zh-Hans zh-Hant".split(
    " ",
  ),
);

/** Tags that apps really send, where dropping subtags does not lead to the provider's code. */
const ALIASES: Readonly<Record<string, string>> = {
  no: "nb",
  nn: "nb",
  iw: "he",
  in: "id",
  tl: "fil",
  mo: "ro",
  zh: "zh-Hans",
  "zh-cn": "zh-Hans",
  "zh-sg": "zh-Hans",
  "zh-my": "zh-Hans",
  "zh-tw": "zh-Hant",
  "zh-hk": "zh-Hant",
  "zh-mo": "zh-Hant",
  "zh-yue": "yue",
  sr: "sr-Cyrl",
  sh: "sr-Latn",
  mn: "mn-Cyrl",
  ckb: "ku",
  ny: "nya",
  rn: "run",
  lg: "lug",
  hmn: "mww",
  tlh: "tlh-Latn",
  kok: "gom",
};

const CODES = [...new Set([...TRANSLATED, ...PHRASEBOOK_LANGUAGES])].sort();

const SPELLING = new Map([
  ...CODES.map((code): [string, string] => [code.toLowerCase(), code]),
  ...Object.entries(ALIASES),
]);

/** A language, by the provider's code. */
export interface Language {
  readonly code: string;
  readonly direction: "ltr" | "rtl";
  /** Whether the provider translates it. */
  readonly translated: boolean;
  /** Whether the provider writes it in Latin letters too. */
  readonly pronounced: boolean;
  /** Whether the phrasebook has it. */
  readonly phrasebook: boolean;
}

const RIGHT_TO_LEFT = new Set("ar dv fa he ks ku prs ps sd ug ur".split(" "));

const PROVIDED = new Set(TRANSLATED);
const IN_PHRASEBOOK = new Set(PHRASEBOOK_LANGUAGES);

/** Every language, in the order of the codes. */
export const LANGUAGES: readonly Language[] = CODES.map((code) => ({
  code,
  direction: RIGHT_TO_LEFT.has(code) ? "rtl" : "ltr",
  translated: PROVIDED.has(code),
  pronounced: PRONOUNCED.has(code),
  phrasebook: IN_PHRASEBOOK.has(code),
}));

/** Whether the provider can be asked for this pair; `from` absent is auto. */
export function isTranslated(from: string | undefined, to: string): boolean {
  return (from === undefined || PROVIDED.has(from)) && PROVIDED.has(to);
}

/**
 * The provider's code for a BCP 47 tag in any case (`zh-CN` is `zh-Hans`, `no` is `nb`, `es-MX` is `es`): the tag, then
 * what is left of it when subtags are dropped from the right (RFC 4647 section 3.4). `undefined`: not supported.
 */
export function foldLanguage(tag: string): string | undefined {
  let rest = tag.toLowerCase().replaceAll("_", "-");
  while (rest !== "") {
    const code = SPELLING.get(rest);
    if (code !== undefined) return code;
    rest = rest.slice(0, Math.max(0, rest.lastIndexOf("-")));
  }
  return undefined;
}

/** The script to ask a reading aid in, for a target that has one. */
export function pronunciationScript(code: string): "Latn" | undefined {
  return PRONOUNCED.has(code) ? "Latn" : undefined;
}
