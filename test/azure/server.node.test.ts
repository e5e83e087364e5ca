/** The emulator behind a real socket: what only a socket can show. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sampleRequest } from "./sample-request.ts";
import { type AzureServer, startAzureEmulator } from "./server.ts";

let server: AzureServer;
beforeEach(async () => {
  server = await startAzureEmulator({ port: 0 });
});
afterEach(() => server.close());

const send = (change = {}) => fetch(sampleRequest({ origin: server.url, ...change }));
const counters = () => server.emulator.status("127.0.0.1").counters;

describe("the emulator's server", () => {
  it("translates, whatever the script of the text", async () => {
    const response = await send({ body: [{ Text: "où est la gare ? 駅" }] });
    expect(response.headers.get("X-Metered-Usage")).toBe("18");
    expect(await response.json()).toEqual([{ translations: [{ text: "[es] où est la gare ? 駅", to: "es" }] }]);
  });

  it("is controlled over HTTP", async () => {
    const body = JSON.stringify({ fail: { as: "error", code: 429001, retryAfter: 2 } });
    expect((await fetch(`${server.url}/__emulator`, { method: "POST", body })).status).toBe(200);
    const response = await send();
    expect([response.status, response.headers.get("Retry-After")]).toEqual([429, "2"]);
  });

  it("breaks the connection of an answer that is cut off", async () => {
    server.emulator.control("127.0.0.1", { fail: { as: "cut-off" } });
    const response = await send();
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow("terminated");
  });

  it("stays silent until the caller leaves", async () => {
    server.emulator.control("127.0.0.1", { fail: { as: "silent" } });
    const call = fetch(new Request(sampleRequest({ origin: server.url }), { signal: AbortSignal.timeout(80) }));
    await expect(call).rejects.toThrow("timeout");
    await expect.poll(() => counters().concurrent).toBe(0);
    expect(counters().outcomes).toEqual({ silent: 1 });
  });

  it("drops a body of more than 1 MiB", async () => {
    await expect(send({ body: "x".repeat(1024 * 1024 + 1) })).rejects.toThrow("fetch failed");
    expect((await send()).status).toBe(200);
  });

  it("closes although a call is under way", async () => {
    server.emulator.control("127.0.0.1", { fail: { as: "silent" } });
    const call = send().catch(() => "broken");
    await expect.poll(() => counters().concurrent).toBe(1);
    await server.close();
    expect(await call).toBe("broken");
  });

  it("refuses a port that is taken", async () => {
    const port = Number(new URL(server.url).port);
    await expect(startAzureEmulator({ port })).rejects.toThrow("EADDRINUSE");
  });
});
