// A deployment in its order: account, database, schema, phrasebook, secrets, Worker, health. Each step looks first and
// changes only what is missing, so it may be repeated after any failure, and the first step that fails ends it.
// Secrets reach Cloudflare together with the code that needs them, and none that is there is ever replaced.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addMissingSecrets, readDevVars } from "../dev/dev-vars.ts";
import { SEED_FILE } from "../dev/phrasebook.ts";
import { type Run, wranglerStep } from "../dev/wrangler.ts";
import { FIRST_SECRETS } from "../keys/make.ts";
import {
  deployedPhrasebook,
  deployedSecrets,
  isSignedIn,
  makeDatabaseIfAbsent,
  namespaceId,
  withNamespaceId,
} from "./account.ts";
import type { Ask } from "./issuer.ts";

/** What a deployment needs to know and may use. */
export type Deployment = {
  readonly run: Run;
  /** Absent where nobody can answer. */
  readonly ask: Ask | undefined;
  readonly say: (line: string) => void;
  readonly issuer: string;
  readonly workerName: string;
  readonly databaseName: string;
  readonly phrasebookVersion: string;
  /** `wrangler.toml`. */
  readonly configFile: string;
  /** Where a copy of the secrets made here is kept, for the operator to take away. */
  readonly secretsFile: string;
};

/** Thrown when nothing can be done before the operator has acted; the message says what to do. */
export class OperatorNeeded extends Error {}

const KV_BINDING = "TRANSLATIONS";
const OPTIONAL_SECRET = "AZURE_TRANSLATOR_KEY";

/** Deploys. Throws `OperatorNeeded`, or `StepFailed` from the first wrangler command that did not succeed. */
export async function deploy(deployment: Deployment): Promise<void> {
  const { run, say } = deployment;
  if (!(await isSignedIn(run))) {
    throw new OperatorNeeded(
      "Not signed in to Cloudflare: run npx wrangler login, or set CLOUDFLARE_API_TOKEN. Then try again.",
    );
  }
  const present = await deployedSecrets(run);
  if (await makeDatabaseIfAbsent(run, deployment.databaseName)) say(`Made the database ${deployment.databaseName}`);
  if (present === undefined) await adoptNamespace(deployment);

  await wranglerStep(run, "Applying the migrations", ["d1", "migrations", "apply", "DB", "--remote"]);
  say("The schema is up to date");
  if ((await deployedPhrasebook(run)) !== deployment.phrasebookVersion) {
    await wranglerStep(run, "Seeding", ["d1", "execute", "DB", "--remote", "--yes", "--file", SEED_FILE]);
    say(`Seeded the phrasebook, version ${deployment.phrasebookVersion}`);
  }

  const secrets = await missingSecrets(deployment, present ?? []);
  await deployWorker(deployment, secrets);
  say(`Deployed ${deployment.workerName}`);
}

/** A first deployment that failed half-way left a namespace which no Worker is bound to, and wrangler makes no second. */
async function adoptNamespace({ run, say, workerName, configFile }: Deployment): Promise<void> {
  // The title that wrangler gives to a namespace it makes for a binding.
  const title = `${workerName}-${KV_BINDING.toLowerCase()}`;
  const toml = await readFile(configFile, "utf8");
  const id = await namespaceId(run, title);
  if (id === undefined || toml.includes(id)) return;
  await writeFile(configFile, withNamespaceId(toml, KV_BINDING, id));
  say(`Found the KV namespace ${title} and wrote its id into wrangler.toml`);
}

async function missingSecrets(
  { ask, say, secretsFile }: Deployment,
  present: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const makers = Object.entries(FIRST_SECRETS).filter(([name]) => !present.includes(name));
  const missing: Record<string, string> = {};
  if (makers.length > 0) {
    await addMissingSecrets(secretsFile, Object.fromEntries(makers));
    const kept = readDevVars(await readFile(secretsFile, "utf8"));
    for (const [name] of makers) missing[name] = kept.get(name) ?? "";
    say(`Setting ${Object.keys(missing).join(", ")}; a copy is in ${secretsFile}: move it to where you keep secrets`);
  }
  if (ask !== undefined && !present.includes(OPTIONAL_SECRET)) {
    const key = (await ask(`${OPTIONAL_SECRET} (empty: the phrasebook answers alone): `)).trim();
    if (key !== "") missing[OPTIONAL_SECRET] = key;
  }
  return missing;
}

async function deployWorker({ run, issuer }: Deployment, secrets: Readonly<Record<string, string>>): Promise<void> {
  const args = ["deploy", "--minify", "--var", `ISSUER:${issuer}`];
  if (Object.keys(secrets).length === 0) {
    await wranglerStep(run, "Deploying", args);
    return;
  }
  const directory = await mkdtemp(join(tmpdir(), "pidging-deploy-"));
  try {
    const file = join(directory, "secrets.json");
    await writeFile(file, JSON.stringify(secrets), { mode: 0o600 });
    await wranglerStep(run, "Deploying", [...args, "--secrets-file", file]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
