// Whether a port is free, asked by listening on it for a moment. Between the answer and the server's start somebody
// else may take it; wrangler then says so itself.

import { createServer } from "node:net";

/** `localhost` is both of these; a server on either is in the way. */
const LOOPBACK = ["127.0.0.1", "::1"];

/** Whether nobody listens on the port at that address. An address that the machine lacks counts as free. */
export async function isPortFree(port: number, host: string): Promise<boolean> {
  const hosts = host === "localhost" ? LOOPBACK : [host];
  for (const one of hosts) {
    if ((await listenOnce(port, one)) === "taken") return false;
  }
  return true;
}

/** Any port that is free on the loopback address now. */
export async function anyFreePort(): Promise<number> {
  const port = await listenOnce(0, "127.0.0.1");
  if (typeof port !== "number") throw new Error("no free port on 127.0.0.1");
  return port;
}

function listenOnce(port: number, host: string): Promise<number | "taken" | "no such address"> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve("taken");
      else if (error.code === "EADDRNOTAVAIL" || error.code === "EAFNOSUPPORT") resolve("no such address");
      else reject(error);
    });
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : "taken"));
    });
  });
}
