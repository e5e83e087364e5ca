// `npm run phrasebook`: builds the phrasebook's seed and the module that names its languages into `generated/`, or
// with `--check LANG` prints a language for reading over. It leaves seeding a database to `dev` and `deploy`.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { checkTable } from "./phrasebook/check.ts";
import { buildSeed, share, textsOf } from "./phrasebook/seed.ts";
import { readSources } from "./phrasebook/sources.ts";
import { seedModule, seedSql } from "./phrasebook/sql.ts";

const USAGE = "npm run phrasebook -- [--check LANG] [--quiet]";

function generated(name: string): string {
  return fileURLToPath(new URL(`../generated/${name}`, import.meta.url).href);
}

function build(quiet: boolean): void {
  const seed = buildSeed(readSources());
  const sql = seedSql(seed);
  mkdirSync(generated(""), { recursive: true });
  writeFileSync(generated("phrasebook.sql"), sql);
  writeFileSync(generated("phrasebook.ts"), seedModule(seed));
  if (quiet) return;
  const { concepts, languages, version } = seed;
  console.log(
    `phrasebook: ${concepts.length} concepts, ${languages.size} languages, ${Buffer.byteLength(sql)} bytes, ${version}`,
  );
}

function check(language: string): void {
  const sources = readSources();
  if (!sources.cldr.has(language)) throw new Error(`no such language; known are ${[...sources.cldr.keys()].join(" ")}`);
  const texts = textsOf(language, sources);
  console.log(checkTable(sources, texts));
  console.log(`${language}: ${(share(sources.words, texts) * 100).toFixed(1)} % of the words that come from CLDR`);
}

try {
  const { values } = parseArgs({
    options: { check: { type: "string" }, quiet: { type: "boolean" }, help: { type: "boolean" } },
  });
  if (values.help) console.log(USAGE);
  else if (values.check !== undefined) check(values.check);
  else build(values.quiet ?? false);
} catch (fault) {
  console.error(`phrasebook: ${fault instanceof Error ? fault.message : String(fault)}`);
  process.exitCode = 1;
}
