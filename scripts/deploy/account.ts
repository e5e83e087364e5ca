// What the Cloudflare account holds already, asked through wrangler, and the one thing that is made here: the database.
// An answer that cannot be understood stops the deployment: to guess "absent" could replace what is there.

import { type Run, StepFailed, WRANGLER_SCRIPT, wranglerStep } from "../dev/wrangler.ts";

/** Whether wrangler may act for an account: signed in, or given a token. */
export async function isSignedIn(run: Run): Promise<boolean> {
  return (await run(process.execPath, [WRANGLER_SCRIPT, "whoami", "--json"])).code === 0;
}

/** Makes the D1 database where the account has none of that name. Returns whether it was made. */
export async function makeDatabaseIfAbsent(run: Run, name: string): Promise<boolean> {
  const listed = await wranglerStep(run, "Listing D1 databases", ["d1", "list", "--json"]);
  if (namesIn(listed.stdout, "name").includes(name)) return false;
  await wranglerStep(run, "Making the D1 database", ["d1", "create", name]);
  return true;
}

/** The names of the Worker's secrets, or `undefined` where that Worker was never deployed. */
export async function deployedSecrets(run: Run): Promise<readonly string[] | undefined> {
  const finished = await run(process.execPath, [WRANGLER_SCRIPT, "secret", "list", "--format", "json"]);
  if (finished.code === 0) return namesIn(finished.stdout, "name");
  if (/Worker "[^"]*".* not found/.test(finished.stdout + finished.stderr)) return undefined;
  throw new StepFailed("Listing the Worker's secrets", finished);
}

/** The id of the KV namespace with that title, if the account has it. */
export async function namespaceId(run: Run, title: string): Promise<string | undefined> {
  const listed = await wranglerStep(run, "Listing KV namespaces", ["kv", "namespace", "list"]);
  const namespace = rowsIn(listed.stdout).find((row) => row.title === title);
  return typeof namespace?.id === "string" ? namespace.id : undefined;
}

/** The version of the phrasebook that the deployed database serves, if any. */
export async function deployedPhrasebook(run: Run): Promise<string | undefined> {
  const command = "SELECT version FROM phrasebook WHERE id = 1";
  const asked = ["d1", "execute", "DB", "--remote", "--json", "--command", command];
  const finished = await wranglerStep(run, "Reading the phrasebook's version", asked);
  const results = rowsIn(finished.stdout)[0]?.results;
  return rowsOf(results)[0]?.version?.toString();
}

/**
 * The configuration with the namespace's id beside its binding. wrangler makes a namespace by itself and finds it again
 * through the deployed Worker; the id must be written down only when a first deployment failed in between.
 */
export function withNamespaceId(toml: string, binding: string, id: string): string {
  const changed = toml.replace(
    new RegExp(`^(\\[\\[kv_namespaces\\]\\]\\r?\\nbinding = "${binding}")$(?!\\r?\\nid = )`, "m"),
    `$1\nid = "${id}"`,
  );
  if (changed === toml) throw new Error(`no [[kv_namespaces]] with binding ${binding} and without an id in the file`);
  return changed;
}

type Row = Readonly<Record<string, unknown>>;

function namesIn(json: string, field: string): readonly string[] {
  return rowsIn(json).flatMap((row) => (typeof row[field] === "string" ? [row[field]] : []));
}

/** wrangler may print a notice before its JSON, never after it. */
function rowsIn(output: string): readonly Row[] {
  const start = output.search(/^\[/m);
  const value: unknown = start < 0 ? undefined : JSON.parse(output.slice(start));
  if (!Array.isArray(value)) throw new Error(`wrangler answered something else than a JSON array: ${output}`);
  return rowsOf(value);
}

function rowsOf(value: unknown): readonly Row[] {
  if (!Array.isArray(value)) return [];
  return value.filter((row: unknown): row is Row => typeof row === "object" && row !== null);
}
