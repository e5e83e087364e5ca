/**
 * What the emulator answers instead of a translation: the text itself behind the target's code, so that a reader and a
 * test can see which text went into which language. Deterministic, never equal to its source, and not a translation.
 */

/** How a text is to be read: as it stands, or with its markup left alone. */
export type TextType = "plain" | "html";

/** A comment, or a tag whose quoted attributes may hold `>`. */
const MARKUP = /<!--[\s\S]*?-->|<(?:"[^"]*"|'[^']*'|[^'"<>])*>/g;

/**
 * The pseudo-translation of `text`: `[es] good morning`. In html the mark stands before the first visible text, so
 * `<p>good <b>morning</b></p>` becomes `<p>[es] good <b>morning</b></p>`.
 */
export function pseudoTranslate(text: string, to: string, textType: TextType = "plain"): string {
  const at = textType === "html" ? firstVisibleText(text) : 0;
  return `${text.slice(0, at)}[${to}] ${text.slice(at)}`;
}

/** The pseudo-transliteration of `text`: `[Latn] [ja] good morning`. */
export function pseudoTransliterate(text: string, script: string): string {
  return `[${script}] ${text}`;
}

/** The visible text of an html fragment, each piece of markup read as a space. */
export function withoutMarkup(html: string): string {
  return html.replace(MARKUP, " ");
}

function firstVisibleText(html: string): number {
  let end = 0;
  for (const match of html.matchAll(MARKUP)) {
    const between = html.slice(end, match.index);
    if (between.trim() !== "") break;
    end = match.index + match[0].length;
  }
  const rest = html.slice(end);
  return rest.trim() === "" ? 0 : html.length - rest.trimStart().length;
}
