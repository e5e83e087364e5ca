// The phrasebook's SQL. Rows are written by the seed alone (`npm run phrasebook`), so nothing here writes.

// LEFT JOIN: a seed without this language still tells its version, and is told apart from no seed at all.
const READ_LANGUAGE = `
SELECT p.version, t.texts
FROM phrasebook p LEFT JOIN phrasebook_texts t ON t.version = p.version AND t.language = ?1
WHERE p.id = 1`;

const READ_VERSION = "SELECT version FROM phrasebook WHERE id = 1";

/** One language as D1 holds it. */
export interface LanguageRow {
  /** The version that is served now. */
  readonly version: string;
  /** The seed's JSON for `parseLanguage`; null where this version lacks the language. */
  readonly texts: string | null;
}

/** Reads a language at the version that is served now; null when nothing is seeded. One statement. */
export function readLanguage(db: D1Database, language: string): Promise<LanguageRow | null> {
  return db.prepare(READ_LANGUAGE).bind(language).first<LanguageRow>();
}

/** Reads the version that is served now; null when nothing is seeded. */
export async function readVersion(db: D1Database): Promise<string | null> {
  const row = await db.prepare(READ_VERSION).first<{ version: string }>();
  return row?.version ?? null;
}
