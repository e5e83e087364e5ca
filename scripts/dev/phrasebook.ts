// Builds the phrasebook's generated files when they are absent or older than what they are made from. How they are
// made is the business of `npm run phrasebook`.

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { PROJECT_DIRECTORY, type Run, StepFailed } from "./wrangler.ts";

/** The seed for D1, relative to the project's folder. */
export const SEED_FILE = "generated/phrasebook.sql";

const MADE = [SEED_FILE, "generated/phrasebook.ts"];
/** Files and folders; the lock file stands for the CLDR packages that it pins. */
const MADE_FROM = ["phrasebook", "scripts/phrasebook", "scripts/phrasebook.ts", "package-lock.json"];

/** Builds what is out of date. Returns whether anything was built. */
export async function buildPhrasebookIfNeeded(run: Run): Promise<boolean> {
  const made = await Promise.all(MADE.map((path) => changedAt(path)));
  const madeFrom = await Promise.all(MADE_FROM.map((path) => changedAt(path)));
  if (Math.min(...made) > Math.max(...madeFrom)) return false;

  const finished = await run(process.execPath, ["scripts/phrasebook.ts", "--quiet"]);
  if (finished.code !== 0) throw new StepFailed("Building the phrasebook", finished);
  return true;
}

/** The latest change at or below a path, in milliseconds since 1970; 0 where nothing is. */
async function changedAt(path: string): Promise<number> {
  const found = await stat(join(PROJECT_DIRECTORY, path)).catch(() => undefined);
  if (found === undefined) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  const entries = await readdir(join(PROJECT_DIRECTORY, path));
  const times = await Promise.all(entries.map((entry) => changedAt(join(path, entry))));
  return Math.max(found.mtimeMs, ...times);
}
