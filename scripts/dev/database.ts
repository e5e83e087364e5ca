// Brings the local D1 database up to date: migrations, then the phrasebook's seed. A stamp beside the database's own
// files says what was done, so that a later start skips both, and it goes when they are deleted.

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { SEED_FILE } from "./phrasebook.ts";
import { PROJECT_DIRECTORY, type Run, wranglerStep } from "./wrangler.ts";

/** What was brought into the local database by this start. */
export type DatabaseChanges = { readonly migrated: boolean; readonly seeded: boolean };

type Stamp = { readonly schema: string; readonly seed: string };

/** Applies what the stamp in `stateDirectory` does not vouch for. `shared` goes to every wrangler command. */
export async function prepareDatabase(
  run: Run,
  stateDirectory: string,
  shared: readonly string[],
): Promise<DatabaseChanges> {
  const stampFile = join(resolve(PROJECT_DIRECTORY, stateDirectory), "v3", "d1", "prepared.json");
  const wanted: Stamp = { schema: await schemaHash(shared), seed: await fileHash(SEED_FILE) };
  const done = await readStamp(stampFile);
  const migrated = done?.schema !== wanted.schema;
  const seeded = migrated || done?.seed !== wanted.seed;
  const local = ["--local", "--persist-to", stateDirectory, ...shared];

  if (migrated) {
    await wranglerStep(run, "Applying the migrations", ["d1", "migrations", "apply", "DB", ...local]);
  }
  if (seeded) {
    await wranglerStep(run, "Seeding the phrasebook", ["d1", "execute", "DB", "--yes", "--file", SEED_FILE, ...local]);
    await mkdir(dirname(stampFile), { recursive: true });
    await writeFile(stampFile, JSON.stringify(wanted));
  }
  return { migrated, seeded };
}

/** Over the migrations, and over the configuration too: another database id is another, empty database. */
async function schemaHash(shared: readonly string[]): Promise<string> {
  const directory = join(PROJECT_DIRECTORY, "migrations");
  const names = (await readdir(directory)).filter((name) => name.endsWith(".sql")).sort();
  const hash = createHash("sha256").update(JSON.stringify(shared));
  for (const name of names) hash.update(name).update(await readFile(join(directory, name)));
  return hash.update(await readFile(join(PROJECT_DIRECTORY, "wrangler.toml"))).digest("hex");
}

async function fileHash(path: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(join(PROJECT_DIRECTORY, path)))
    .digest("hex");
}

async function readStamp(path: string): Promise<Partial<Stamp> | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, "utf8"));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
