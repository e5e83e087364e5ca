// Spells a whole number with a locale's rule-based number format (CLDR's RBNF, UTS 35 part 3), as far as the small round
// numbers of the phrasebook need it. A number whose rule asks for more (plural cases, digits) is not spelt at all.

/** A locale's rule sets: name to its rules, each a base value and a text. */
export type RuleSets = Readonly<Record<string, readonly (readonly [base: string, text: string])[]>>;

/** What a rule may refer to: `=%set=`, `←←`, `←%set←`, `→→`, `→%set→`. */
const REFERENCE = /=(%[^=]+)=|←(%[^←]*)?←|→(%[^→]*)?→/gu;

/** Left over where a rule asks for what is not done here. */
const NOT_DONE = /[=←→$<>#]/u;

/** Where a word may be broken: no part of it. */
const INVISIBLE = /[\u00AD\u200B]/gu;

/** A rule set refers to others a few times at most. */
const DEPTH = 8;

/** The number in words; undefined where these rules do not say it. */
export function spellOut(number: number, sets: RuleSets): string | undefined {
  const words = spell(number, "%spellout-numbering", sets, DEPTH);
  return words === undefined || NOT_DONE.test(words) ? undefined : words.replace(INVISIBLE, "");
}

function spell(number: number, set: string, sets: RuleSets, depth: number): string | undefined {
  const rule = ruleFor(number, sets[set] ?? []);
  if (rule === undefined || depth === 0) return undefined;
  const { quotient, remainder, text } = rule;
  let complete = true;
  const words = text.replace(REFERENCE, (_whole, same?: string, left?: string, right?: string, at?: number) => {
    const isLeft = text[Number(at)] === "←";
    const part =
      same !== undefined
        ? spell(number, same, sets, depth - 1)
        : isLeft
          ? spell(quotient, left ?? set, sets, depth - 1)
          : spell(remainder, right ?? set, sets, depth - 1);
    complete &&= part !== undefined;
    return part ?? "";
  });
  return complete ? words : undefined;
}

/** The rule of the largest base value that is not above the number, with its optional part decided. */
function ruleFor(number: number, rules: RuleSets[string]) {
  let found: { base: number; radix: number; text: string } | undefined;
  for (const [key, text] of rules) {
    const [, base, radix] = /^(\d+)(?:\/(\d+))?$/.exec(key) ?? [];
    if (base !== undefined && Number(base) <= number) found = { base: Number(base), radix: Number(radix ?? 10), text };
  }
  if (found === undefined) return undefined;
  let divisor = 1;
  while (divisor * found.radix <= found.base) divisor *= found.radix;
  const remainder = number % divisor;
  const optional = /\[([^\]]*)\]/gu;
  const text = found.text.replace(/^'|;$/gu, "").replace(optional, remainder === 0 ? "" : "$1");
  return { quotient: Math.floor(number / divisor), remainder, text };
}
