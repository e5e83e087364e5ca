/** Makes access tokens by hand, good and bad: whatever header and claims, signed with whichever key or not at all. */
import { SignJWT } from "jose";
import { makeSigningKey, type SigningKey } from "../../scripts/keys/make.ts";
import type { TokenPolicy } from "../../src/auth/access-token.ts";
import { importSigningKeys, type SigningKeys } from "../../src/auth/signing-keys.ts";
import { base64url, utf8 } from "../../src/encoding.ts";

export const POLICY: TokenPolicy = { issuer: "https://edge.example", audience: "pidging", ttlSeconds: 900 };
/** When forged tokens are issued, in seconds. */
export const ISSUED_AT = 1_780_000_000;

export type Claims = Readonly<Record<string, unknown>>;
export type Header = Readonly<Record<string, unknown>>;

/** Claims that are good for `POLICY`. */
export const CLAIMS: Claims = {
  iss: POLICY.issuer,
  aud: POLICY.audience,
  sub: "account-of-22-charactr",
  sid: "session-of-22-charactr",
  client_id: "device-of-22-character",
  jti: "token-of-22-characters",
  iat: ISSUED_AT,
  exp: ISSUED_AT + POLICY.ttlSeconds,
  auth_time: ISSUED_AT,
  scope: "app",
};

/** A deployment's one signing key, in the forms that attacks need. */
export interface Deployment {
  readonly jwk: SigningKey;
  readonly publicJwk: Omit<SigningKey, "d">;
  readonly keys: SigningKeys;
  /** Signs any header and claims; header fields that are `undefined` are left out. */
  sign(claims?: Claims, header?: Header): Promise<string>;
}

const part = (value: unknown) => base64url(utf8(JSON.stringify(value)));

/** A compact token without a signature. */
export const unsigned = (header: Header, claims: Claims = CLAIMS) => `${part(header)}.${part(claims)}.`;

/** A token with an HMAC over it, as the attack has it that uses a public key as the secret. */
export async function hmacSigned(secret: Uint8Array, header: Header): Promise<string> {
  return new SignJWT({ ...CLAIMS }).setProtectedHeader({ ...header, alg: "HS256" }).sign(secret);
}

/** A new deployment. */
export async function newDeployment(): Promise<Deployment> {
  const jwk = await makeSigningKey();
  const { d, ...publicJwk } = jwk;
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const { kty, crv, x, y } = jwk;
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y, d }, algorithm, false, ["sign"]);
  return {
    jwk,
    publicJwk,
    keys: await importSigningKeys([jwk]),
    async sign(claims = CLAIMS, header = {}) {
      const input = unsigned({ alg: "ES256", typ: "at+jwt", kid: jwk.kid, ...header }, claims).slice(0, -1);
      const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, utf8(input));
      return `${input}.${base64url(signature)}`;
    },
  };
}
