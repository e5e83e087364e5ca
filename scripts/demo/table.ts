/**
 * Columns that line up in a terminal, where a Chinese or Japanese character is two cells wide and an accent none.
 * Scripts that a terminal itself reorders or joins (Arabic, Thai vowels) line up as well as the terminal lets them.
 */

const COLUMN_GAP = "  ";

const WIDE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60\u30fc]/u;

const graphemes = new Intl.Segmenter();

/** The rows as lines; each column as wide as its widest cell, the last one ragged. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell));
    });
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - displayWidth(cell)))
      .join(COLUMN_GAP)
      .trimEnd(),
  );
}

/** How many terminal cells a text takes. */
function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}
