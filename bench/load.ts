/**
 * A closed loop of load: each connection sends one request, reads its whole answer, and sends the next. It speaks just
 * enough HTTP/1.1 on bare sockets to leave the machine's time to the server; answers must be 200 and tell their length.
 */
import { connect, type Socket } from "node:net";

/** Enough to keep one isolate busy; each waits for its answer, so no queue grows. */
export const CONNECTIONS = 16;

/** Where to send, and what. */
export interface Target {
  readonly port: number;
  /** The bytes that a connection sends next; `before` is the whole answer that it has just read, if any. */
  readonly next: (connection: number, before?: Buffer) => Buffer;
}

/** The bytes of a request to 127.0.0.1. */
export function requestBytes(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body = "",
): Buffer {
  const length = body === "" ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
  const lines = Object.entries({ Host: "localhost", ...headers, ...length }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return Buffer.from([`${method} ${path} HTTP/1.1`, ...lines, "", body].join("\r\n"));
}

/** The length of the answer at the start of `bytes`; `undefined` while its head is not whole. */
function answerLength(bytes: Buffer): number | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = bytes.toString("latin1", 0, end);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (!head.startsWith("HTTP/1.1 200 ") || length === undefined) throw new Error(`Unexpected answer: ${head}`);
  return end + 4 + Number(length);
}

function runConnection({ port, next }: Target, connection: number, until: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const socket: Socket = connect({ port, host: "127.0.0.1", noDelay: true });
  let answers = 0;
  let pending = Buffer.alloc(0);
  socket.on("connect", () => socket.write(next(connection)));
  socket.on("error", reject);
  socket.on("close", () => reject(new Error("The server closed a connection")));
  socket.on("data", (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    let length: number | undefined;
    try {
      length = answerLength(pending);
    } catch (error) {
      reject(error);
      socket.destroy();
      return;
    }
    if (length === undefined || pending.length < length) return;
    const answer = pending;
    pending = Buffer.alloc(0);
    answers += 1;
    if (performance.now() < until) socket.write(next(connection, answer));
    else {
      resolve(answers);
      socket.destroy();
    }
  });
  return promise;
}

/** Loads the target for `ms` milliseconds. Throws at the first answer that is not 200. */
export async function load(
  target: Target,
  ms: number,
): Promise<{ readonly requests: number; readonly perSecond: number }> {
  const from = performance.now();
  const connections = [...Array(CONNECTIONS).keys()];
  const counts = await Promise.all(connections.map((connection) => runConnection(target, connection, from + ms)));
  const requests = counts.reduce((sum, count) => sum + count, 0);
  return { requests, perSecond: requests / ((performance.now() - from) / 1000) };
}
