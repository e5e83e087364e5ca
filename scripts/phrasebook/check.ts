// The table for reading a language over: every concept, its English, its wording and where that comes from.
import type { SeedTexts } from "./seed.ts";
import type { Word } from "./sources.ts";

/** One line a concept, in columns; what the language lacks is shown as a dash. */
export function checkTable(words: readonly Word[], texts: SeedTexts): string {
  const rows = words.map(({ id, category, en }) => {
    const [text, origin] = texts[id] ?? ["—", ""];
    return [category, id, en, text, origin];
  });
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => width(row[column] ?? ""))));
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
