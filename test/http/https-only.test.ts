/** With an https issuer plain http is refused and never redirected; with a local http issuer any address works. */
import { describe, expect, test } from "vitest";
import { newApp, startWorker } from "../worker.ts";

const HTTPS = {
  ISSUER: "https://edge.example.org",
  RATE_LIMITS: "on",
  ANONYMOUS_LIMIT: undefined,
  CALLER_LIMIT: undefined,
};

describe("with an https issuer", () => {
  const worker = startWorker({ env: HTTPS });

  test("plain http is 403, whatever is asked, and never redirected", async () => {
    for (const path of ["/", "/healthz", "/v1/account", "/nowhere"]) {
      const response = await worker.request(`http://edge.example.org${path}`, { redirect: "manual" });
      expect(response.status).toBe(403);
      expect(response.headers.has("Location")).toBe(false);
      expect(response.headers.get("X-Request-Id")).not.toBeNull();
      expect(await response.json()).toMatchObject({ code: "https_required" });
    }
  });

  test("plain http at the token endpoint is 403 in RFC 6749's shape", async () => {
    const response = await worker.form("http://edge.example.org/oauth/token", { grant_type: "x", ...newApp() });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: "invalid_request" });
  });

  test("https is served, with HSTS, on errors as well", async () => {
    for (const [path, status] of [
      ["/healthz", 200],
      ["/v1/account", 401],
      ["/nowhere", 404],
    ] as const) {
      const response = await worker.request(`https://edge.example.org${path}`);
      expect(response.status).toBe(status);
      expect(response.headers.get("Strict-Transport-Security")).toBe("max-age=31536000");
    }
  });

  test("the metadata's links begin with the issuer, whatever address was asked", async () => {
    const response = await worker.request("https://other.example.org/.well-known/oauth-authorization-server");
    expect(await response.json()).toMatchObject({
      issuer: "https://edge.example.org",
      token_endpoint: "https://edge.example.org/oauth/token",
      jwks_uri: "https://edge.example.org/.well-known/jwks.json",
    });
  });
});

describe("with a local http issuer", () => {
  const worker = startWorker({ env: { ISSUER: "http://localhost:8787" } });

  test("any address works, without HSTS: a phone on the LAN, the Android emulator, a tunnel", async () => {
    for (const origin of [
      "http://localhost:8787",
      "http://192.168.1.20:8787",
      "http://10.0.2.2",
      "https://t.example.org",
    ]) {
      const response = await worker.request(`${origin}/healthz`);
      expect(response.status).toBe(200);
      expect(response.headers.has("Strict-Transport-Security")).toBe(false);
    }
  });

  test("a token that was got at one address is good at another", async () => {
    const { access_token } = await worker.signIn();
    expect((await worker.get("http://10.0.2.2/v1/account", access_token)).status).toBe(200);
  });
});
