// Seeds for tests: small ones written by the same code as the real one, and the real one itself.
import { createHash } from "node:crypto";
import realSql from "../../generated/phrasebook.sql?raw";
import type { Seed, SeedTexts } from "../../scripts/phrasebook/seed.ts";
import { seedSql } from "../../scripts/phrasebook/sql.ts";
import type { Concept } from "../../src/phrasebook/concepts.ts";

const BREAD: readonly Concept[] = [{ id: "bread", category: "food", kind: "word" }];

/** A seed of these languages; its version is the content's. */
export function smallSeed(languages: Record<string, SeedTexts>, concepts = BREAD): Seed {
  return {
    version: createHash("sha256")
      .update(JSON.stringify([languages, concepts]))
      .digest("hex")
      .slice(0, 16),
    concepts,
    languages: new Map(Object.entries(languages)),
  };
}

async function run(db: D1Database, lines: readonly string[]): Promise<void> {
  await db.batch(lines.map((line) => db.prepare(line)));
}

/** Runs a seed's statements as one batch, or only the first so many: a seed that stopped half-way. */
export async function plant(db: D1Database, seed: Seed, statements = Number.POSITIVE_INFINITY): Promise<void> {
  await run(db, seedSql(seed).trimEnd().split("\n").slice(0, statements));
}

/** Plants what `npm run phrasebook` has built. */
export async function plantReal(db: D1Database): Promise<void> {
  await run(db, realSql.trimEnd().split("\n"));
}

/** Takes everything away. */
export async function clear(db: D1Database): Promise<void> {
  await run(db, ["DELETE FROM phrasebook", "DELETE FROM phrasebook_texts"]);
}
