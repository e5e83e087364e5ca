/** How entries are written in each format, to the byte, and which guid an entry has in Anki. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ankiTags, type Format, guidOfId, idOfGuid, type Stored, WRITERS } from "../../src/vocabulary/formats.ts";
import { anyGuid, anyId } from "./import-client.ts";

const BREAD: Stored = {
  id: "bread-2026",
  text: 'the "bread"',
  language: "en",
  translation: "=pan",
  translationLanguage: "es",
  note: "",
  tags: ["at breakfast", "food"],
  favourite: true,
  practice: { box: 2 },
  createdAt: "2026-03-10T12:00:00.000Z",
  updatedAt: "2026-03-11T12:00:00.000Z",
};

const written = (format: Format, entries: readonly Stored[]) => {
  const { head, entry, tail } = WRITERS[format];
  return head + entries.map((stored, index) => entry(stored, index === 0)).join("") + tail;
};

describe("a file", () => {
  test("as CSV begins with a byte-order mark and a header, and is safe in a spreadsheet", () => {
    expect(written("csv", [BREAD])).toBe(
      "\uFEFFid,text,language,translation,translationLanguage,transliteration,note,category,tags,favourite,phraseId,practice,createdAt,updatedAt\r\n" +
        `bread-2026,"the ""bread""",en,'=pan,es,,',,"[""at breakfast"",""food""]",true,,"{""box"":2}",2026-03-10T12:00:00.000Z,2026-03-11T12:00:00.000Z\r\n`,
    );
  });

  test("for Anki has its headers, tags without spaces, and in the last column what Anki has no field for", () => {
    expect(written("anki", [BREAD])).toBe(
      "#separator:tab\n#html:false\n#guid column:1\n#tags column:8\n" +
        "#columns:guid\ttext\ttranslation\ttransliteration\tnote\tlanguage\ttranslationLanguage\ttags\tpidging\n" +
        `bread-2026\t"the ""bread"""\t=pan\t\t\ten\tes\tat_breakfast food\t` +
        `"{""createdAt"":""2026-03-10T12:00:00.000Z"",""favourite"":true,""note"":"""",""practice"":{""box"":2},""tags"":[""at breakfast"",""food""],""updatedAt"":""2026-03-11T12:00:00.000Z""}"\n`,
    );
  });

  test("as JSON has each entry on a line, with its keys in order", () => {
    const text = written("json", [BREAD, { ...BREAD, id: "bread-2027" }]);
    expect(text.split("\n")).toHaveLength(3);
    expect(Object.keys(JSON.parse(text).entries[0])).toEqual(Object.keys(BREAD).sort());
  });

  test.each([
    ["json", '{"entries":[]}\n'],
    ["csv", WRITERS.csv.head],
    ["anki", WRITERS.anki.head],
  ] as const)("as %s of no entries is whole too", (format, file) => expect(written(format, [])).toBe(file));
});

describe("Anki's tags", () => {
  test("have underscores for white space", () => expect(ankiTags(["a b", "c\t\nd", ""])).toBe("a_b c_d "));
});

describe("Anki's guids", () => {
  test("that are good ids are the ids", () => expect(idOfGuid("abcdefgh12")).toBe("abcdefgh12"));
  test("that are none become ids in base64url", () => {
    expect(idOfGuid("N?>1(<5q")).toBe("ankiguid_Tj8-MSg8NXE");
    expect(guidOfId("ankiguid_Tj8-MSg8NXE")).toBe("N?>1(<5q");
  });
  test("of 41 bytes become ids, of 42 not", () => {
    expect(idOfGuid(`${"ä".repeat(20)}!`)).toHaveLength(64);
    expect(idOfGuid("ä".repeat(21))).toBeUndefined();
  });
  test("that are empty are none", () => expect(idOfGuid("")).toBeUndefined());

  test("come back from the ids that they became", () => {
    fc.assert(
      fc.property(anyGuid, (guid) => {
        const id = idOfGuid(guid);
        expect(id === undefined ? guid : guidOfId(id)).toBe(guid);
      }),
    );
  });
  test("are different for every id that a client may choose, and lead back to it", () => {
    fc.assert(
      fc.property(anyId, (id) => {
        expect(idOfGuid(guidOfId(id))).toBe(id);
      }),
    );
  });
});
