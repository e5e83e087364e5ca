// Small seeds for tests, written by the same code as the real one.
import { createHash } from "node:crypto";
import type { Seed, SeedTexts } from "../../scripts/phrasebook/seed.ts";
import { seedSql } from "../../scripts/phrasebook/sql.ts";

/** A seed of these languages; its version is the content's. */
export function smallSeed(languages: Record<string, SeedTexts>): Seed {
  return {
    version: createHash("sha256").update(JSON.stringify(languages)).digest("hex").slice(0, 16),
    concepts: [{ id: "bread", category: "food", kind: "word" }],
    languages: new Map(Object.entries(languages)),
  };
}

/** Runs a seed's statements as one batch, or only the first so many: a seed that stopped half-way. */
export async function plant(db: D1Database, seed: Seed, statements = Number.POSITIVE_INFINITY): Promise<void> {
  const lines = seedSql(seed).trimEnd().split("\n").slice(0, statements);
  await db.batch(lines.map((line) => db.prepare(line)));
}
