// The secrets and the steps of their rotation, each checked with what a verifier would do.

import { calculateJwkThumbprint, importJWK, jwtVerify, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { currentEntries, takenIds } from "../../scripts/keys/current.ts";
import { FIRST_SECRETS, makeSigningKey, makeTokenSecret } from "../../scripts/keys/make.ts";
import {
  appendSigningKey,
  appendTokenSecret,
  dropSigningKeys,
  dropTokenSecrets,
  promoteSigningKey,
  promoteTokenSecret,
} from "../../scripts/keys/steps.ts";

describe("what is made", () => {
  it("is a private ES256 key that signs, named by its RFC 7638 thumbprint", async () => {
    const key = await makeSigningKey();
    expect(key).toMatchObject({ kty: "EC", crv: "P-256", alg: "ES256", use: "sig" });
    expect(key.kid).toBe(await calculateJwkThumbprint({ kty: key.kty, crv: key.crv, x: key.x, y: key.y }));
    const token = await new SignJWT({}).setProtectedHeader({ alg: "ES256" }).sign(await importJWK(key));
    const { d: _, ...published } = key;
    await expect(jwtVerify(token, await importJWK(published))).resolves.toBeDefined();
  });

  it("is a token secret of 32 bytes with an id of 1 to 8 letters or digits", () => {
    const { id, secret } = makeTokenSecret();
    expect(id).toMatch(/^[A-Za-z0-9]{1,8}$/);
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(Buffer.from(secret, "base64url")).toHaveLength(32);
    expect(makeTokenSecret().secret).not.toBe(secret);
  });

  it("begins as arrays of one", async () => {
    expect(JSON.parse(await FIRST_SECRETS.SIGNING_KEYS())).toHaveLength(1);
    expect(JSON.parse(await FIRST_SECRETS.TOKEN_SECRETS())).toHaveLength(1);
  });
});

describe("rotating the signing keys", () => {
  it("appends, moves to the front, drops the old, with the waits in between", async () => {
    const [old, fresh] = [await makeSigningKey(), await makeSigningKey()];
    const appended = appendSigningKey([old], fresh);
    if ("refused" in appended) throw new Error(appended.refused);
    expect(appended.value).toEqual([old, fresh]);
    expect(appended.next.join("\n")).toContain("Wait 15 minutes");

    const promoted = promoteSigningKey(appended.value);
    if ("refused" in promoted) throw new Error(promoted.refused);
    expect(promoted.value).toEqual([fresh, old]);
    expect(promoted.next.join("\n")).toMatch(/ACCESS_TTL_SECONDS, 15 minutes unless set\) and 5 minutes/);

    expect(dropSigningKeys(promoted.value)).toMatchObject({ secret: "SIGNING_KEYS", value: [fresh] });
  });

  it("refuses a step out of order", async () => {
    const key = await makeSigningKey();
    expect(appendSigningKey([key, key], key)).toHaveProperty("refused");
    expect(promoteSigningKey([key])).toHaveProperty("refused");
    expect(dropSigningKeys([key])).toHaveProperty("refused");
  });
});

describe("rotating the token secrets", () => {
  it("appends, moves to the front, drops all others, with the waits in between", () => {
    const [old, fresh] = [makeTokenSecret(), makeTokenSecret()];
    const appended = appendTokenSecret([old], fresh);
    expect(appended.value).toEqual([old, fresh]);
    expect(appended.next.join("\n")).toContain("Wait 5 minutes");

    const promoted = promoteTokenSecret(appended.value);
    if ("refused" in promoted) throw new Error(promoted.refused);
    expect(promoted.value).toEqual([fresh, old]);
    expect(promoted.next.join("\n")).toContain("180 days");

    expect(dropTokenSecrets(promoted.value)).toMatchObject({ secret: "TOKEN_SECRETS", value: [fresh] });
  });

  it("may begin again while sessions of an older secret live", () => {
    const [oldest, old, fresh] = [makeTokenSecret(), makeTokenSecret(), makeTokenSecret()];
    const promoted = promoteTokenSecret(appendTokenSecret([old, oldest], fresh).value);
    expect(promoted).toMatchObject({ value: [fresh, old, oldest] });
  });

  it("refuses a step out of order", () => {
    expect(promoteTokenSecret([makeTokenSecret()])).toHaveProperty("refused");
    expect(dropTokenSecrets([makeTokenSecret()])).toHaveProperty("refused");
  });
});

describe("the current value", () => {
  it("is found in a .dev.vars text and as a bare array", () => {
    const json = '[{"id":"a","secret":"x"}]';
    expect(currentEntries(`OTHER=1\nTOKEN_SECRETS='${json}'\n`, "TOKEN_SECRETS")).toEqual(JSON.parse(json));
    expect(currentEntries(` ${json}\n`, "TOKEN_SECRETS")).toEqual(JSON.parse(json));
  });

  it.each(["", "TOKEN_SECRETS=", "[]", "[1]", "[{", '[{"kid":"a signing key"}]'])(
    "is refused as %j, without repeating it",
    (text) => {
      const found = currentEntries(text, "TOKEN_SECRETS");
      expect(found).toHaveProperty("refused");
      if (text.length > 2) expect(JSON.stringify(found)).not.toContain("a signing key");
    },
  );

  it("gives the ids that are taken", () => {
    expect(takenIds([{ id: "a" }, { id: 1 }, null, { id: "b" }])).toEqual(["a", "b"]);
  });
});
