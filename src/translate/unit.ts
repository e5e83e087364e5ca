/** The unit: one text into one target with its options. What is cached, counted and forwarded. */

/** How the text is to be read. */
export type TextType = "plain" | "html";

/** A unit in canonical form: texts in NFC without outer white space, languages in the provider's spelling. */
export interface Unit {
  readonly text: string;
  /** `undefined`: the provider detects it. */
  readonly from: string | undefined;
  readonly to: string;
  readonly textType: TextType;
  /** A reading aid in this script, where one was asked for and the target has it. */
  readonly toScript: "Latn" | undefined;
  /** The canonical unit as one text: equal for equal units only. */
  readonly key: string;
}

/** Makes the canonical unit. `plain` and `html`, auto and each explicit `from`, are different units. */
export function makeUnit(unit: Omit<Unit, "key">): Unit {
  return { ...unit, key: JSON.stringify([unit.text, unit.from ?? "", unit.to, unit.textType, unit.toScript ?? ""]) };
}

/** A text's canonical form; case and inner spaces change translations, so nothing else is folded. */
export function canonicalText(text: string): string {
  return text.normalize("NFC").trim();
}

/** What a unit was translated to. */
export interface Translation {
  readonly text: string;
  /** On auto only, from a cache too. */
  readonly detected?: { readonly language: string; readonly score: number } | undefined;
  readonly pronunciation?: string | undefined;
}
