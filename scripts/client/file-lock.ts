/**
 * A lock between processes on one machine: a file made with O_EXCL beside the file it guards. A holder that died is
 * noticed by its pid, one that was stopped by its silence. Risk accepted: two processes that take over one dead lock
 * in the same instant may both hold it; the store's rules stand for that.
 */
import { open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { LOCK_HEARTBEAT_MS, LOCK_POLL_MS, LOCK_STALE_MS, LOCK_WAIT_MS } from "./bounds.ts";
import { ClientError } from "./failure.ts";

/** Runs `work` while holding `<path>.lock`. Throws `locked_file` when the lock does not come free in time. */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lockPath = `${path}.lock`;
  const owner = `${process.pid} ${crypto.randomUUID()}`;
  await takeLock(path, lockPath, owner);
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(lockPath, now, now).catch(() => undefined);
  }, LOCK_HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if ((await readOwner(lockPath)) === owner) await rm(lockPath, { force: true });
  }
}

async function takeLock(path: string, lockPath: string, owner: string): Promise<void> {
  const until = Date.now() + LOCK_WAIT_MS;
  while (!(await makeLock(lockPath, owner))) {
    if (await isDead(lockPath)) await removeDead(lockPath);
    else if (Date.now() > until) throw new ClientError({ kind: "locked_file", path });
    else await pause(LOCK_POLL_MS * (0.5 + Math.random()));
  }
}

async function makeLock(lockPath: string, owner: string): Promise<boolean> {
  try {
    const file = await open(lockPath, "wx", 0o600);
    await file.writeFile(owner);
    await file.close();
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

async function isDead(lockPath: string): Promise<boolean> {
  const pid = Number((await readOwner(lockPath))?.split(" ")[0]);
  if (pid > 0 && !isRunning(pid)) return true;
  const silentMs = await stat(lockPath).then(
    (file) => Date.now() - file.mtimeMs,
    () => 0,
  );
  return silentMs > LOCK_STALE_MS;
}

/** Renaming comes first, since only one of several can rename the same file. */
async function removeDead(lockPath: string): Promise<void> {
  const grave = `${lockPath}.${crypto.randomUUID()}`;
  await rename(lockPath, grave).then(
    () => rm(grave, { force: true }),
    () => undefined,
  );
}

async function readOwner(lockPath: string): Promise<string | undefined> {
  return await readFile(lockPath, "utf8").catch(() => undefined);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, "ESRCH");
  }
}

/** Whether this is a file system or process error with that code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
