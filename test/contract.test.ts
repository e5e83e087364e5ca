/** The checker that holds every answer of the tests against the document: that it does fail where it should. */
import { describe, expect, test } from "vitest";
import { checkAnswer } from "./contract.ts";
import { ORIGIN } from "./worker.ts";

const HEADERS = { "Content-Type": "application/json", "X-Request-Id": "trip-42", "Server-Timing": "total;dur=0" };
const HEALTHY = { status: "ok", version: "1.0.0" };

/** Checks an answer to `GET /healthz`, or to another request, that is right but for what is given. */
const check = (
  { body = HEALTHY, ...change }: { body?: unknown; headers?: Record<string, string | undefined>; status?: number },
  path = "/healthz",
  method = "GET",
) => {
  const headers = Object.entries({ ...HEADERS, ...change.headers }).filter(
    (each): each is [string, string] => each[1] !== undefined,
  );
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return checkAnswer(
    new Request(ORIGIN + path, { method }),
    new Response(text, { status: change.status ?? 200, headers }),
  );
};

describe("the checker passes", () => {
  test("an answer as the document has it", async () => {
    await check({});
    await check({
      headers: { "RateLimit-Policy": "x", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store" },
    });
    await check({ headers: { "Access-Control-Allow-Origin": "https://app.example.org", Vary: "Origin" } });
  });

  test("a 404 and a 405 where the document has nothing", async () => {
    await check({ status: 404 }, "/nowhere");
    await check({ status: 405 }, "/healthz", "POST");
  });
});

describe("the checker fails", () => {
  test.each([
    ["a status that the document lacks", { status: 418 }, "no such status"],
    ["a header that the document lacks", { headers: { "X-Powered-By": "words" } }, "x-powered-by"],
    ["a Cache-Control that the document lacks", { headers: { "Cache-Control": "max-age=60" } }, "cache-control"],
    ["an answer without a request id", { headers: { "X-Request-Id": undefined } }, "X-Request-Id is missing"],
    ["an answer without Server-Timing", { headers: { "Server-Timing": undefined } }, "Server-Timing is missing"],
    ["a media type that the document lacks", { headers: { "Content-Type": "text/plain" } }, "no text/plain"],
    ["a field too many", { body: { ...HEALTHY, uptime: 1 } }, "uptime"],
    ["a field too few", { body: { status: "ok" } }, "version"],
    ["a field of another type", { body: { ...HEALTHY, version: 1 } }, "version"],
    ["a value that is not listed", { body: { ...HEALTHY, database: "slow" } }, "database"],
    ["a body that is no JSON", { body: "ok" }, "JSON"],
  ])("%s", async (_, change, fault) => {
    await expect(check(change)).rejects.toThrow(fault);
  });

  test("a field too many deep inside, and in a problem", async () => {
    const result = { to: "es", text: "pan", source: "memory" };
    const translated = (extra: object) => ({
      body: { translations: [{ text: "bread", results: [{ ...result, ...extra }] }], usage: { charactersBilled: 0 } },
    });
    await check(translated({}), "/v1/translate", "POST");
    await expect(check(translated({ cached: true }), "/v1/translate", "POST")).rejects.toThrow("cached");
    const problem = {
      type: "/problems/not_found",
      title: "",
      status: 404,
      detail: "",
      code: "not_found",
      requestId: "",
    };
    const change = { status: 404, headers: { "Content-Type": "application/problem+json" } };
    await check({ ...change, body: problem }, "/problems/none");
    await expect(check({ ...change, body: { ...problem, stack: "" } }, "/problems/none")).rejects.toThrow("stack");
    await expect(check({ ...change, body: { ...problem, code: "none" } }, "/problems/none")).rejects.toThrow("code");
  });

  test("a body where the document has none", async () => {
    await expect(check({ body: "gone" }, "/oauth/revoke", "POST")).rejects.toThrow("no body here");
  });

  test("an answer of a route that the document lacks", async () => {
    await expect(check({}, "/nowhere")).rejects.toThrow("not in the document");
    await expect(check({}, "/healthz", "DELETE")).rejects.toThrow("not in the document");
  });
});
