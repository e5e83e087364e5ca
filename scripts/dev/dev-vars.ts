// `.dev.vars`: the local secrets, one `NAME='value'` a line. Reads it, says what is missing, and makes or extends the
// file without ever changing a line that is there. Anyone who may read the project folder as its owner may read them:
// they are local secrets and open nothing that is deployed.

import { appendFile, chmod, readFile, writeFile } from "node:fs/promises";

/** Only the owner reads and writes. */
const OWNER_ONLY = 0o600;

const HEADER = `# Local secrets, made by \`npm run dev\` and git-ignored. \`.dev.vars.example\` says what else may stand here.\n`;

/** The values of a `.dev.vars` text by name; a later line wins, as it does in wrangler. */
export function readDevVars(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    values.set(match[1], unquoted(match[2]));
  }
  return values;
}

/** One line of `.dev.vars`. The value must hold no single quote and no line break, which JSON of ours never does. */
export function devVarsLine(name: string, value: string): string {
  if (/['\r\n]/.test(value)) throw new Error(`${name} cannot be written in single quotes`);
  return `${name}='${value}'\n`;
}

/**
 * Adds the named secrets that `.dev.vars` lacks, and makes the file where it is absent.
 * Returns the names that were added. The caller holds the lock: two runs at once must not both append.
 */
export async function addMissingSecrets(
  path: string,
  makers: Readonly<Record<string, () => Promise<string>>>,
): Promise<readonly string[]> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  const present = readDevVars(text ?? "");
  const missing = Object.entries(makers).filter(([name]) => !present.get(name));
  if (missing.length === 0) return [];

  const lines = await Promise.all(missing.map(async ([name, make]) => devVarsLine(name, await make())));
  if (text === undefined) {
    await writeFile(path, HEADER + lines.join(""), { mode: OWNER_ONLY, flag: "wx" });
  } else {
    await appendFile(path, (text === "" || text.endsWith("\n") ? "" : "\n") + lines.join(""));
    await chmod(path, OWNER_ONLY);
  }
  return missing.map(([name]) => name);
}

function unquoted(value: string): string {
  const quoted = /^(['"`])(.*)\1(?:\s+#.*)?$/.exec(value);
  return quoted?.[2] ?? value.replace(/\s+#.*$/, "");
}
