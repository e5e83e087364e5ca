/** The settings that are addresses: ISSUER, the provider's endpoint, CORS origins. */
import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { GOOD_SETTINGS } from "./with-secrets.ts";

const read = (settings: object) => readConfig({ ...GOOD_SETTINGS, ...settings });
const issuerOf = (ISSUER: string) => read({ ISSUER }).issuer;
const endpointOf = (AZURE_TRANSLATOR_ENDPOINT: string) =>
  read({ AZURE_TRANSLATOR_KEY: "key", AZURE_TRANSLATOR_ENDPOINT }).azure?.endpoint;

describe("ISSUER", () => {
  test.each([
    ["https://edge.example.org", "https://edge.example.org"],
    ["https://edge.example.org/", "https://edge.example.org"],
    [" https://Edge.Example.org:443 ", "https://edge.example.org"],
    ["https://edge.example.org:8443", "https://edge.example.org:8443"],
    ["http://localhost:8787", "http://localhost:8787"],
    ["http://127.0.0.1:8787", "http://127.0.0.1:8787"],
    ["http://[::1]:8787", "http://[::1]:8787"],
    ["http://192.168.1.20:8787", "http://192.168.1.20:8787"],
    ["http://10.0.2.2", "http://10.0.2.2"],
    ["http://172.16.0.1", "http://172.16.0.1"],
    ["http://172.31.255.1", "http://172.31.255.1"],
    ["http://laptop.local:8787", "http://laptop.local:8787"],
  ])("%s is the origin %s", (setting, issuer) => {
    expect(issuerOf(setting)).toBe(issuer);
  });

  test("of https means that only https is served", () => {
    expect(read({ ISSUER: "https://edge.example.org" }).httpsOnly).toBe(true);
    expect(read({ ISSUER: "http://localhost:8787" }).httpsOnly).toBe(false);
  });

  test.each([
    "http://edge.example.org",
    "http://172.15.0.1",
    "http://172.32.0.1",
    "http://11.0.0.1",
    "http://192.169.1.1",
    "http://localhost.example.org",
    "http://10.0.0.1.example.org",
    "http://notlocal",
    "ftp://localhost",
  ])("%s is refused: not https, and not local", (setting) => {
    expect(() => issuerOf(setting)).toThrow("ISSUER must be https, or http on a local host");
  });

  test.each([
    "https://edge.example.org/v1",
    "https://edge.example.org/?a=b",
    "https://edge.example.org/#a",
    "https://user@edge.example.org",
    "https://user:word@edge.example.org",
    "https://:word@edge.example.org",
  ])("%s is refused: more than an origin", (setting) => {
    expect(() => issuerOf(setting)).toThrow("ISSUER must be an origin: no path, query or credentials");
  });

  test.each(["edge.example.org", "https://", "//edge.example.org"])("%s is refused: no address", (setting) => {
    expect(() => issuerOf(setting)).toThrow("ISSUER must be an absolute address");
  });
});

describe("the provider's endpoint", () => {
  test("is the global one where only the key is set, without a region", () => {
    expect(read({ AZURE_TRANSLATOR_KEY: " key ", AZURE_TRANSLATOR_REGION: "" }).azure).toEqual({
      endpoint: "https://api.cognitive.microsofttranslator.com",
      region: undefined,
      key: "key",
    });
  });

  test("is nothing without a key, whatever else is set", () => {
    const settings = { AZURE_TRANSLATOR_ENDPOINT: "https://a.example", AZURE_TRANSLATOR_REGION: "westeurope" };
    for (const key of [undefined, "", "  "])
      expect(read({ ...settings, AZURE_TRANSLATOR_KEY: key }).azure).toBeUndefined();
  });

  test.each([
    ["https://api-eur.cognitive.microsofttranslator.com/", "https://api-eur.cognitive.microsofttranslator.com"],
    ["https://mine.cognitiveservices.azure.com", "https://mine.cognitiveservices.azure.com/translator/text/v3.0"],
    ["https://mine.cognitiveservices.azure.com/", "https://mine.cognitiveservices.azure.com/translator/text/v3.0"],
    [
      "https://mine.cognitiveservices.azure.com/translator/text/v3.0/",
      "https://mine.cognitiveservices.azure.com/translator/text/v3.0",
    ],
    ["http://127.0.0.1:8790", "http://127.0.0.1:8790"],
    ["https://gateway.example.org/azure//", "https://gateway.example.org/azure"],
  ])("%s is asked at %s", (setting, endpoint) => {
    expect(endpointOf(setting)).toBe(endpoint);
  });

  test("is refused over plain http, but locally: it is sent the key", () => {
    expect(() => endpointOf("http://mine.cognitiveservices.azure.com")).toThrow(
      "AZURE_TRANSLATOR_ENDPOINT must be https",
    );
    expect(() => endpointOf("mine.cognitiveservices.azure.com")).toThrow("must be an absolute address");
  });
});

describe("CORS_ORIGINS", () => {
  test("is a list with commas, spaces allowed", () => {
    const CORS_ORIGINS = " https://a.example , http://localhost:5173,,";
    expect(read({ CORS_ORIGINS }).corsOrigins).toEqual(["https://a.example", "http://localhost:5173"]);
    expect(read({ CORS_ORIGINS: "" }).corsOrigins).toEqual([]);
  });

  test.each([
    "*",
    "null",
    "a.example",
    "https://a.example/",
    "https://A.example",
    "https://a.example:443",
    "https://*.a.example/x",
  ])("%s is refused: a browser would never send it as an origin", (origin) => {
    expect(() => read({ CORS_ORIGINS: `https://ok.example,${origin}` })).toThrow(
      "CORS_ORIGINS.1 must be a list of origins",
    );
  });
});
