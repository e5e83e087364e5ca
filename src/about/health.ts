/** Whether D1 and KV answer, for `/healthz?deep=1`. */
import { KV_WAIT_MS } from "../bounds.ts";
import { LATE, within } from "../deadline.ts";
import { ask } from "../storage.ts";

/** One dependency's state. */
export type Health = "ok" | "failing";

async function databaseHealth(db: D1Database): Promise<Health> {
  try {
    await ask(db.prepare("SELECT count(*) FROM phrasebook").first());
    return "ok";
  } catch {
    return "failing";
  }
}

async function cacheHealth(kv: KVNamespace): Promise<Health> {
  try {
    return (await within(KV_WAIT_MS * 2, kv.get("health"))) === LATE ? "failing" : "ok";
  } catch {
    return "failing";
  }
}

/** Asks both at once; a missing schema counts as failing. At most as long as D1 is waited for. */
export async function checkHealth(
  db: D1Database,
  kv: KVNamespace,
): Promise<{ readonly database: Health; readonly cache: Health }> {
  const [database, cache] = await Promise.all([databaseHealth(db), cacheHealth(kv)]);
  return { database, cache };
}
