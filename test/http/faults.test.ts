/** What is not the caller's fault: an unexpected fault, a database that fails or is silent, a wrong configuration. */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { aroundDb, aroundKv, failing, hanging } from "../bindings.ts";
import { startWorker } from "../worker.ts";

const { access_token: TOKEN } = await startWorker().signIn();
const logged = (lines: readonly string[]) => JSON.parse(lines.at(-1) ?? "{}");

describe("an unexpected fault", () => {
  const fault = "D1_ERROR: no such column: revoked_at at offset 7: SQLITE_ERROR";
  const worker = startWorker({ env: { DB: aroundDb(env.DB, failing(fault)) } });

  test("is 500 internal, with the request id and nothing of the fault", async () => {
    const response = await worker.get("/v1/account", TOKEN, { "X-Request-Id": "trip-42" });
    expect(response.status).toBe(500);
    expect(response.headers.get("X-Request-Id")).toBe("trip-42");
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(await response.json()).toEqual({
      type: "/problems/internal",
      title: "Something went wrong here",
      status: 500,
      detail: "Something went wrong here; the log has it under the request id.",
      code: "internal",
      requestId: "trip-42",
    });
  });

  test("stands in the log with its message and stack, under that id", async () => {
    await worker.get("/v1/account", TOKEN, { "X-Request-Id": "trip-43" });
    expect(logged(worker.lines)).toMatchObject({ requestId: "trip-43", status: 500, code: "internal", error: fault });
    expect(logged(worker.lines).stack).toMatch(/\n +at .+/);
  });

  test("leaves the isolate as it was: the next request is served", async () => {
    await worker.get("/v1/account", TOKEN);
    expect((await worker.get("/v1/languages", TOKEN)).status).toBe(200);
  });
});

describe("a database that fails", () => {
  test.each([
    "D1_ERROR: Network connection lost.",
    "D1_ERROR: D1 DB is overloaded. Too many requests queued.",
    "D1_ERROR: storage caused object to be reset.",
  ])("(%s) is 503, to be tried again, with the cause in the log only", async (message) => {
    const worker = startWorker({ env: { DB: aroundDb(env.DB, failing(message)) } });
    const response = await worker.get("/v1/account", TOKEN);
    expect(response.status).toBe(503);
    expect(response.headers.get("Retry-After")).toBe("5");
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ code: "storage_unavailable" });
    expect(text).not.toContain(message);
    expect(logged(worker.lines)).toMatchObject({ status: 503, code: "storage_unavailable" });
    expect(logged(worker.lines).cause).toContain(message);
  });
});

describe("the deep health check", () => {
  test("is 200 where D1 and KV answer", async () => {
    const response = await startWorker().get("/healthz?deep=1");
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: "ok", database: "ok", cache: "ok" });
  });

  test("is 503 and names what fails: the database", async () => {
    const { get } = startWorker({ env: { DB: aroundDb(env.DB, failing("D1_ERROR: no such table: SQLITE_ERROR")) } });
    const response = await get("/healthz?deep=1");
    expect(response.status).toBe(503);
    expect(response.headers.get("Retry-After")).toBe("5");
    expect(await response.json()).toMatchObject({ status: "failing", database: "failing", cache: "ok" });
  });

  test("is 503 and names what fails: the cache", async () => {
    const { get } = startWorker({ env: { TRANSLATIONS: aroundKv(env.TRANSLATIONS, { get: failing("gone") }) } });
    const response = await get("/healthz?deep=1");
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ status: "failing", database: "ok", cache: "failing" });
  });

  // The wait of a second is the subject.
  test("counts a cache that is silent for a second as failing", async () => {
    const { get } = startWorker({ env: { TRANSLATIONS: aroundKv(env.TRANSLATIONS, { get: hanging }) } });
    expect(await (await get("/healthz?deep=1")).json()).toMatchObject({ database: "ok", cache: "failing" });
  });

  test("is not asked for without deep=1", async () => {
    const { get } = startWorker({ env: { DB: aroundDb(env.DB, hanging) } });
    expect(await (await get("/healthz")).json()).toEqual({ status: "ok", version: expect.any(String) });
    expect((await get("/healthz?deep=0")).status).toBe(200);
  });
});

describe("a wrong configuration", () => {
  test("is 500 on every route, and the log names every fault at once", async () => {
    const worker = startWorker({
      env: { SIGNING_KEYS: undefined, TOKEN_SECRETS: undefined, ISSUER: "edge.example.org", ENROLMENT: "shut" },
    });
    for (const path of ["/", "/healthz", "/v1/account", "/.well-known/jwks.json"]) {
      const response = await worker.get(path);
      expect(response.status).toBe(500);
      const text = await response.text();
      expect(JSON.parse(text)).toMatchObject({ code: "internal" });
      expect(text).not.toMatch(/SIGNING_KEYS|ENROLMENT/);
    }
    expect(worker.lines).toHaveLength(4);
    expect(logged(worker.lines).error).toBe(
      "The configuration is wrong: ISSUER must be an absolute address; ENROLMENT must be open or paused; " +
        "SIGNING_KEYS is missing: `npm run keys` makes it; TOKEN_SECRETS is missing: `npm run keys` makes it",
    );
  });

  test("is server_error at the token endpoint", async () => {
    const response = await startWorker({ env: { TOKEN_SECRETS: undefined } }).form("/oauth/token", {});
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ error: "server_error" });
  });

  test("of a key that is no point on its curve is found by the first request that needs it", async () => {
    const [key] = JSON.parse(env.SIGNING_KEYS);
    const worker = startWorker({ env: { SIGNING_KEYS: JSON.stringify([{ ...key, x: "A".repeat(43) }]) } });
    expect((await worker.get("/v1/account", TOKEN)).status).toBe(500);
    expect(worker.lines.join()).not.toContain(key.d);
  });
});
