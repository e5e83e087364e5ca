/** Under `/oauth/` every error has RFC 6749's shape, also those that any route can have. */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { APP_GRANT } from "../../src/auth/token-request.ts";
import { aroundDb, failing } from "../bindings.ts";
import { newApp, startWorker } from "../worker.ts";

const worker = startWorker();
const form = { "Content-Type": "application/x-www-form-urlencoded" };

async function expectOAuthError(response: Response, status: number, error: string): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get("Content-Type")).toBe("application/json");
  expect(response.headers.get("Cache-Control")).toBe("no-store");
  const body = await response.json<Record<string, unknown>>();
  expect(Object.keys(body)).toEqual(["error", "error_description"]);
  expect(body.error).toBe(error);
  // RFC 6749 section 5.2: printable ASCII but the quotation mark and the backslash.
  expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
}

const REFUSED: readonly (readonly [string, string, RequestInit, number])[] = [
  ["an unknown path", "/oauth/introspect", { method: "POST" }, 404],
  ["a wrong method", "/oauth/token", {}, 405],
  ["a body that is too large", "/oauth/token", { method: "POST", headers: form, body: "x".repeat(8193) }, 413],
  [
    "a wrong content type",
    "/oauth/token",
    { method: "POST", body: "<a/>", headers: { "Content-Type": "text/xml" } },
    415,
  ],
  ["no content type", "/oauth/revoke", { method: "POST", body: new Uint8Array([123, 125]) }, 415],
  ["bad JSON", "/oauth/token", { method: "POST", body: '{"a"', headers: { "Content-Type": "application/json" } }, 400],
  [
    "a form that is not UTF-8",
    "/oauth/token",
    { method: "POST", headers: form, body: new Uint8Array([97, 61, 0xff]) },
    400,
  ],
  [
    "a form whose escapes are not UTF-8",
    "/oauth/token",
    { method: "POST", headers: form, body: "grant_type=refresh_token&refresh_token=caf%E9" },
    400,
  ],
  ["a repeated parameter", "/oauth/token", { method: "POST", headers: form, body: "code=1&code=2" }, 400],
  ["an empty body", "/oauth/token", { method: "POST", headers: form, body: "" }, 400],
];

describe("the token endpoints answer", () => {
  test.each(REFUSED)("%s (%s) in RFC 6749's shape", async (_, path, init, status) => {
    await expectOAuthError(await worker.request(path, init), status, "invalid_request");
  });

  test("a wrong method with Allow", async () => {
    expect((await worker.get("/oauth/revoke")).headers.get("Allow")).toBe("POST");
  });

  test("which parameter is repeated", async () => {
    const response = await worker.request("/oauth/token", { method: "POST", headers: form, body: "code=1&code=2" });
    const { error_description } = await response.json<{ error_description: string }>();
    expect(error_description).toContain("code: is repeated");
  });

  test("a D1 that fails with 503, Retry-After and temporarily_unavailable", async () => {
    const { post } = startWorker({ env: { DB: aroundDb(env.DB, failing("D1_ERROR: network connection lost")) } });
    const response = await post("/oauth/token", { grant_type: APP_GRANT, ...newApp() });
    expect(response.headers.get("Retry-After")).toBe("5");
    await expectOAuthError(response, 503, "temporarily_unavailable");
  });

  test("an unexpected fault with 500 and server_error, and no word of it", async () => {
    const fault = "D1_ERROR: no such column: secret_hash: SQLITE_ERROR";
    const { post, lines } = startWorker({ env: { DB: aroundDb(env.DB, failing(fault)) } });
    const response = await post("/oauth/token", { grant_type: APP_GRANT, ...newApp() });
    expect(await response.clone().text()).not.toContain("secret_hash");
    await expectOAuthError(response, 500, "server_error");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ code: "internal", error: fault });
  });

  test("a rate limit with 429, Retry-After and slow_down", async () => {
    const full = { limit: async () => ({ success: false }) };
    const limited = startWorker({ env: { RATE_LIMITS: "on", ANONYMOUS_LIMIT: full } });
    const response = await limited.post("/oauth/token", { grant_type: APP_GRANT, ...newApp() });
    expect(response.headers.get("Retry-After")).toBe("60");
    expect(response.headers.get("RateLimit-Policy")).toBe('"anonymous";q=100;w=60');
    await expectOAuthError(response, 429, "slow_down");
  });
});
