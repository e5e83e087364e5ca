// One run at a time: several `npm run dev` started at once must not make `.dev.vars`, build the seed or apply
// migrations side by side. The lock is a file that names its holder's process. Risk accepted: two runs that find the
// same dead holder in the same millisecond may both go on; that takes a crash and a race.

import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** How long one look is from the next; a preparation takes seconds. */
const LOOK_AGAIN_MS = 100;
/** Longer than a first preparation on a slow machine; whoever waited so long is told instead of hanging. */
const GIVE_UP_MS = 120_000;

/** Runs `work` while holding the lock file at `path`. Throws when another run holds it for two minutes. */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const mine = `${path}.${process.pid}`;
  await writeFile(mine, String(process.pid));
  try {
    for (let waited = 0; !(await taken(mine, path)); waited += LOOK_AGAIN_MS) {
      if (await holderIsGone(path)) await rm(path, { force: true });
      else if (waited >= GIVE_UP_MS) throw new Error(`Another run is preparing. If none is, delete ${path}.`);
      else await wait(LOOK_AGAIN_MS);
    }
  } finally {
    await rm(mine, { force: true });
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

/** A link appears with its content, all at once, and only where there was none. */
async function taken(mine: string, path: string): Promise<boolean> {
  try {
    await link(mine, path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

async function holderIsGone(path: string): Promise<boolean> {
  const holder = Number(await readFile(path, "utf8").catch(() => ""));
  if (!Number.isInteger(holder) || holder <= 0) return false;
  try {
    process.kill(holder, 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}
