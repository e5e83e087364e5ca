/** Tables of text: which separator, where each cell stands, where a broken one breaks off, and cells that are no formulas. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { guardCell, readTable, separatorOf, unguardCell, writeRow } from "../../src/vocabulary/table.ts";

const cellsOf = (text: string, separator: "," | ";" | "\t" = ",", most = 100) => {
  const table = readTable(text, separator, 1, most);
  if (!table.ok) throw new Error(table.message);
  return table.rows.map(({ cells }) => cells);
};
const places = (text: string) => {
  const table = readTable(text, ",", 1, 100);
  if (!table.ok) throw new Error(table.message);
  return table.rows.map(({ line, columns }) => [line, ...columns]);
};
const broken = (text: string, firstLine = 1) => {
  const table = readTable(text, ",", firstLine, 100);
  if (table.ok) throw new Error("It was read");
  return [table.place.line, table.place.column, table.message];
};

describe("the separator", () => {
  test("is the one that the header has most of", () => {
    expect(separatorOf("text;translation;note, if any")).toBe(";");
    expect(separatorOf("text\ttranslation")).toBe("\t");
    expect(separatorOf("text,translation")).toBe(",");
  });
  test("is a comma where there is but one column", () => expect(separatorOf("text")).toBe(","));
});

describe("reading", () => {
  test.each(["\n", "\r\n", "\r"])("ends lines with %j, the last one too", (end) => {
    expect(cellsOf(`a,b${end}c,d${end}`)).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
    expect(cellsOf(`a,b${end}c,d`)).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
  });
  test("keeps separators, quotation marks and line breaks in quotation marks", () => {
    expect(cellsOf('"a,""b""","c\r\nd","e\rf"\n')).toEqual([['a,"b"', "c\r\nd", "e\rf"]]);
  });
  test("keeps white space, and a quotation mark inside a cell", () => {
    expect(cellsOf(' a , 5" \n')).toEqual([[" a ", ' 5" ']]);
  });
  test("keeps empty cells, the last one too", () =>
    expect(cellsOf("a,,\n,b,\n")).toEqual([
      ["a", "", ""],
      ["", "b", ""],
    ]));
  test("passes over lines without content", () => expect(cellsOf("\n\na,b\n,,,\n\r\n")).toEqual([["a", "b"]]));
  test("counts lines and columns from 1, those in quotation marks too", () => {
    expect(places('a,"b\nc",d\n"e\r\nf"\ng,h\n')).toEqual([
      [1, 1, 3, 4],
      [3, 1],
      [5, 1, 3],
    ]);
  });
  test("counts a line end of two characters once", () => {
    expect(places("a\r\nb\r\n\r\nc")).toEqual([
      [1, 1],
      [2, 1],
      [4, 1],
    ]);
  });
  test("stops behind the rows that were asked for, and says that there are more", () => {
    expect(readTable("a\nb\nc\n", ",", 1, 2)).toMatchObject({ ok: true, more: true, rows: [{ line: 1 }, { line: 2 }] });
    expect(readTable("a\nb\n,\n", ",", 1, 2)).toMatchObject({ ok: true, more: false });
  });
});

describe("rows that begin with #", () => {
  const marked = '#a,"b\n1,#2\n"#c",d\r\n#\r\n #,#\n#e';
  test("are cells like any other", () => {
    expect(cellsOf("#a,b\n1,#2\n")).toEqual([
      ["#a", "b"],
      ["1", "#2"],
    ]);
  });
  test("are passed over where they are comments, and counted", () => {
    expect(readTable(marked, ",", 1, 100, "comments")).toMatchObject({
      ok: true,
      rows: [
        { line: 2, cells: ["1", "#2"] },
        { line: 3, cells: ["#c", "d"] },
        { line: 5, cells: [" #", "#"] },
      ],
    });
  });
});

describe("a broken table", () => {
  test("is told where a quotation mark was opened", () => {
    expect(broken('a,b\nc,"d\n\n')).toEqual([2, 3, "the quotation mark is never closed"]);
  });
  test("is told what stands behind a closing quotation mark", () => {
    expect(broken('a,"b\nc"d\n')).toEqual([2, 3, "something stands behind the closing quotation mark"]);
  });
  test("counts lines from where it begins in its file", () => expect(broken('"', 6)[0]).toBe(6));
});

const anyText = fc
  .array(fc.constantFrom(...`=+-@'",;#a \t\r\n`, "\r\n", "🥖", "\u0301", "‏"), { maxLength: 8 })
  .map((pieces) => pieces.join(""));

describe("writing", () => {
  test.each([",", ";", "\t"] as const)("with %j reads back as the same cells", (separator) => {
    fc.assert(
      fc.property(fc.array(fc.array(anyText, { minLength: 1, maxLength: 4 }), { maxLength: 5 }), (rows) => {
        const text = rows.map((cells) => `${writeRow(cells, separator)}\r\n`).join("");
        const kept = rows.filter((cells) => cells.some((cell) => cell !== ""));
        expect(cellsOf(text, separator)).toEqual(kept);
      }),
    );
  });

  test.each(["=1+1", "+1", "-1", "@SUM(A1)", "'a", "\ta", "\ra"])("puts an apostrophe before %j", (cell) => {
    expect(guardCell(cell)).toBe(`'${cell}`);
  });
  test.each(["a=1", "1-1", "a'", " =1"])("leaves %j as it is", (cell) => expect(guardCell(cell)).toBe(cell));
  test("tells the empty text from an empty cell", () => expect(guardCell("")).toBe("'"));
  test("leaves an apostrophe that guards nothing to a file from elsewhere", () => {
    expect(unguardCell("'tis")).toBe("'tis");
    expect(unguardCell("'=1")).toBe("=1");
  });
  test("no guarded cell runs, and each comes back as it was", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(guardCell(text)).not.toMatch(/^[=+\-@\t\r]/);
        expect(unguardCell(guardCell(text))).toBe(text);
      }),
    );
  });
});
