/**
 * `npm run demo`: an app on the command line, to see a Pidging Edge work and to read how a client should behave. It
 * finds the command, makes the client with its file, and puts failures into words. The client itself is in `client/`,
 * each command in `demo/`.
 */
import { join } from "node:path";
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { type Client, createClient } from "./client/client.ts";
import { ClientError } from "./client/failure.ts";
import { openFileStore } from "./client/file-store.ts";
import { type Command, type OptionValues, stringOption, UsageError } from "./demo/command.ts";
import { COMMANDS } from "./demo/commands.ts";
import { explain } from "./demo/explain.ts";

const DEFAULT_URL = "http://localhost:8787";

const SHARED_OPTIONS: ParseArgsOptionsConfig = {
  url: { type: "string" },
  file: { type: "string" },
  "take-over": { type: "boolean" },
  help: { type: "boolean", short: "h" },
};

async function main(args: string[]): Promise<void> {
  const { command, values, words } = parseCommandLine(args);
  if (values.help === true || args.length === 0) {
    console.log(help());
    return;
  }
  const client = await openClient(values);
  await command.run({ client, values, words, print: (line) => console.log(line) });
}

/** The command's name may stand anywhere among the words, as the first of them. */
function parseCommandLine(args: string[]): { command: Command; values: OptionValues; words: string[] } {
  const allOptions = Object.assign({}, SHARED_OPTIONS, ...COMMANDS.map(({ options }) => options));
  const [firstWord] = parseArgs({ args, options: allOptions, allowPositionals: true, strict: false }).positionals;
  const named = COMMANDS.find(({ name }) => name === firstWord);
  const command = named ?? COMMANDS[0];
  try {
    const options = { ...SHARED_OPTIONS, ...command.options };
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    return { command, values, words: named ? positionals.slice(1) : positionals };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function openClient(values: OptionValues): Promise<Client> {
  const url = stringOption(values, "url") ?? DEFAULT_URL;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) throw new UsageError(`--url ${url} is no http(s) address.`);
  const { href, host } = new URL(url);
  const baseUrl = href.replace(/\/+$/, "");
  const file = stringOption(values, "file") ?? join(".demo", `${host.replace(":", "_")}.json`);
  return createClient({
    baseUrl,
    store: await openFileStore(file, baseUrl),
    fetch,
    now: Date.now,
    choices: {
      takeOver: values["take-over"] === true,
      onStep: (step) => console.error(`(${step})`),
    },
  });
}

function help(): string {
  const commands = COMMANDS.flatMap(({ name, usage, summary }) => [
    `  npm run demo -- ${`${name} ${usage}`.trimEnd()}`,
    `      ${summary}`,
  ]);
  return [
    "An app on the command line, for trying a Pidging Edge.",
    "",
    ...commands,
    "",
    `"${COMMANDS[0].name}" may be left out. For all commands:`,
    `  --url URL     the edge (default ${DEFAULT_URL})`,
    "  --file FILE   where the app ID, app secret and tokens are kept (default .demo/<host_port>.json)",
    "  --take-over   sign in although the account is signed in on another device, and end it there",
    "  --help        this text",
  ].join("\n");
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof ClientError) {
    console.error(explain(error.failure));
    process.exitCode = 1;
  } else if (error instanceof UsageError) {
    console.error(`${error.message}\n\`npm run demo -- --help\` shows how.`);
    process.exitCode = 2;
  } else {
    throw error;
  }
}
