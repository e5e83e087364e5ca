// Which CLDR locale a provider language takes its names from. A code stands here only where both mean the same language
// in the same script: CLDR's `ku` is Kurmanji and the provider's is Central Kurdish; CLDR writes Tatar in Cyrillic, the
// provider in Latin. Regional variants that the provider has no name for (`en-AU`, `de-CH`) are not read at all.

/** Codes that CLDR and the provider spell alike. */
const SAME_CODE = [
  ...["af", "am", "ar", "as", "az", "ba", "be", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "dsb", "el", "en"],
  ...[
    "es",
    "et",
    "eu",
    "fa",
    "fi",
    "fil",
    "fo",
    "fr",
    "fr-CA",
    "ga",
    "gl",
    "gu",
    "ha",
    "he",
    "hi",
    "hr",
    "hsb",
    "hu",
    "hy",
  ],
  ...["id", "ig", "is", "it", "ja", "ka", "kk", "km", "kn", "ko", "ky", "lb", "lo", "lt", "lv", "mi", "mk", "ml"],
  ...[
    "mr",
    "ms",
    "mt",
    "my",
    "ne",
    "nl",
    "nso",
    "or",
    "pa",
    "pl",
    "ps",
    "pt",
    "pt-PT",
    "ro",
    "ru",
    "rw",
    "sd",
    "si",
    "sk",
  ],
  ...["sl", "so", "sq", "sr-Latn", "sv", "sw", "ta", "te", "th", "ti", "tk", "tn", "to", "tr", "ug", "uk", "ur", "uz"],
  ...["vi", "xh", "yo", "yue", "zh-Hant", "zu"],
] as const;

/** Codes that the provider spells otherwise than CLDR. */
const OTHER_CODE: Readonly<Record<string, string>> = {
  gom: "kok",
  "mn-Cyrl": "mn",
  nb: "no",
  "sr-Cyrl": "sr",
  "zh-Hans": "zh",
};

/** Variants that state only what differs from another language. */
export const PARENTS: ReadonlyMap<string, string> = new Map([
  ["fr-CA", "fr"],
  ["pt-PT", "pt"],
]);

/** Provider code to the CLDR locale to read, in the order of the codes. */
export const CLDR_LOCALES: ReadonlyMap<string, string> = new Map(
  [...SAME_CODE.map((code): [string, string] => [code, code]), ...Object.entries(OTHER_CODE)].sort(([a], [b]) =>
    a < b ? -1 : 1,
  ),
);

/** Whether a language is written in Latin letters by those who read it. */
export function isLatin(language: string): boolean {
  return new Intl.Locale(language).maximize().script === "Latn";
}
