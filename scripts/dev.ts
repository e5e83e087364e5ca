// `npm run dev`: from a fresh checkout to a served Worker, with nothing asked. Makes the local secrets once, builds the
// phrasebook, brings the local database up to date and hands over to `wrangler dev`, with all further arguments.
// `--with-azure-emulator` puts the Azure emulator beside it (`npm run dev:azure`).

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type DevArguments, readDevArguments, wranglerDevArguments } from "./dev/arguments.ts";
import { prepareDatabase } from "./dev/database.ts";
import { addMissingSecrets, readDevVars } from "./dev/dev-vars.ts";
import { withLock } from "./dev/lock.ts";
import { buildPhrasebookIfNeeded } from "./dev/phrasebook.ts";
import { anyFreePort, isPortFree } from "./dev/ports.ts";
import { serve } from "./dev/server.ts";
import { PROJECT_DIRECTORY, runInProject, StepFailed } from "./dev/wrangler.ts";
import { FIRST_SECRETS } from "./keys/make.ts";

const DEV_VARS_FILE = join(PROJECT_DIRECTORY, ".dev.vars");
const LOCK_FILE = join(PROJECT_DIRECTORY, ".wrangler", "preparing.lock");

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof StepFailed)) throw error;
  console.error(error.message);
  return 1;
});

async function main(given: readonly string[]): Promise<number> {
  const asked = readDevArguments(given);
  if ("fault" in asked) {
    console.error(asked.fault);
    return 2;
  }
  const port = asked.port === 0 ? await anyFreePort() : asked.port;
  if (!(await isPortFree(port, asked.host))) {
    console.error(`Port ${port} is in use. Stop what serves there, or take another: npm run dev -- --port ${port + 1}`);
    return 1;
  }

  await withLock(LOCK_FILE, () => prepare(asked));

  const emulator = asked.withAzureEmulator
    ? await (await import("./dev/emulator.ts")).startEmulator(!asked.portGiven)
    : undefined;
  const address = `${asked.protocol}://localhost:${port}`;
  const vars = { ...(await issuerVar(address)), ...emulator?.vars };
  try {
    return await serve(wranglerDevArguments(asked, port, vars), {
      quiet: !asked.logLevelGiven,
      onReady() {
        console.log(`Serving on ${address}, data in ${asked.stateDirectory}; stop with Ctrl-C`);
        if (emulator) console.log(`Azure emulator on ${emulator.url}, the Worker points at it`);
        console.log(`Try: curl ${asked.protocol === "https" ? "-k " : ""}${address}/healthz`);
      },
    });
  } finally {
    await emulator?.close();
  }
}

async function prepare(asked: DevArguments): Promise<void> {
  const added = await addMissingSecrets(DEV_VARS_FILE, FIRST_SECRETS);
  if (added.length > 0) console.log(`Made local secrets in .dev.vars: ${added.join(", ")}`);
  if (await buildPhrasebookIfNeeded(runInProject)) console.log("Built the phrasebook");
  const { migrated, seeded } = await prepareDatabase(runInProject, asked.stateDirectory, asked.shared);
  if (migrated) console.log("Applied the schema to the local database");
  if (seeded) console.log("Seeded the phrasebook");
}

/** `ISSUER` follows the address, unless `.dev.vars` sets one; one given with `--var` is seen to with the arguments. */
async function issuerVar(address: string): Promise<Readonly<Record<string, string>>> {
  const set = readDevVars(await readFile(DEV_VARS_FILE, "utf8"));
  return set.has("ISSUER") ? {} : { ISSUER: address };
}
