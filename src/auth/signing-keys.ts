/** The keys of access tokens, from `SIGNING_KEYS`: the first signs, all verify, all are published. */
import { type CryptoKey, calculateJwkThumbprint, importJWK } from "jose";
import type { SigningJwk } from "../settings.ts";

/** A key that verifies; its id is the RFC 7638 thumbprint. */
export interface VerifyingKey {
  readonly kid: string;
  readonly key: CryptoKey;
}

/** Everything that signing, verifying and publishing need. */
export interface SigningKeys {
  readonly signer: VerifyingKey;
  readonly verifiers: ReadonlyMap<string, CryptoKey>;
  /** The body of `/.well-known/jwks.json` (RFC 7517). */
  readonly jwks: { readonly keys: readonly PublicJwk[] };
}

interface PublicJwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: "ES256";
  readonly use: "sig";
}

async function imported(jwk: SigningJwk | PublicJwk): Promise<CryptoKey> {
  const { kty, crv, x, y } = jwk;
  const key = await importJWK({ kty, crv, x, y, ...("d" in jwk && jwk.d !== undefined ? { d: jwk.d } : {}) }, "ES256");
  if (key instanceof Uint8Array) throw new TypeError("An EC key cannot be symmetric");
  return key;
}

/** Imports the configured keys. Throws where a key is not a point on the curve or does not match its private part. */
export async function importSigningKeys(jwks: readonly SigningJwk[]): Promise<SigningKeys> {
  const published = await Promise.all(
    jwks.map(async ({ kty, crv, x, y }): Promise<PublicJwk> => {
      return { kty, crv, x, y, kid: await calculateJwkThumbprint({ kty, crv, x, y }), alg: "ES256", use: "sig" };
    }),
  );
  const verifiers = new Map<string, CryptoKey>();
  for (const jwk of published) verifiers.set(jwk.kid, await imported(jwk));
  const [first] = jwks;
  const kid = published[0]?.kid;
  if (first === undefined || kid === undefined) throw new TypeError("There is no signing key");
  return { signer: { kid, key: await imported(first) }, verifiers, jwks: { keys: published } };
}
