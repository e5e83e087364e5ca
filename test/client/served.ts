/** The fake edge on a real port, and the demo as real processes against it. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { FakeEdge } from "./fake-edge.ts";

/** A folder of its own for one test. */
export function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), "pidging-client-"));
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

/** One run of the demo. */
export interface DemoRun {
  process: ChildProcess;
  done: Promise<{ code: number | null; out: string; errors: string }>;
}

/** Starts `npm run demo -- …` as a process of its own. */
export function startDemo(args: readonly string[], cwd = process.cwd()): DemoRun {
  const child = spawn(process.execPath, [join(process.cwd(), "scripts/demo.ts"), ...args], { cwd });
  const done = Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once("close", resolve)),
  ]).then(([out, errors, code]) => ({ code, out, errors }));
  return { process: child, done };
}
