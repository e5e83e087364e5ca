/**
 * Tables of text: RFC 4180, with comma, semicolon or tab. Our own reader, because a fault must name its line and column,
 * which libraries do not tell. Cells that a spreadsheet would run as a formula are written with an apostrophe before
 * them, which reading takes away again.
 */

/** Where something stands in a file, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A row's cells, and where each begins. */
export interface Row {
  readonly line: number;
  readonly cells: readonly string[];
  readonly columns: readonly number[];
}

/** What separates cells. */
export type Separator = "," | ";" | "\t";

/** The rows of a table, or where it breaks off. */
export type TableResult =
  | {
      readonly ok: true;
      readonly rows: readonly Row[];
      /** There are more rows than were to be read. */
      readonly more: boolean;
    }
  | { readonly ok: false; readonly place: Place; readonly message: string };

const SPECIAL = /[\n\r"]/g;
const LINE_END = /[\n\r]/g;

/** The separator that a header line uses: the one it has most of. */
export function separatorOf(header: string): Separator {
  const count = (separator: Separator) => header.split(separator).length;
  return ([",", ";", "\t"] as const).reduce((best, next) => (count(next) > count(best) ? next : best));
}

/**
 * Reads the first `most` rows of a table that begins at `firstLine`. Empty lines are passed over, and so are lines that
 * begin with `#` where those are comments.
 */
export function readTable(
  text: string,
  separator: Separator,
  firstLine: number,
  most: number,
  hashes: "cells" | "comments" = "cells",
): TableResult {
  const rows: Row[] = [];
  let line = firstLine;
  let lineStart = 0;
  let at = 0;
  while (at < text.length) {
    const cells: string[] = [];
    const columns: number[] = [];
    const rowLine = line;
    for (;;) {
      columns.push(at - lineStart + 1);
      if (hashes === "comments" && cells.length === 0 && text[at] === "#") {
        LINE_END.lastIndex = at;
        at = LINE_END.exec(text)?.index ?? text.length;
        cells.push("");
      } else if (text[at] === '"') {
        const place = { line, column: at - lineStart + 1 };
        let cell = "";
        at += 1;
        for (;;) {
          SPECIAL.lastIndex = at;
          const found = SPECIAL.exec(text);
          if (found === null) return { ok: false, place, message: "the quotation mark is never closed" };
          const next = found.index;
          cell += text.slice(at, next);
          at = next + 1;
          if (text[next] === '"') {
            if (text[at] !== '"') break;
            cell += '"';
            at += 1;
          } else {
            cell += text[next];
            if (text[next] === "\n" || text[at] !== "\n") {
              line += 1;
              lineStart = at;
            }
          }
        }
        cells.push(cell);
        const after = text[at];
        if (after !== undefined && after !== separator && after !== "\n" && after !== "\r") {
          return {
            ok: false,
            place: { line, column: at - lineStart + 1 },
            message: "something stands behind the closing quotation mark",
          };
        }
      } else {
        let end = at;
        while (end < text.length && text[end] !== separator && text[end] !== "\n" && text[end] !== "\r") end += 1;
        cells.push(text.slice(at, end));
        at = end;
      }
      if (text[at] !== separator) break;
      at += 1;
    }
    if (text[at] === "\r" && text[at + 1] === "\n") at += 1;
    at += 1;
    line += 1;
    lineStart = at;
    if (cells.every((cell) => cell === "")) continue;
    if (rows.length === most) return { ok: true, rows, more: true };
    rows.push({ line: rowLine, cells, columns });
  }
  return { ok: true, rows, more: false };
}

/** A row as a line of a table, without its line end. */
export function writeRow(cells: readonly string[], separator: Separator): string {
  return cells
    .map((cell) =>
      cell.includes(separator) || /["\n\r]/.test(cell) || cell.startsWith("#")
        ? `"${cell.replaceAll('"', '""')}"`
        : cell,
    )
    .join(separator);
}

// The empty text is guarded too: an empty cell says nothing.
const GUARDED = /^([=+\-@'\t\r]|$)/;

/** The cell for a text, which no spreadsheet takes for a formula. */
export const guardCell = (cell: string): string => (GUARDED.test(cell) ? `'${cell}` : cell);

/** The text of a cell, as it was before `guardCell`. */
export const unguardCell = (cell: string): string =>
  cell.startsWith("'") && GUARDED.test(cell.slice(1)) ? cell.slice(1) : cell;
