/** `npm run dev` on a port of its own with nothing in its database, and a network in front of it that can be cut. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";

/** How long the server may take to start on a busy machine. */
export const START_MS = 120_000;

/** A network between devices and one Worker. */
export interface Network {
  url: string;
  /** What is lost of everything: requests before they arrive, or answers after the Worker has done what it was asked. */
  cut: "requests" | "answers" | undefined;
  /** Loses the first answer to every request, so that each has to be repeated. */
  losesFirstAnswers: boolean;
  close(): Promise<void>;
}

const portOf = (address: ReturnType<ReturnType<typeof createServer>["address"]>): number => {
  if (address === null || typeof address === "string") throw new Error("A TCP server has a port.");
  return address.port;
};

async function listening(server = createServer()): Promise<{ server: typeof server; port: number }> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: portOf(server.address()) };
}

/** Serves until `close`. */
export async function serveWorker(): Promise<Network> {
  const probe = await listening();
  await new Promise((resolve) => probe.server.close(resolve));
  const folder = mkdtempSync(join(tmpdir(), "pidging-worker-"));
  const args = ["scripts/dev.ts", "--port", String(probe.port), "--persist-to", folder, "--var", "RATE_LIMITS:off"];
  const worker = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  const said = text(worker.stdout);
  const target = `http://localhost:${probe.port}`;
  for (const deadline = Date.now() + START_MS; ; ) {
    const answer = await fetch(`${target}/healthz?deep=1`).catch(() => undefined);
    if (answer?.ok) break;
    if (worker.exitCode !== null || Date.now() > deadline) throw new Error(`It does not serve: ${await said}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }

  const answered = new Set<string>();
  const { server, port } = await listening(
    createServer(async (request, response) => {
      const content = await buffer(request);
      if (network.cut === "requests") return request.socket.destroy();
      const answer = await forward(target, request, content);
      const asked = [request.method, request.url, request.headers.authorization, content].join(" ");
      const isFirst = !answered.has(asked);
      answered.add(asked);
      if (network.cut === "answers" || (network.losesFirstAnswers && isFirst)) return request.socket.destroy();
      return response.writeHead(answer.status, answer.headers).end(answer.content);
    }),
  );
  const network: Network = {
    url: `http://127.0.0.1:${port}`,
    cut: undefined,
    losesFirstAnswers: false,
    close: async () => {
      server.closeAllConnections();
      server.close();
      const ended = new Promise((resolve) => worker.once("exit", resolve));
      worker.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return network;
}

async function forward(target: string, { method = "GET", url, headers }: IncomingMessage, content: Buffer) {
  const passed = ["authorization", "content-type"].flatMap((name): [string, string][] => {
    const value = headers[name];
    return typeof value === "string" ? [[name, value]] : [];
  });
  const answer = await fetch(target + url, {
    method,
    headers: passed,
    ...(content.length > 0 && { body: new Uint8Array(content) }),
  });
  const told = ["content-type", "www-authenticate", "retry-after"].flatMap((name): [string, string][] => {
    const value = answer.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return { status: answer.status, headers: Object.fromEntries(told), content: Buffer.from(await answer.arrayBuffer()) };
}
