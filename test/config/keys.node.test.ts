/** The two secrets that are keys: their form is checked where the configuration is read, so a bad deployment fails at once. */
import { describe, expect, test } from "vitest";
import { makeSigningKey, makeTokenSecret } from "../../scripts/keys/make.ts";
import { readConfig } from "../../src/config.ts";
import { GOOD_SETTINGS } from "./with-secrets.ts";

const KEY = await makeSigningKey();
const OTHER = await makeSigningKey();
const SECRET = makeTokenSecret();

function publicPart({ d: _, ...rest }: typeof KEY) {
  return rest;
}
const withKeys = (...keys: unknown[]) => readConfig({ ...GOOD_SETTINGS, SIGNING_KEYS: JSON.stringify(keys) });
const withTokenSecrets = (...secrets: unknown[]) =>
  readConfig({ ...GOOD_SETTINGS, TOKEN_SECRETS: JSON.stringify(secrets) });

describe("SIGNING_KEYS", () => {
  test("holds keys as `npm run keys` makes them, the first to sign", () => {
    expect(withKeys(KEY, OTHER).signingKeys.map(({ x }) => x)).toEqual([KEY.x, OTHER.x]);
  });

  test("may hold a key that is only public, after the first", () => {
    expect(withKeys(KEY, publicPart(OTHER)).signingKeys[1]?.d).toBeUndefined();
    expect(() => withKeys(publicPart(KEY), OTHER)).toThrow("SIGNING_KEYS must begin with a private key");
  });

  test("may leave alg, use and key_ops out", () => {
    const { kty, crv, x, y, d } = KEY;
    expect(withKeys({ kty, crv, x, y, d }).signingKeys).toHaveLength(1);
  });

  test.each([
    ["use", { use: "enc" }, "use must be for signatures"],
    ["alg", { alg: "ES384" }, "alg must be for ES256"],
    ["kty", { kty: "RSA" }, "kty must be an EC key"],
    ["kty, symmetric", { kty: "oct" }, "kty must be an EC key"],
    ["crv", { crv: "P-384" }, "crv must be on the curve P-256"],
    ["x", { x: KEY.x.slice(1) }, "x must be a P-256 key's coordinate"],
    ["y, padded", { y: `${KEY.y}=` }, "y must be a P-256 key's coordinate"],
    ["d", { d: "" }, "d must be a P-256 key's coordinate"],
    ["key_ops of another use", { key_ops: ["encrypt"] }, "must be for signing"],
    ["key_ops that forbid signing", { key_ops: ["verify"] }, "must be for signing"],
  ])("is refused for another %s", (_, change, fault) => {
    expect(() => withKeys({ ...KEY, ...change })).toThrow(fault);
    expect(() => withKeys(OTHER, { ...KEY, ...change })).toThrow(`SIGNING_KEYS.1`);
  });

  test("may say what the key is for", () => {
    expect(
      withKeys({ ...KEY, key_ops: ["sign"] }, { ...publicPart(OTHER), key_ops: ["verify"] }).signingKeys,
    ).toHaveLength(2);
    expect(() => withKeys(KEY, { ...publicPart(OTHER), key_ops: ["sign"] })).toThrow("must be for verifying");
  });

  test("holds no key twice, not even once private and once public", () => {
    expect(() => withKeys(KEY, OTHER, KEY)).toThrow("SIGNING_KEYS holds one key twice");
    expect(() => withKeys(KEY, publicPart(KEY))).toThrow("SIGNING_KEYS holds one key twice");
  });

  test("holds a key", () => {
    expect(() => withKeys()).toThrow("SIGNING_KEYS must hold a key");
  });

  test.each(["", "not json", "{}", "null", "[1]", '"key"', JSON.stringify(KEY)])(
    "is refused where it is no array of JWKs (case %#)",
    (text) => {
      expect(() => readConfig({ ...GOOD_SETTINGS, SIGNING_KEYS: text })).toThrow(/SIGNING_KEYS(\.0)? must be/);
    },
  );

  test("keeps nothing of a key but what is needed", () => {
    expect(Object.keys(withKeys({ ...KEY, note: "spare" }).signingKeys[0] ?? {})).not.toContain("note");
  });
});

describe("TOKEN_SECRETS", () => {
  test("holds secrets with ids, the first to make new tokens", () => {
    const older = makeTokenSecret([SECRET.id]);
    expect(withTokenSecrets(SECRET, older).tokenSecrets).toEqual([SECRET, older]);
  });

  test.each([
    ["an id that is too long", { id: "a".repeat(9) }, "id must be 1 to 8 letters or digits"],
    ["an empty id", { id: "" }, "id must be 1 to 8 letters or digits"],
    ["an id with a dot, which parts a token", { id: "a.b" }, "id must be 1 to 8 letters or digits"],
    ["31 bytes", { secret: "A".repeat(42) }, "secret must be 32 bytes in base64url"],
    ["33 bytes", { secret: "A".repeat(44) }, "secret must be 32 bytes in base64url"],
    ["base64 of the other alphabet", { secret: `${"A".repeat(42)}+` }, "secret must be 32 bytes in base64url"],
  ])("is refused for %s", (_, change, fault) => {
    expect(() => withTokenSecrets({ ...SECRET, ...change })).toThrow(`TOKEN_SECRETS.0.${fault}`);
  });

  test("holds no id and no secret twice", () => {
    const { secret } = makeTokenSecret();
    expect(() => withTokenSecrets(SECRET, { ...SECRET, secret })).toThrow("TOKEN_SECRETS holds one id twice");
    expect(() => withTokenSecrets(SECRET, { ...SECRET, id: "other" })).toThrow("TOKEN_SECRETS holds one secret twice");
  });

  test("holds a secret", () => {
    expect(() => withTokenSecrets()).toThrow("TOKEN_SECRETS must hold a secret");
    expect(() => withTokenSecrets("secret")).toThrow("TOKEN_SECRETS.0");
  });
});
