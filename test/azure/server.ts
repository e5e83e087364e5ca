/**
 * The emulator behind a real socket, for `npm run dev:azure` and for whoever wants to try it with curl. An answer that
 * is cut off destroys its socket. It speaks plain HTTP and has no credentials worth the name: loopback only.
 */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { IncomingRequest } from "./checked.ts";
import { type AzureEmulator, type AzureEmulatorOptions, createAzureEmulator } from "./emulator.ts";

/** Where to listen; port 0 takes any free one. */
export interface AzureServerOptions extends AzureEmulatorOptions {
  readonly port: number;
  readonly host?: string;
}

/** A listening emulator. */
export interface AzureServer {
  /** Its address, to be set as `AZURE_TRANSLATOR_ENDPOINT`. */
  readonly url: string;
  readonly emulator: AzureEmulator;
  /** Breaks every open connection and stops listening. */
  close(): Promise<void>;
}

/** More than a body within the provider's limits can have, every character escaped. */
const BODY_BYTES_MAX = 1024 * 1024;

/** Starts an emulator; rejects where the port is taken. */
export async function startAzureEmulator(options: AzureServerOptions): Promise<AzureServer> {
  const { port, host = "127.0.0.1", ...emulatorOptions } = options;
  const emulator = createAzureEmulator(emulatorOptions);
  const server = createServer((incoming, outgoing) => {
    serve(emulator, incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve());
  });
  const address = server.address();
  const boundPort = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${boundPort}`,
    emulator,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(emulator: AzureEmulator, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const caller = new AbortController();
  outgoing.once("close", () => caller.abort());
  const response = await emulator.fetch(webRequest(incoming, caller.signal));
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body !== null) {
    for await (const chunk of response.body) await sent(outgoing, chunk);
  }
  outgoing.end();
}

/** Resolves once the chunk is handed to the socket, so that what breaks the answer off comes after it. */
function sent(outgoing: ServerResponse, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    outgoing.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}

function webRequest(incoming: IncomingMessage, signal: AbortSignal): IncomingRequest {
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  return {
    method: incoming.method ?? "GET",
    url: new URL(incoming.url ?? "/", `http://${incoming.headers.host ?? "localhost"}`).href,
    headers,
    signal,
    text: () => readBody(incoming),
  };
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new Error("the body is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
