// Writes the seed as SQL and as the module that the Worker is built with. The order of the statements is the safety:
// texts of the new version first, then the one row that makes it the served one, then the older versions go; so a seed
// that stops half-way is never served, and seeding again changes nothing.
import type { Seed } from "./seed.ts";

/** D1 refuses a statement of 100 KB; some room is left. */
export const STATEMENT_BYTES = 90_000;

/** The seed's statements, each on one line. Throws where one would be refused by D1. */
export function seedSql({ version, concepts, languages }: Seed): string {
  const statements = [
    ...[...languages].map(
      ([language, texts]) =>
        `INSERT INTO phrasebook_texts (version, language, texts) VALUES (${quote(version)}, ${quote(language)}, ` +
        `${quote(JSON.stringify(texts))}) ON CONFLICT (version, language) DO NOTHING;`,
    ),
    `INSERT INTO phrasebook (id, version, concepts) VALUES (1, ${quote(version)}, ${quote(JSON.stringify(concepts))}) ` +
      "ON CONFLICT (id) DO UPDATE SET version = excluded.version, concepts = excluded.concepts;",
    `DELETE FROM phrasebook_texts WHERE version <> ${quote(version)};`,
  ];
  for (const statement of statements) {
    const bytes = Buffer.byteLength(statement);
    if (bytes > STATEMENT_BYTES) throw new Error(`a statement has ${bytes} bytes: ${statement.slice(0, 100)}…`);
  }
  return `${statements.join("\n")}\n`;
}

/** The module `generated/phrasebook.ts`: what the Worker knows of the phrasebook without a read. */
export function seedModule({ version, languages }: Seed): string {
  return [
    "// Written by `npm run phrasebook`.",
    "",
    "/** Languages of the phrasebook, in the provider's spelling. */",
    `export const PHRASEBOOK_LANGUAGES: readonly string[] = ${JSON.stringify([...languages.keys()])};`,
    "",
    "/** The seed's version: hash of its content. */",
    `export const PHRASEBOOK_VERSION = ${JSON.stringify(version)};`,
    "",
  ].join("\n");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
