/** What every answer carries, whatever it says: its id, Server-Timing, no sniffing; and the log line that goes with it. */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { aroundDb, failing } from "../bindings.ts";
import { startWorker } from "../worker.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Requests that are answered in every way there is. */
const REQUESTS: readonly (readonly [number, string, RequestInit])[] = [
  [200, "/", {}],
  [200, "/healthz", {}],
  [200, "/openapi.json", {}],
  [200, "/problems/internal", {}],
  [200, "/.well-known/jwks.json", {}],
  [400, "/healthz?deep=2", {}],
  [401, "/v1/account", {}],
  [404, "/nowhere", {}],
  [404, "/oauth/nowhere", {}],
  [405, "/healthz", { method: "POST" }],
  [405, "/oauth/token", {}],
  [415, "/oauth/token", { method: "POST", body: "grant_type=app", headers: { "Content-Type": "text/plain" } }],
];

describe("every answer", () => {
  const worker = startWorker();

  test.each(REQUESTS)("(%i from %s) has an id, Server-Timing and nosniff", async (status, path, init) => {
    const response = await worker.request(path, init);
    expect(response.status).toBe(status);
    expect(response.headers.get("X-Request-Id")).toMatch(UUID);
    expect(response.headers.get("Server-Timing")).toMatch(/^total;dur=\d+/);
    expect(response.headers.get("X-Content-Type-Options")).toBe("nosniff");
  });

  test("to HEAD has the headers of GET and no body", async () => {
    for (const path of ["/", "/healthz", "/openapi.json", "/problems/internal", "/v1/account"]) {
      const [get, head] = [await worker.request(path), await worker.request(path, { method: "HEAD" })];
      expect(head.status).toBe(get.status);
      expect(head.headers.get("Content-Type")).toBe(get.headers.get("Content-Type"));
      expect(head.headers.get("X-Request-Id")).toMatch(UUID);
      expect(await head.text()).toBe("");
    }
  });
});

describe("RateLimit-Policy", () => {
  test("stands in every answer of a request that was counted: 200, 400, 401, 415, 429 and 503", async () => {
    const worker = startWorker();
    const { access_token } = await worker.signIn();
    const broken = startWorker({ env: { DB: aroundDb(env.DB, failing("D1_ERROR: gone")) } });
    const full = startWorker({ env: { RATE_LIMITS: "on", CALLER_LIMIT: { limit: async () => ({ success: false }) } } });
    const caller = '"caller";q=120;w=60';
    const anonymous = '"anonymous";q=100;w=60';
    for (const [status, policy, response] of [
      [200, caller, await worker.get("/v1/account", access_token)],
      [400, caller, await worker.post("/v1/translate", {}, access_token)],
      [415, caller, await worker.post("/v1/translate", {}, access_token, { "Content-Type": "text/plain" })],
      [429, caller, await full.get("/v1/account", access_token)],
      [503, caller, await broken.get("/v1/account", access_token)],
      [401, anonymous, await worker.get("/v1/account")],
      [400, anonymous, await worker.post("/oauth/token", { grant_type: "none" })],
      [200, anonymous, await worker.get("/healthz?deep=1")],
      [503, anonymous, await broken.get("/healthz?deep=1")],
      [200, null, await worker.get("/healthz")],
    ] as const) {
      expect([response.status, response.headers.get("RateLimit-Policy")]).toEqual([status, policy]);
    }
  });
});

describe("the request id", () => {
  const worker = startWorker();
  const idFor = async (sent: string) =>
    (await worker.get("/", undefined, { "X-Request-Id": sent })).headers.get("X-Request-Id");

  test("is the caller's where that is a plain token of up to 64 characters", async () => {
    for (const id of ["a", "trip-42_B.7", "x".repeat(64)]) expect(await idFor(id)).toBe(id);
  });

  test("is a new one where the caller's is longer or not plain", async () => {
    for (const id of ["x".repeat(65), "two words", "a,b", 'a"b', "a;b", "<b>", ""])
      expect(await idFor(id)).toMatch(UUID);
  });

  test("is another one for each request", async () => {
    const ids = await Promise.all([1, 2, 3].map(async () => (await worker.get("/")).headers.get("X-Request-Id")));
    expect(new Set(ids).size).toBe(3);
  });

  test("stands in the problem too", async () => {
    const problem = await (await worker.get("/nowhere", undefined, { "X-Request-Id": "trip-42" })).json();
    expect(problem).toMatchObject({ requestId: "trip-42" });
  });
});

describe("the log line", () => {
  test("tells id, method, the route's pattern, status and code", async () => {
    const worker = startWorker();
    await worker.get("/problems/nonsense", undefined, { "X-Request-Id": "trip-42" });
    expect(worker.lines.map((line) => JSON.parse(line))).toEqual([
      {
        requestId: "trip-42",
        method: "GET",
        path: "/problems/:code",
        status: 404,
        ms: expect.any(Number),
        code: "not_found",
      },
    ]);
  });

  test("never holds an unknown path, which may be a text or a token", async () => {
    const worker = startWorker();
    await worker.get("/v1/phrases/where-is-my-passport?token=secret");
    expect(worker.lines).toHaveLength(1);
    expect(JSON.parse(worker.lines[0] ?? "")).toMatchObject({ path: "(none)", status: 404 });
    expect(worker.lines[0]).not.toMatch(/passport|secret/);
  });

  test("holds neither the token nor the address of a refused caller", async () => {
    const worker = startWorker();
    await worker.get("/v1/account", "a-stolen-token", { "CF-Connecting-IP": "198.51.100.77" });
    expect(JSON.parse(worker.lines[0] ?? "")).toMatchObject({
      path: "/v1/account",
      status: 401,
      code: "invalid_token",
    });
    expect(worker.lines[0]).not.toMatch(/stolen|198\.51/);
  });

  test("has the times of the isolate's clock", async () => {
    let now = 1_700_000_000_000;
    const worker = startWorker({
      clock: () => now,
      env: {
        DB: aroundDb(env.DB, (make, call) => {
          now += 1234;
          return failing("D1_ERROR: gone")(make, call);
        }),
      },
    });
    const response = await worker.post("/oauth/token", {
      grant_type: "urn:pidging:oauth:grant-type:app",
      app_id: crypto.randomUUID(),
      app_secret: "A".repeat(43),
    });
    expect(response.headers.get("Server-Timing")).toBe("total;dur=1234, d1;dur=1234");
    expect(JSON.parse(worker.lines[0] ?? "")).toMatchObject({ ms: 1234, status: 503 });
  });
});
