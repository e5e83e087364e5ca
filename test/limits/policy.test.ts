/** `RateLimit-Policy`: every answer of a limited route names the limit that it was counted under, and no others do. */
import { describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { signedIn, startEdge } from "../auth/edge.ts";
import { newApp } from "../worker.ts";

const ANONYMOUS = '"anonymous";q=100;w=60';
const CALLER = '"caller";q=120;w=60';
const policyOf = (response: Response) => response.headers.get("RateLimit-Policy");

const edge = startEdge();
const { declarations } = createApp({ log: () => undefined, clock: Date.now });

describe("a caller that proves nothing", () => {
  const limited = declarations.filter(({ access }) => access !== "open");

  it.each(limited.map(({ method, path }) => [method.toUpperCase(), path] as const))(
    "is told of the limit by address: %s %s",
    async (method, path) => {
      const response = await edge.request(path.replaceAll(/:[a-z]+/gi, "x"), { method });
      expect(policyOf(response)).toBe(ANONYMOUS);
    },
  );

  it("whatever is wrong with what it sends", async () => {
    const answers = [
      await edge.post("/oauth/token", {}),
      await edge.refresh("junk"),
      await edge.post("/oauth/token", "x".repeat(9000)),
      await edge.request("/oauth/token", {
        method: "POST",
        body: "{",
        headers: { "Content-Type": "application/json" },
      }),
      await edge.request("/oauth/token", { method: "POST", body: "text" }),
      await edge.form("/oauth/revoke", { token: "junk" }),
      await edge.get("/v1/account", "junk"),
      await edge.appGrant(newApp()),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 413, 400, 415, 200, 401, 200]);
    for (const answer of answers) expect(policyOf(answer)).toBe(ANONYMOUS);
  });
});

it("a known session or account is told of the limit for callers, also where the answer is an error", async () => {
  const { tokens } = await signedIn(edge);
  const answers = [
    await edge.refresh(tokens.refresh_token),
    await edge.refresh(tokens.refresh_token, { ...newApp() }),
    await edge.get("/v1/account", tokens.access_token),
    await edge.post("/v1/translate", {}, tokens.access_token),
    await edge.revoke(tokens.refresh_token),
    await edge.get("/v1/account", tokens.access_token),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 400, 200, 400, 200, 401]);
  for (const answer of answers) expect(policyOf(answer)).toBe(CALLER);
});

it("an answer that says 429 names its limit", async () => {
  const full = { limit: async () => ({ success: false }) };
  const { tokens } = await signedIn(edge);
  const refusing = startEdge({ RATE_LIMITS: "on", ANONYMOUS_LIMIT: full, CALLER_LIMIT: full });
  const byAddress = [
    await refusing.refresh("junk"),
    await refusing.post("/oauth/token", 1),
    await refusing.get("/v1/account"),
  ];
  const byCaller = [
    await refusing.refresh(tokens.refresh_token),
    await refusing.get("/v1/account", tokens.access_token),
  ];
  for (const answer of byAddress) expect([answer.status, policyOf(answer)]).toEqual([429, ANONYMOUS]);
  for (const answer of byCaller) expect([answer.status, policyOf(answer)]).toEqual([429, CALLER]);
});

it("a route without a limit names none", async () => {
  for (const path of ["/", "/.well-known/jwks.json", "/openapi.json"])
    expect(policyOf(await edge.get(path))).toBeNull();
});
