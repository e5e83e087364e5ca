// `.dev.vars`: made once, extended where something is missing, never changed.

import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { addMissingSecrets, devVarsLine, readDevVars } from "../../scripts/dev/dev-vars.ts";

const MAKERS = { FIRST: async () => '[{"a":1}]', SECOND: async () => "two" };

let directory = "";
let file = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "pidging-test-"));
  file = join(directory, ".dev.vars");
});
afterEach(() => rm(directory, { recursive: true }));

it("makes the file for its owner alone", async () => {
  expect(await addMissingSecrets(file, MAKERS)).toEqual(["FIRST", "SECOND"]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(readDevVars(await readFile(file, "utf8"))).toEqual(
    new Map([
      ["FIRST", '[{"a":1}]'],
      ["SECOND", "two"],
    ]),
  );
});

it("changes nothing in a file that has both", async () => {
  await addMissingSecrets(file, MAKERS);
  const before = await readFile(file, "utf8");
  expect(await addMissingSecrets(file, { ...MAKERS, FIRST: async () => "other" })).toEqual([]);
  expect(await readFile(file, "utf8")).toBe(before);
});

it("adds the one that is missing after a last line without a line break", async () => {
  await writeFile(file, "# mine\nSECOND=kept", { mode: 0o644 });
  expect(await addMissingSecrets(file, MAKERS)).toEqual(["FIRST"]);
  expect(await readFile(file, "utf8")).toBe(`# mine\nSECOND=kept\nFIRST='[{"a":1}]'\n`);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it("makes anew what stands there empty", async () => {
  await writeFile(file, "FIRST=\nSECOND=kept\n");
  expect(await addMissingSecrets(file, MAKERS)).toEqual(["FIRST"]);
  expect(readDevVars(await readFile(file, "utf8")).get("FIRST")).toBe('[{"a":1}]');
});

it.each([
  ["A=1", "1"],
  ["export A = 'x y'  # note", "x y"],
  ['A="q"', "q"],
  ["A=bare # note", "bare"],
  ["# A=1", undefined],
])("reads %s", (line, value) => {
  expect(readDevVars(line).get("A")).toBe(value);
});

it("refuses a value that its quotes could not hold", () => {
  expect(() => devVarsLine("A", "it's")).toThrow();
});
