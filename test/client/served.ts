/** The fake edge on a real port, and the demo against it: in this process, or as one of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { runDemo, type Terminal } from "../../scripts/demo/run.ts";
import type { FakeEdge } from "./fake-edge.ts";

/** A folder of its own for the test that runs, removed after it. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "pidging-client-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Serves until `close`. A fault that loses something breaks the connection. */
export async function serve(edge: FakeEdge): Promise<{ url: string; close: () => void }> {
  const server = createServer(async (request, response) => {
    try {
      const headers = { Authorization: request.headers.authorization ?? "" };
      const answer = await edge.fetch(`http://edge.test${request.url}`, { headers, body: await text(request) });
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
    } catch {
      request.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("A TCP server has a port.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** What came of a run of the demo. */
export interface DemoOutcome {
  code: number | null;
  out: string;
  errors: string;
}

/** Runs the demo in this process, which is a second faster than one of its own. */
export async function runDemoHere(args: string[], pause?: Terminal["pause"]): Promise<DemoOutcome> {
  const outcome = { out: "", errors: "" };
  const code = await runDemo(args, {
    print: (line) => {
      outcome.out += `${line}\n`;
    },
    tell: (line) => {
      outcome.errors += `${line}\n`;
    },
    ...(pause && { pause }),
  });
  return { code, ...outcome };
}

/** A run of the demo in a process of its own. */
export interface DemoRun {
  process: ChildProcess;
  /** What stands on its output in the first place that fits; waits for it. */
  heard: (pattern: RegExp) => Promise<string>;
  done: Promise<DemoOutcome>;
}

/** Starts `npm run demo -- …` as a process of its own. */
export function startDemo(args: readonly string[], cwd = process.cwd()): DemoRun {
  const child = spawn(process.execPath, [join(process.cwd(), "scripts/demo.ts"), ...args], { cwd });
  const outcome = { out: "", errors: "" };
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    outcome.out += piece;
  });
  child.stderr.setEncoding("utf8").on("data", (piece: string) => {
    outcome.errors += piece;
  });
  const done = once(child, "close").then(([code]) => ({ code: typeof code === "number" ? code : null, ...outcome }));
  async function heard(pattern: RegExp): Promise<string> {
    for (;;) {
      const [, found] = pattern.exec(outcome.out) ?? [];
      if (found !== undefined) return found;
      await once(child.stdout, "data");
    }
  }
  return { process: child, heard, done };
}
