// `npm run deploy`: brings this checkout to Cloudflare; safe to repeat. Reads the settings that it needs, asks what only
// the operator knows, and checks the result. The order of the work is in `deploy/deployment.ts`.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { unstable_readConfig as readConfig } from "wrangler";
import { deploy, OperatorNeeded } from "./deploy/deployment.ts";
import { faultOf } from "./deploy/health.ts";
import { type Ask, chooseIssuer } from "./deploy/issuer.ts";
import { buildPhrasebookIfNeeded } from "./dev/phrasebook.ts";
import { PROJECT_DIRECTORY, runInProject, StepFailed } from "./dev/wrangler.ts";

const CONFIG_FILE = join(PROJECT_DIRECTORY, "wrangler.toml");

process.exitCode = await main().catch((error: unknown) => {
  if (!(error instanceof StepFailed || error instanceof OperatorNeeded)) throw error;
  console.error(error.message);
  return 1;
});

async function main(): Promise<number> {
  const { values, tokens } = parseArgs({ options: { issuer: { type: "string" } }, strict: false, tokens: true });
  if (
    typeof values.issuer === "boolean" ||
    tokens.some((token) => token.kind !== "option" || token.name !== "issuer")
  ) {
    throw new OperatorNeeded("npm run deploy [-- --issuer https://…]");
  }
  const config = readConfig({ config: CONFIG_FILE });
  const configured = config.vars.ISSUER;
  const terminal = process.stdin.isTTY ? createInterface({ input: process.stdin, output: process.stdout }) : undefined;
  const ask: Ask | undefined = terminal && ((question) => terminal.question(question));
  try {
    const chosen = await chooseIssuer(values.issuer, typeof configured === "string" ? configured : undefined, ask);
    if ("refused" in chosen) throw new OperatorNeeded(chosen.refused);

    await buildPhrasebookIfNeeded(runInProject);
    const { PHRASEBOOK_VERSION } = await import("../generated/phrasebook.ts");
    await mkdir(join(PROJECT_DIRECTORY, ".wrangler"), { recursive: true });
    const workerName = config.name ?? "pidging-edge";
    await deploy({
      run: runInProject,
      ask,
      say: console.log,
      issuer: chosen.issuer,
      workerName,
      databaseName: config.d1_databases[0]?.database_name ?? workerName,
      phrasebookVersion: PHRASEBOOK_VERSION,
      configFile: CONFIG_FILE,
      secretsFile: join(".wrangler", `deployed.${workerName}.vars`),
    });

    const fault = await faultOf(chosen.issuer, fetch, wait);
    if (fault !== undefined) {
      throw new OperatorNeeded(`Deployed, but ${chosen.issuer}/healthz?deep=1 does not answer well: ${fault}`);
    }
    console.log(`${chosen.issuer} is up, database and KV included`);
    return 0;
  } finally {
    terminal?.close();
  }
}
