/**
 * The body of a translate call: `[{"Text":"…"}]` within the provider's limits. Stricter than the provider in that an
 * element holds nothing but its text.
 */

import { accepted, type Checked, refused } from "./checked.ts";

/** Elements in one call, from the provider's table of limits. */
const ELEMENTS_MAX = 1_000;
/** UTF-16 units in one element, and in all of them times the number of targets, from the same table. */
const CHARACTERS_MAX = 50_000;

/** The texts of a body, in order; `targets` is how many languages each goes into. */
export function checkBody(body: string, targets: number): Checked<readonly string[]> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return refused(400074);
  }
  if (!Array.isArray(parsed)) return refused(400074, "the body is an array of {Text}");
  if (parsed.length === 0) return refused(400000, "the body is an empty array");
  if (parsed.length > ELEMENTS_MAX) return refused(400072, `${parsed.length} of at most ${ELEMENTS_MAX}`);

  const texts: string[] = [];
  let characters = 0;
  for (const [index, element] of parsed.entries()) {
    const text = textOf(element);
    if (text === null) return refused(400020, `element ${index} is not {Text: string}`);
    if (text.length > CHARACTERS_MAX) return refused(400050, `element ${index} has ${text.length} characters`);
    characters += text.length;
    texts.push(text);
  }
  if (characters * targets > CHARACTERS_MAX) {
    return refused(400077, `${characters} characters times ${targets} targets`);
  }
  return accepted(texts);
}

function textOf(element: unknown): string | null {
  if (typeof element !== "object" || element === null) return null;
  const [entry, ...others] = Object.entries(element);
  if (entry === undefined || others.length > 0) return null;
  const [name, value] = entry;
  return (name === "Text" || name === "text") && typeof value === "string" ? value : null;
}
