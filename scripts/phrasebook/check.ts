// The table for reading a language over: every concept, its English, its wording and where that comes from, how it is
// read and looked up.
import { conceptsOf, type SeedTexts } from "./seed.ts";
import type { Sources } from "./sources.ts";

/** One line a concept, in columns; what the language lacks is shown as a dash. */
export function checkTable(sources: Sources, texts: SeedTexts): string {
  const words = new Map(sources.words.map(({ id, en }) => [id, en]));
  const sentences = sources.sentences.get("en") ?? {};
  const rows = conceptsOf(sources).map(({ id, category }) => {
    const [text, origin, ...aids] = texts[id] ?? ["—", ""];
    return [
      category,
      id,
      words.get(id) ?? sentences[id] ?? "",
      text,
      origin,
      aids.filter((aid) => aid !== "").join(" · "),
    ];
  });
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => width(row[column] ?? ""))));
  return rows
    .map((row) => row.map((cell, column) => cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - width(cell)))))
    .map((row) => row.join("  ").trimEnd())
    .join("\n");
}

/** Columns that a terminal gives a text: two for an East Asian letter, none for a combining mark. */
function width(text: string): number {
  let columns = 0;
  for (const letter of text) {
    if (/\p{Mn}/u.test(letter)) continue;
    columns += /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}ー]/u.test(letter) ? 2 : 1;
  }
  return columns;
}
