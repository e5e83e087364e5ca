/** What was exported and is imported again is the same, to the byte, in each format and from one to another. */
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { startWorker, type TestWorker } from "../worker.ts";
import { anyGuid, anyVocabulary, done, FORMATS, newCarrier } from "./import-client.ts";

let worker: TestWorker;
beforeAll(() => {
  worker = startWorker({ env: { DAILY_ENROLMENTS_PER_IP: 1e6, DAILY_ENROLMENTS_TOTAL: 1e6 } });
});

const RUNS = { numRuns: 12 };

describe("any vocabulary", () => {
  test.each(FORMATS)("as %s comes back into an empty account as the same bytes, in every format", async (format) => {
    await fc.assert(
      fc.asyncProperty(anyVocabulary, async (entries) => {
        const first = await newCarrier(worker);
        expect(await first.imports(JSON.stringify(entries))).toEqual(done(entries.length, 0, 0));
        const file = await first.file(format);
        const second = await newCarrier(worker);
        expect(await second.imports(file)).toEqual(done(entries.length, 0, 0));
        for (const other of FORMATS) expect(await second.file(other)).toBe(await first.file(other));
        expect(await second.imports(file)).toEqual(done(0, 0, entries.length));
        expect(await first.imports(file)).toEqual(done(0, 0, entries.length));
      }),
      RUNS,
    );
  });

  test("holds after its trip just what was put in", async () => {
    await fc.assert(
      fc.asyncProperty(anyVocabulary, async (entries) => {
        const phone = await newCarrier(worker);
        await phone.imports(JSON.stringify(entries));
        const byId = [...entries].sort((a, b) => (a.id < b.id ? -1 : 1));
        // Through JSON, which knows no negative zero, and has each key as its own.
        expect(await phone.entries()).toEqual(JSON.parse(JSON.stringify(byId)));
      }),
      RUNS,
    );
  });

  test("from Anki's own guids goes back to Anki under the same ones", async () => {
    const guids = fc.uniqueArray(anyGuid, { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(guids, async (wanted) => {
        const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
        const rows = wanted.map((guid) => `${quoted(guid)}\tbread\tpan\n`);
        const file = `#separator:tab\n#html:false\n#guid column:1\n${rows.join("")}`;
        const phone = await newCarrier(worker);
        expect(await phone.imports(file, { language: "en", translationLanguage: "es" })).toEqual(
          done(wanted.length, 0, 0),
        );
        const out = await phone.file("anki");
        for (const guid of wanted)
          expect(out.includes(`\n${guid}\tbread`) || out.includes(`\n${quoted(guid)}\tbread`)).toBe(true);
        expect(await phone.imports(out)).toEqual(done(0, 0, wanted.length));
      }),
      RUNS,
    );
  });
});
