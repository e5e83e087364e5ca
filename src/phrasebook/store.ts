// The phrasebook's SQL. Rows are written by the seed alone (`npm run phrasebook`), so nothing here writes.

// LEFT JOIN: a seed without this language still tells its version, and is told apart from no seed at all.
const READ_LANGUAGE = `
SELECT p.version, t.texts
FROM phrasebook p LEFT JOIN phrasebook_texts t ON t.version = p.version AND t.language = ?1
WHERE p.id = 1`;

const READ_CONCEPTS = "SELECT version, concepts FROM phrasebook WHERE id = 1";

// One row a language, whatever it holds: json_each would be billed a row for every text. The seed's JSON has `":["`
// once for each text and nowhere else, since quotation marks inside a string are escaped; all sentences are there where
// the first one is.
const READ_COUNTS = `
SELECT p.version, (
  SELECT json_group_array(json_array(
    t.language,
    (length(t.texts) - length(replace(t.texts, '":["', ''))) / 4,
    coalesce(instr(t.texts, '"' || s.id || '":["') > 0, 0)
  ) ORDER BY t.language)
  FROM phrasebook_texts t WHERE t.version = p.version
) AS counts
FROM phrasebook p LEFT JOIN (
  SELECT json_extract(c.value, '$.id') AS id FROM phrasebook q, json_each(q.concepts) c
  WHERE q.id = 1 AND json_extract(c.value, '$.kind') = 'phrase' LIMIT 1
) s
WHERE p.id = 1`;

const READ_VERSION = "SELECT version FROM phrasebook WHERE id = 1";

/** One language as D1 holds it. */
export interface LanguageRow {
  /** The version that is served now. */
  readonly version: string;
  /** The seed's JSON for `parseLanguage`; null where this version lacks the language. */
  readonly texts: string | null;
}

/** The concepts as D1 holds them. */
export interface ConceptsRow {
  readonly version: string;
  /** The seed's JSON for `parseConcepts`. */
  readonly concepts: string;
}

/** How many texts each language has, as D1 tells it. */
export interface CountsRow {
  readonly version: string;
  /** JSON for `parseCounts`. */
  readonly counts: string;
}

/** Reads a language at the version that is served now; null when nothing is seeded. One statement. */
export function readLanguage(db: D1Database, language: string): Promise<LanguageRow | null> {
  return db.prepare(READ_LANGUAGE).bind(language).first<LanguageRow>();
}

/** Reads the concepts of the version that is served now; null when nothing is seeded. One statement. */
export function readConcepts(db: D1Database): Promise<ConceptsRow | null> {
  return db.prepare(READ_CONCEPTS).first<ConceptsRow>();
}

/** Counts the texts of every language of the version that is served now; null when nothing is seeded. One statement. */
export function readCounts(db: D1Database): Promise<CountsRow | null> {
  return db.prepare(READ_COUNTS).first<CountsRow>();
}

/** Reads the version that is served now; null when nothing is seeded. */
export async function readVersion(db: D1Database): Promise<string | null> {
  const row = await db.prepare(READ_VERSION).first<{ version: string }>();
  return row?.version ?? null;
}
