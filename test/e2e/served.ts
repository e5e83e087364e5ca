/** `npm run dev` on a port and in a folder of its own, as a newcomer starts it, and the commands that a document shows. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A running server. */
export interface Served {
  readonly address: string;
  /** For files of the test's own; it goes with the server. */
  readonly folder: string;
  /** All that it has printed. */
  readonly said: () => string;
  readonly stop: () => Promise<void>;
}

/** Starts it and waits until it serves. */
export async function startServing(): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), "pidging-served-"));
  const server = spawn(process.execPath, ["scripts/dev.ts", "--port", "0", "--persist-to", folder]);
  let said = "";
  const address = await new Promise<string>((resolve, reject) => {
    for (const stream of [server.stdout, server.stderr])
      stream.on("data", (piece) => {
        said += piece;
        const [, serving] = /Serving on (http:\S+?),/.exec(said) ?? [];
        if (serving !== undefined) resolve(serving);
      });
    server.once("exit", () => reject(new Error(`It does not serve: ${said}`)));
  });
  return {
    address,
    folder,
    said: () => said,
    async stop() {
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs a command to its end; throws where it fails. */
export function run(command: string, args: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}${stdout}`);
  return stdout;
}

/** The shell blocks of a document that are marked to run, in order, and the JSON that it shows. */
export function readDocument(path: string): { readonly blocks: readonly string[]; readonly shown: readonly unknown[] } {
  const text = readFileSync(path, "utf8");
  const all = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, block = ""]) => block);
  return {
    blocks: all(/<!-- runs in a test -->\n```sh\n(.*?)```/gs),
    shown: all(/```json\n(.*?)```/gs).map((block) => JSON.parse(block)),
  };
}

/** Runs shell blocks as one script against a server, and reads every JSON object that they print, each from a line of its own on. */
export function answersOf(blocks: readonly string[], { address }: Served): readonly unknown[] {
  const script = blocks
    .map((block) => `${block}\necho`)
    .join("\n")
    .replaceAll("http://localhost:8787", address);
  const answers: unknown[] = [];
  let open = "";
  for (const line of run("bash", ["-euo", "pipefail", "-c", script]).replaceAll("}{", "}\n{").split("\n")) {
    if (open === "" && !line.startsWith("{")) continue;
    open += line;
    try {
      answers.push(JSON.parse(open));
      open = "";
    } catch {
      // It goes on in the next line.
    }
  }
  if (open !== "") throw new Error(`Not JSON: ${open}`);
  return answers;
}
