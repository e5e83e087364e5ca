// Makes the secrets that auth needs: signing keys and token secrets, each in the form that the Worker's configuration
// checks. Storing and showing them is left to the commands.

import { randomBytes, randomInt } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";

/** A private ES256 key as it stands in `SIGNING_KEYS` (RFC 7517); `kid` is its RFC 7638 thumbprint. */
export type SigningKey = {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly alg: "ES256";
  readonly use: "sig";
  readonly kid: string;
  readonly x: string;
  readonly y: string;
  readonly d: string;
};

/** One entry of `TOKEN_SECRETS`. `id` is named by every refresh token made with it. */
export type TokenSecret = { readonly id: string; readonly secret: string };

/** 256 bits: the width of the HMAC that the purpose keys are derived with. */
const TOKEN_SECRET_BYTES = 32;
/** Within the 1 to 8 letters or digits of an id; six tell a handful of secrets apart and keep tokens short. */
const TOKEN_SECRET_ID_LENGTH = 6;
const TOKEN_SECRET_ID_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

/** A new private signing key. */
export async function makeSigningKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(privateKey);
  if (!jwk.x || !jwk.y || !jwk.d) throw new Error("the generated key has no private EC parameters");
  const kid = await calculateJwkThumbprint(jwk, "sha256");
  return { kty: "EC", crv: "P-256", alg: "ES256", use: "sig", kid, x: jwk.x, y: jwk.y, d: jwk.d };
}

/** A new token secret, its id unlike any of `taken`. */
export function makeTokenSecret(taken: readonly string[] = []): TokenSecret {
  let id: string;
  do {
    id = Array.from({ length: TOKEN_SECRET_ID_LENGTH }, () =>
      TOKEN_SECRET_ID_LETTERS.charAt(randomInt(TOKEN_SECRET_ID_LETTERS.length)),
    ).join("");
  } while (taken.includes(id));
  return { id, secret: randomBytes(TOKEN_SECRET_BYTES).toString("base64url") };
}

/** Makers of first values, by the secret's name: what a new deployment and a new `.dev.vars` begin with. */
export const FIRST_SECRETS: Readonly<Record<"SIGNING_KEYS" | "TOKEN_SECRETS", () => Promise<string>>> = {
  SIGNING_KEYS: async () => JSON.stringify([await makeSigningKey()]),
  TOKEN_SECRETS: async () => JSON.stringify([makeTokenSecret()]),
};
