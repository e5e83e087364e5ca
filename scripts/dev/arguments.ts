// Reads the arguments of `npm run dev`: the few that this command must understand itself, and the whole list for
// wrangler. Every other option is left to wrangler to check; an unknown one is its error to report.

/** What `npm run dev` was asked for. */
export type DevArguments = {
  /** The port to serve on; 0 stands for any free one. */
  readonly port: number;
  /** Whether `--port` was given, so that two servers side by side do not meet on a default. */
  readonly portGiven: boolean;
  /** The address to listen on. */
  readonly host: string;
  readonly protocol: "http" | "https";
  /** Where local D1 and KV live. */
  readonly stateDirectory: string;
  /** Names of the variables given with `--var`. */
  readonly vars: ReadonlySet<string>;
  /** Whether a port for a debugger was given. */
  readonly inspectorPortGiven: boolean;
  /** Whether the developer chose wrangler's own log level; its output is then shown whole. */
  readonly logLevelGiven: boolean;
  readonly withAzureEmulator: boolean;
  /** Options that every wrangler command of this run must share: which config file, which environment. */
  readonly shared: readonly string[];
  /** All that was given, for `wrangler dev`, without what is ours (`--port`, `--with-azure-emulator`). */
  readonly forWrangler: readonly string[];
};

/** Arguments that cannot be followed; the message is for the person who typed them. */
export type BadArguments = { readonly fault: string };

const DEFAULT_PORT = 8787;
const HIGHEST_PORT = 65_535;

/** wrangler's names for the options read here, short forms included. */
const READ_OPTIONS: Readonly<Record<string, string>> = {
  "--port": "port",
  "--ip": "host",
  "--local-protocol": "protocol",
  "--persist-to": "state",
  "--var": "var",
  "--log-level": "logLevel",
  "--inspector-port": "inspector",
  "--config": "shared",
  "-c": "shared",
  "--env": "shared",
  "-e": "shared",
};

/** Reads what stands after `npm run dev --`. Both `--name value` and `--name=value` are understood. */
export function readDevArguments(given: readonly string[]): DevArguments | BadArguments {
  const values = new Map<string, string>();
  const vars = new Set<string>();
  const shared: string[] = [];
  const forWrangler: string[] = [];
  let withAzureEmulator = false;
  let inVars = false;

  for (let index = 0; index < given.length; index += 1) {
    const argument = given[index] ?? "";
    if (argument === "--with-azure-emulator") {
      withAzureEmulator = true;
      continue;
    }
    // `--var A:1 B:2` is one option with two values.
    if (inVars && !argument.startsWith("-")) {
      vars.add(varName(argument));
      forWrangler.push(argument);
      continue;
    }
    const equals = argument.startsWith("-") ? argument.indexOf("=") : -1;
    const name = equals < 0 ? argument : argument.slice(0, equals);
    const meaning = READ_OPTIONS[name];
    inVars = meaning === "var" && equals < 0;
    if (meaning === undefined || meaning === "var") {
      if (meaning === "var" && equals >= 0) vars.add(varName(argument.slice(equals + 1)));
      forWrangler.push(argument);
      continue;
    }
    const value = equals < 0 ? given[index + 1] : argument.slice(equals + 1);
    if (value === undefined || value === "") return { fault: `${name} needs a value.` };
    if (equals < 0) index += 1;
    if (meaning === "shared") shared.push(name, value);
    if (meaning !== "port") forWrangler.push(name, value);
    values.set(meaning, value);
  }

  const port = Number(values.get("port") ?? DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 0 || port > HIGHEST_PORT) {
    return {
      fault: `--port ${values.get("port")} is no port: give a number from 0 (any free one) to ${HIGHEST_PORT}.`,
    };
  }
  const protocol = values.get("protocol") ?? "http";
  if (protocol !== "http" && protocol !== "https") return { fault: `--local-protocol is http or https.` };

  return {
    port,
    portGiven: values.has("port"),
    host: values.get("host") ?? "localhost",
    protocol,
    stateDirectory: values.get("state") ?? ".wrangler/state",
    vars,
    inspectorPortGiven: values.has("inspector"),
    logLevelGiven: values.has("logLevel"),
    withAzureEmulator,
    shared,
    forWrangler,
  };
}

/**
 * The arguments of `wrangler dev`. `vars` come first and `--port` after them, because wrangler's `--var` takes every
 * word up to the next option. The debugger's port is any free one unless given: looking for one near 9229, as wrangler
 * does, fails when two servers look at once.
 */
export function wranglerDevArguments(
  asked: DevArguments,
  port: number,
  vars: Readonly<Record<string, string>>,
): readonly string[] {
  const ours = Object.entries(vars)
    .filter(([name]) => !asked.vars.has(name))
    .flatMap(([name, value]) => ["--var", `${name}:${value}`]);
  const inspector = asked.inspectorPortGiven ? [] : ["--inspector-port", "0"];
  const fixed = ["--show-interactive-dev-session=false", ...inspector, "--port", String(port)];
  return ["dev", ...ours, ...fixed, ...asked.forWrangler];
}

function varName(pair: string): string {
  const colon = pair.indexOf(":");
  return colon < 0 ? pair : pair.slice(0, colon);
}
