/** The counts of answered units in D1, by day and tier. */
import { ask } from "../storage.ts";

/**
 * Units of one tier, and the characters that the provider would have billed for them. Writes to KV that failed are
 * `kv_write_failed`, without characters.
 */
export interface TierCount {
  readonly tier: string;
  readonly units: number;
  readonly characters: number;
}

const ADD = `
INSERT INTO hits (day, tier, units, characters)
SELECT ?1, j.value ->> 'tier', j.value ->> 'units', j.value ->> 'characters' FROM json_each(?2) j WHERE true
ON CONFLICT (day, tier) DO UPDATE SET units = units + excluded.units, characters = characters + excluded.characters`;

/** Adds counts to a day. One statement. */
export async function addHits(db: D1Database, day: string, counts: readonly TierCount[]): Promise<void> {
  await ask(db.prepare(ADD).bind(day, JSON.stringify(counts)).run());
}
