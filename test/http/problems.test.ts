/** RFC 9457 problems: the body's shape by code, unknown paths and methods, and the page behind each `type`. */
import { describe, expect, test } from "vitest";
import { type Failure, problemResponse } from "../../src/errors.ts";
import { PROBLEMS, type ProblemCode } from "../../src/problems.ts";
import { startWorker } from "../worker.ts";

const CODES = Object.keys(PROBLEMS) as ProblemCode[];
const worker = startWorker();

describe("the problem of each code", () => {
  test.each(CODES)("%s: status, title, type, detail and id, not to be stored", async (code) => {
    const response = problemResponse({ code, detail: "So it is." }, "trip-42");
    const { status, title } = PROBLEMS[code];
    expect(response.status).toBe(status);
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(response.headers.has("WWW-Authenticate")).toBe(status === 401);
    expect(await response.json()).toEqual({
      type: `/problems/${code}`,
      title,
      status,
      detail: "So it is.",
      code,
      requestId: "trip-42",
    });
  });

  test("lists every fault, asks to wait, and names the methods, where the failure has them", async () => {
    const failure: Failure = {
      code: "rate_limited",
      detail: "Too fast.",
      retryAfterSeconds: 60,
      errors: [{ path: "to", message: "is missing" }],
      allow: ["GET", "HEAD"],
    };
    const response = problemResponse(failure, "trip-42");
    expect(response.headers.get("Retry-After")).toBe("60");
    expect(response.headers.get("Allow")).toBe("GET, HEAD");
    expect(await response.json()).toMatchObject({ errors: [{ path: "to", message: "is missing" }] });
  });

  test("401 is bare without a token, and names the error where one was sent", async () => {
    const challenge = async (token?: string) =>
      (await worker.get("/v1/account", token)).headers.get("WWW-Authenticate") ?? "";
    expect(await challenge()).toBe("Bearer");
    expect(await challenge("nonsense")).toMatch(/^Bearer error="invalid_token", error_description="[^"]+"$/);
  });
});

describe("the page behind a problem's type", () => {
  test.each(CODES)("/problems/%s explains it", async (code) => {
    const response = await worker.get(`/problems/${code}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
    const page = await response.text();
    expect(page).toContain(`<code>${code}</code> · HTTP ${PROBLEMS[code].status}`);
    expect(page).toContain(`<h1>${PROBLEMS[code].title}</h1>`);
    expect(page).toContain("<title>");
    expect(page).toMatch(/<\/h1><p>.{30,}<\/p>/);
    expect(page).not.toContain("`");
  });

  test("is 404 for a code that is none, the names of every object's members included", async () => {
    for (const code of ["nonsense", "constructor", "toString", "__proto__", "INTERNAL", "%3Cb%3E"]) {
      const response = await worker.get(`/problems/${code}`);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: "not_found" });
    }
  });
});

describe("an unknown path", () => {
  test("is 404, as a problem", async () => {
    for (const path of ["/nowhere", "/v1", "/v1/account/", "/v1/accounts", "/V1/account", "//healthz", "/oauth"]) {
      const response = await worker.request(path.startsWith("//") ? `http://localhost:8787${path}` : path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ type: "/problems/not_found", code: "not_found", status: 404 });
    }
  });
});

describe("a method that the path does not take", () => {
  test.each([
    ["POST", "/healthz", "GET, HEAD"],
    ["PUT", "/v1/account", "GET, HEAD, DELETE"],
    ["GET", "/v1/translate", "POST"],
    ["HEAD", "/v1/translate", "POST"],
    ["PUT", "/problems/internal", "GET, HEAD"],
    ["PATCH", "/.well-known/jwks.json", "GET, HEAD"],
    ["OPTIONS", "/v1/translate", "POST"],
    ["OPTIONS", "/", "GET, HEAD"],
  ])("%s %s is 405 with Allow: %s", async (method, path, allow) => {
    const response = await worker.request(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("Allow")).toBe(allow);
    if (method !== "HEAD") expect(await response.json()).toMatchObject({ code: "method_not_allowed" });
  });

  test("is 404 where the path's dots or parameters only seem to match", async () => {
    for (const path of ["/openapi-json", "/problems/a/b", "/problems/"]) {
      expect((await worker.request(path, { method: "PUT" })).status).toBe(404);
    }
  });
});
