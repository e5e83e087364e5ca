/** CORS: off by default; on for the listed origins only, with errors and faults as readable as answers. */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { aroundDb, failing } from "../bindings.ts";
import { startWorker } from "../worker.ts";

const LISTED = "https://app.example.org";
const PREFLIGHT = {
  method: "OPTIONS",
  headers: {
    Origin: LISTED,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
  },
};

const corsHeaders = (response: Response) =>
  [...response.headers.keys()].filter((name) => name.startsWith("access-control-"));

describe("without origins", () => {
  const worker = startWorker();

  test("no answer has a CORS header", async () => {
    const response = await worker.get("/healthz", undefined, { Origin: LISTED });
    expect(corsHeaders(response)).toEqual([]);
    expect(response.headers.has("Vary")).toBe(false);
  });

  test("a preflight is a wrong method", async () => {
    const response = await worker.request("/v1/translate", PREFLIGHT);
    expect(response.status).toBe(405);
    expect(corsHeaders(response)).toEqual([]);
  });
});

describe("with origins", () => {
  const settings = { CORS_ORIGINS: `${LISTED}, http://localhost:5173` };
  const worker = startWorker({ env: settings });

  test("a listed origin may read answers and the exposed headers", async () => {
    for (const origin of [LISTED, "http://localhost:5173"]) {
      const { headers } = await worker.get("/healthz", undefined, { Origin: origin });
      expect(headers.get("Access-Control-Allow-Origin")).toBe(origin);
      expect(headers.get("Access-Control-Expose-Headers")?.split(",")).toEqual([
        "WWW-Authenticate",
        "ETag",
        "Retry-After",
        "X-Request-Id",
      ]);
      expect(headers.has("Access-Control-Allow-Credentials")).toBe(false);
      expect(headers.get("Vary")).toBe("Origin");
    }
  });

  test("another origin may not, however alike, and none is echoed", async () => {
    const others = [
      `${LISTED}.evil.example`,
      "http://app.example.org",
      `${LISTED}:8443`,
      "https://example.org",
      "null",
    ];
    for (const origin of others) {
      const { headers } = await worker.get("/healthz", undefined, { Origin: origin });
      expect(headers.has("Access-Control-Allow-Origin")).toBe(false);
      expect(headers.get("Vary")).toBe("Origin");
    }
  });

  test("a preflight of a listed origin is answered for a day, at any path", async () => {
    for (const path of ["/v1/translate", "/oauth/token", "/v1/account"]) {
      const { status, headers } = await worker.request(path, PREFLIGHT);
      expect(status).toBe(204);
      expect(headers.get("Access-Control-Allow-Origin")).toBe(LISTED);
      expect(headers.get("Access-Control-Allow-Methods")?.split(",")).toEqual(
        expect.arrayContaining(["GET", "POST", "PUT", "PATCH", "DELETE"]),
      );
      expect(headers.get("Access-Control-Allow-Headers")?.toLowerCase().split(",")).toEqual(
        expect.arrayContaining(["authorization", "content-type", "if-none-match", "x-request-id"]),
      );
      expect(headers.get("Access-Control-Max-Age")).toBe("86400");
      expect(headers.get("X-Request-Id")).not.toBeNull();
    }
  });

  test("a preflight of another origin allows it nothing", async () => {
    const headers = { ...PREFLIGHT.headers, Origin: "https://evil.example" };
    const response = await worker.request("/v1/translate", { ...PREFLIGHT, headers });
    expect(response.headers.has("Access-Control-Allow-Origin")).toBe(false);
  });

  test("errors can be read as well: 400, 401, 404, 405", async () => {
    for (const [status, path, method] of [
      [400, "/healthz?deep=2", "GET"],
      [401, "/v1/account", "GET"],
      [404, "/nowhere", "GET"],
      [405, "/healthz", "POST"],
      [415, "/oauth/token", "POST"],
    ] as const) {
      const response = await worker.request(path, { method, headers: { Origin: LISTED } });
      expect(response.status).toBe(status);
      expect(response.headers.get("Access-Control-Allow-Origin")).toBe(LISTED);
      expect(response.headers.get("Access-Control-Expose-Headers")).toContain("WWW-Authenticate");
    }
  });

  test("so can 503 and a thrown 500", async () => {
    const { access_token } = await worker.signIn();
    for (const [status, fault] of [
      [503, "D1_ERROR: gone"],
      [500, "D1_ERROR: no such table: SQLITE_ERROR"],
    ] as const) {
      const broken = startWorker({ env: { ...settings, DB: aroundDb(env.DB, failing(fault)) } });
      const response = await broken.get("/v1/account", access_token, { Origin: LISTED });
      expect(response.status).toBe(status);
      expect(response.headers.get("Access-Control-Allow-Origin")).toBe(LISTED);
    }
  });

  test("a route's own Vary stays beside Origin", async () => {
    const { access_token } = await worker.signIn();
    const response = await worker.get("/v1/languages", access_token, { Origin: LISTED });
    expect(response.headers.get("Vary")).toBe("Accept-Language, Origin");
  });
});
