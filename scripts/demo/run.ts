/**
 * One run of the demo, from a command line to an exit code: finds the command, makes the client with its files, and puts
 * failures into words. The client itself is in `client/`, each command in a file of its own.
 */
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { type Client, createClient } from "../client/client.ts";
import { ClientError } from "../client/failure.ts";
import { openFileStore } from "../client/file-store.ts";
import { vocabularyFile } from "../client/file-vocabulary.ts";
import { type Command, type OptionValues, stringOption, UsageError } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { DEFAULT_URL, type EdgeOptions, readEdgeOptions } from "./edge-options.ts";
import { explain } from "./explain.ts";

/** Where a run's words go. */
export interface Terminal {
  /** What was asked for. */
  print: (line: string) => void;
  /** What went wrong, or was done on the way. */
  tell: (line: string) => void;
  /** Waits between two tries; only tests shorten it. */
  pause?: (ms: number) => Promise<void>;
}

const SHARED_OPTIONS: ParseArgsOptionsConfig = {
  url: { type: "string" },
  file: { type: "string" },
  name: { type: "string" },
  "take-over": { type: "boolean" },
  help: { type: "boolean", short: "h" },
};

/** Runs a command line. Returns 0, 1 where it failed, 2 where it cannot be done as written. */
export async function runDemo(args: string[], terminal: Terminal): Promise<0 | 1 | 2> {
  try {
    await run(args, terminal);
    return 0;
  } catch (error) {
    if (error instanceof ClientError) {
      terminal.tell(explain(error.failure));
      return 1;
    }
    if (!(error instanceof UsageError)) throw error;
    terminal.tell(`${error.message}\n\`npm run demo -- --help\` shows how.`);
    return 2;
  }
}

async function run(args: string[], terminal: Terminal): Promise<void> {
  const { command, values, words } = parseCommandLine(args);
  const { print } = terminal;
  if (values.help === true || args.length === 0) {
    print(help());
    return;
  }
  const edge = readEdgeOptions(values);
  const client = await openClient(edge, values, terminal);
  const vocabulary = vocabularyFile(edge.vocabularyPath, edge.baseUrl);
  await command.run({ client, vocabulary, values, words, print });
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

async function openClient(
  { baseUrl, credentialsPath }: EdgeOptions,
  values: OptionValues,
  { tell, pause }: Terminal,
): Promise<Client> {
  return createClient({
    baseUrl,
    store: await openFileStore(credentialsPath, baseUrl),
    fetch,
    now: Date.now,
    ...(pause && { pause }),
    choices: {
      device: { name: stringOption(values, "name"), platform: "other" },
      takeOver: values["take-over"] === true,
      onStep: (step) => tell(`(${step})`),
    },
  });
}

function help(): string {
  const commands = COMMANDS.flatMap(({ name, usage, summary }) => [
    ...[usage].flat().map((way) => `  npm run demo -- ${`${name} ${way}`.trimEnd()}`),
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
    "                the vocabulary is beside it, in <name>.vocabulary.json",
    "  --name NAME   what the account's list of devices calls this one, told when it signs in",
    "  --take-over   sign in although the account is signed in on another device, and end it there",
    "  --help        this text",
  ].join("\n");
}
