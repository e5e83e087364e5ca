/**
 * Attacks on the verification of access tokens. Wherever an attack can be signed with the right key it is, so that
 * nothing but the check it is about can refuse it.
 */
import { SignJWT } from "jose";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { createVerifier } from "../../src/auth/access-token.ts";
import { utf8 } from "../../src/encoding.ts";
import { signedIn, startEdge, tokensOf } from "./edge.ts";
import {
  CLAIMS,
  type Claims,
  type Deployment,
  hmacSigned,
  ISSUED_AT,
  newDeployment,
  POLICY,
  unsigned,
} from "./forge.ts";

let ours: Deployment;
let theirs: Deployment;
beforeAll(async () => {
  [ours, theirs] = [await newDeployment(), await newDeployment()];
});

/** Whether a fresh isolate of ours takes a token, by default at the time it was issued. */
const accepted = async (token: string, atSeconds = ISSUED_AT) =>
  (await createVerifier()(ours.keys, POLICY, token, atSeconds * 1000)) !== undefined;

it("the token that the attacks start from is good", async () => {
  expect(await createVerifier()(ours.keys, POLICY, await ours.sign(), ISSUED_AT * 1000)).toEqual({
    accountId: CLAIMS.sub,
    sessionId: CLAIMS.sid,
    deviceId: CLAIMS.client_id,
    authTime: ISSUED_AT,
    proved: false,
    expiresAt: ISSUED_AT + 900,
  });
});

describe("refused for its signature", () => {
  it("none at all, in each spelling", async () => {
    for (const alg of ["none", "None", "NONE", "nOnE", ""]) {
      const token = unsigned({ alg, typ: "at+jwt", kid: ours.jwk.kid });
      for (const forged of [token, token.slice(0, -1), `${token}${"A".repeat(86)}`]) {
        expect(await accepted(forged), alg).toBe(false);
      }
    }
  });

  it("HS256 with the public key for a secret, in whatever form it is known", async () => {
    const { publicJwk, jwk } = ours;
    const secrets = [JSON.stringify(publicJwk), publicJwk.x, `${publicJwk.x}${publicJwk.y}`, jwk.kid];
    for (const secret of secrets) {
      expect(await accepted(await hmacSigned(utf8(secret.padEnd(32)), { typ: "at+jwt", kid: jwk.kid }))).toBe(false);
    }
  });

  it("another key's, under its own kid, under ours and under none", async () => {
    for (const kid of [theirs.jwk.kid, ours.jwk.kid, undefined]) {
      expect(await accepted(await theirs.sign(CLAIMS, { kid }))).toBe(false);
    }
  });

  it("ours over something else, all zeros, and DER in place of two plain numbers", async () => {
    const token = await ours.sign();
    const [header, payload = "", signature = ""] = token.split(".");
    const promoted = await ours.sign({ ...CLAIMS, sub: "another account" });
    expect(await accepted([header, promoted.split(".")[1], signature].join("."))).toBe(false);
    expect(await accepted([header, payload, "A".repeat(86)].join("."))).toBe(false);
    expect(await accepted([header, payload, `MEUCIQ${signature}`].join("."))).toBe(false);
  });

  it("a kid that is not known, absent, or of another type", async () => {
    for (const kid of ["unknown", undefined, null, 1, [ours.jwk.kid], "__proto__"]) {
      expect(await accepted(await ours.sign(CLAIMS, { kid }))).toBe(false);
    }
  });
});

describe("refused for its header", () => {
  it("one that brings a key or says where to fetch it, and nothing is fetched", async () => {
    const fetched = vi.spyOn(globalThis, "fetch");
    const brought = [
      { jwk: theirs.publicJwk },
      { jku: "https://attacker.example/jwks.json" },
      { x5u: "https://attacker.example/cert.pem" },
      { x5c: ["MIIB"] },
    ];
    for (const header of brought) {
      for (const kid of [theirs.jwk.kid, ours.jwk.kid, undefined]) {
        expect(await accepted(await theirs.sign(CLAIMS, { ...header, kid }))).toBe(false);
      }
      expect(await accepted(await ours.sign(CLAIMS, header))).toBe(false);
    }
    expect(fetched).not.toHaveBeenCalled();
  });

  it("one that demands an extension", async () => {
    for (const header of [
      { crit: ["exp"] },
      { crit: ["b64"], b64: true },
      { b64: true },
      { crit: [] },
      { zip: "DEF" },
    ]) {
      expect(await accepted(await ours.sign(CLAIMS, header)), JSON.stringify(header)).toBe(false);
    }
  });

  it("another typ, or none", async () => {
    for (const typ of ["JWT", "link+jwt", "at+jws", "", undefined, 1]) {
      expect(await accepted(await ours.sign(CLAIMS, { typ })), `${typ}`).toBe(false);
    }
  });

  it("another alg than the key's", async () => {
    for (const alg of ["ES384", "RS256", "EdDSA", "HS256", undefined]) {
      expect(await accepted(await ours.sign(CLAIMS, { alg })), `${alg}`).toBe(false);
    }
  });
});

describe("refused for its claims", () => {
  const refuses = async (claims: Claims) =>
    expect(await accepted(await ours.sign({ ...CLAIMS, ...claims })), JSON.stringify(claims)).toBe(false);

  it("another issuer, however alike", async () => {
    for (const iss of [
      "https://edge.example/",
      "http://edge.example",
      "https://EDGE.example",
      "",
      ["https://edge.example"],
    ])
      await refuses({ iss });
  });

  it("another audience, and a list that holds ours", async () => {
    for (const aud of ["other", "Pidging", "", ["other"], ["pidging"], ["pidging", "other"], []])
      await refuses({ aud });
  });

  it.each(Object.keys(CLAIMS))("a %s that is missing", async (name) => {
    await refuses({ [name]: undefined });
  });

  it("ids and times of other types", async () => {
    for (const name of ["sub", "sid", "client_id"])
      for (const value of [1, null, [], {}]) await refuses({ [name]: value });
    for (const name of ["iat", "exp", "auth_time"]) {
      for (const value of ["1780000000", null, [], {}]) await refuses({ [name]: value });
    }
  });

  it("its time: 5 s after exp, and more than 5 s before iat", async () => {
    const token = await ours.sign();
    const exp = ISSUED_AT + 900;
    expect([await accepted(token, exp + 4), await accepted(token, exp + 5)]).toEqual([true, false]);
    expect([await accepted(token, ISSUED_AT - 5), await accepted(token, ISSUED_AT - 6)]).toEqual([true, false]);
  });

  it("claims that are no object", async () => {
    for (const claims of ["text", 1, null, [CLAIMS]])
      expect(await accepted(await ours.sign(claims as never))).toBe(false);
  });
});

describe("refused for its form", () => {
  it("dots and spaces too many or too few, padding, other alphabets, and JSON", async () => {
    const token = await ours.sign();
    const [header, payload, signature] = token.split(".");
    const forms = [
      `${token}.`,
      `.${token}`,
      `${header}..${payload}.${signature}`,
      `${header}.${payload}..${signature}`,
      `${header}.${payload}`,
      `${header}.${payload}.`,
      `${header}.${payload}.${signature}.${signature}`,
      `${header}.${payload}.${signature}.${signature}.${signature}`,
      ` ${token}`,
      `${token}\n`,
      `${token}==`,
      `${header}=.${payload}.${signature}`,
      `${header}.${payload} .${signature}`,
      token.replace(".", "%2E"),
      JSON.stringify({ protected: header, payload, signature }),
      "",
      ".",
      "..",
    ];
    for (const form of forms) expect(await accepted(form), form.slice(0, 20)).toBe(false);
  });

  it("base64url whose spare bits are not zero", async () => {
    const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const token = await ours.sign();
    const last = ALPHABET.indexOf(token.slice(-1));
    for (const spare of [1, 2, 3, 7, 15]) {
      expect(await accepted(token.slice(0, -1) + ALPHABET.charAt(last ^ spare))).toBe(false);
    }
  });

  it("more than 2 KiB, unread", async () => {
    const signatures = vi.spyOn(crypto.subtle, "verify");
    const sized = async (bytes: number) => {
      const bare = (await ours.sign({ ...CLAIMS, pad: "" })).length;
      return ours.sign({ ...CLAIMS, pad: "x".repeat(Math.floor(((bytes - bare) * 3) / 4)) });
    };
    const [small, large, huge] = [await sized(2000), await sized(2100), await sized(1_048_576)];
    expect([small.length < 2048, large.length > 2048, huge.length > 1_000_000]).toEqual([true, true, true]);
    expect([await accepted(small), await accepted(large), await accepted(huge)]).toEqual([true, false, false]);
    expect(signatures).toHaveBeenCalledTimes(1);
  });
});

describe("refused over HTTP", () => {
  it("a refresh token as an access token, and an access token as a refresh token", async () => {
    const edge = startEdge();
    const { tokens } = await signedIn(edge);
    expect(await edge.status(tokens.refresh_token)).toBe(401);
    expect((await edge.refresh(tokens.access_token)).status).toBe(400);
    expect(await edge.status((await tokensOf(await edge.refresh(tokens.refresh_token))).access_token)).toBe(200);
  });

  it("the token of another deployment with the same issuer, and one with our key's id", async () => {
    const edge = startEdge();
    const { tokens } = await signedIn(edge);
    const other = startEdge({ SIGNING_KEYS: JSON.stringify([theirs.jwk]) });
    expect(await edge.status((await other.signIn()).access_token)).toBe(401);
    const [header = ""] = tokens.access_token.split(".");
    const claims = { ...CLAIMS, iss: "http://localhost:8787", sub: tokens.account_id, sid: tokens.session_id };
    const forged = await new SignJWT({ ...claims, iat: edge.now() / 1000, exp: edge.now() / 1000 + 900 })
      .setProtectedHeader(JSON.parse(atob(header)))
      .sign(theirs.jwk);
    expect(await edge.status(forged)).toBe(401);
  });
});
