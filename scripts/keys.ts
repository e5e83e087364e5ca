// `npm run keys`: makes the first secrets, and prints the next value of each later rotation step with what to do and
// how long to wait. It writes no file and deploys nothing. The values go to the terminal, as its user asked.

import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { devVarsLine } from "./dev/dev-vars.ts";
import { currentEntries, takenIds } from "./keys/current.ts";
import { FIRST_SECRETS, makeSigningKey, makeTokenSecret } from "./keys/make.ts";
import {
  appendSigningKey,
  appendTokenSecret,
  dropSigningKeys,
  dropTokenSecrets,
  promoteSigningKey,
  promoteTokenSecret,
  type Refused,
  SIGNING_STEPS,
  type Step,
  TOKEN_STEPS,
} from "./keys/steps.ts";

const USAGE = `npm run keys                                   a fresh pair of secrets
npm run keys -- signing ${SIGNING_STEPS.join("|")}    the next step of rotating SIGNING_KEYS
npm run keys -- token ${TOKEN_STEPS.join("|")}      the next step of rotating TOKEN_SECRETS

A step reads the current value from what is piped in, else from .dev.vars, or from the file named by --from.`;

/** Each step by how it is asked for: the secret that it reads, and what it makes of its entries. */
const STEPS: Readonly<
  Record<string, { secret: Step["secret"]; take: (now: readonly unknown[]) => Promise<Step | Refused> }>
> = {
  "signing append": {
    secret: "SIGNING_KEYS",
    take: async (now) => appendSigningKey(now, await makeSigningKey()),
  },
  "signing promote": { secret: "SIGNING_KEYS", take: async (now) => promoteSigningKey(now) },
  "signing drop": { secret: "SIGNING_KEYS", take: async (now) => dropSigningKeys(now) },
  "token append": {
    secret: "TOKEN_SECRETS",
    take: async (now) => appendTokenSecret(now, makeTokenSecret(takenIds(now))),
  },
  "token promote": { secret: "TOKEN_SECRETS", take: async (now) => promoteTokenSecret(now) },
  "token drop": { secret: "TOKEN_SECRETS", take: async (now) => dropTokenSecrets(now) },
};

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals, tokens } = parseArgs({
    allowPositionals: true,
    options: { from: { type: "string" }, help: { type: "boolean", short: "h" } },
    strict: false,
    tokens: true,
  });
  if (values.help) return say(USAGE, 0);
  const from = values.from;
  const known = tokens.every((token) => token.kind !== "option" || token.name === "from");
  if (!known || typeof from === "boolean") return say(USAGE, 2);
  if (positionals.length === 0) return await printFirstSecrets();

  const step = STEPS[positionals.join(" ")];
  if (step === undefined) return say(USAGE, 2);
  const current = currentEntries(await readCurrent(from), step.secret);
  if ("refused" in current) return say(current.refused, 1);
  const taken = await step.take(current);
  if ("refused" in taken) return say(taken.refused, 1);

  process.stdout.write(devVarsLine(taken.secret, JSON.stringify(taken.value)));
  return say(`\nNext:\n${taken.next.map((line) => `  ${line}`).join("\n")}`, 0);
}

async function printFirstSecrets(): Promise<number> {
  for (const [name, make] of Object.entries(FIRST_SECRETS)) process.stdout.write(devVarsLine(name, await make()));
  return say(
    `\nFor a local run these lines go into .dev.vars, where \`npm run dev\` puts such a pair by itself.
To deploy by hand: npx wrangler secret put SIGNING_KEYS, then TOKEN_SECRETS, each with the value between the quotes.
Keep a copy where you keep secrets: a deployed one cannot be read back, and rotating begins with the current value.`,
    0,
  );
}

/** What is piped in counts, unless a file is named; a terminal is never waited for. */
async function readCurrent(from: string | undefined): Promise<string> {
  const piped = from === undefined && !process.stdin.isTTY ? await text(process.stdin) : "";
  if (piped.trim() !== "") return piped;
  return await readFile(from ?? ".dev.vars", "utf8").catch(() => "");
}

/** Words go to stderr, so that stdout holds only values and may be piped on. */
function say(message: string, code: number): number {
  console.error(message);
  return code;
}
