/**
 * The purpose keys that come from `TOKEN_SECRETS`: HKDF-SHA-256 (RFC 5869) with one label each, so that no key serves
 * two purposes. Whoever has a secret without the database and without a token can make nothing of it.
 */

import { base64url, utf8 } from "../encoding.ts";
import type { TokenSecret } from "../settings.ts";

/** The keys of one token secret. All are HMAC-SHA-256 keys and cannot be read out. */
export interface TokenKeys {
  readonly id: string;
  /** Makes the next refresh secret from the one before it. */
  readonly successor: CryptoKey;
  /** Authenticates a refresh token, so that junk is refused before any query. */
  readonly tag: CryptoKey;
  /** Hides address prefixes in counters. */
  readonly ip: CryptoKey;
  /** Hides email addresses in counters. */
  readonly email: CryptoKey;
  /** Stands for a transfer code, whose sixty bits are guessable offline. */
  readonly transferCode: CryptoKey;
}

async function purposeKey(secret: CryptoKey, label: string): Promise<CryptoKey> {
  const algorithm = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: utf8(label) };
  return crypto.subtle.deriveKey(algorithm, secret, { name: "HMAC", hash: "SHA-256", length: 256 }, false, ["sign"]);
}

/** The keys of every secret, in the configured order: the first makes new sessions, all verify. */
export async function deriveTokenKeys(secrets: readonly TokenSecret[]): Promise<readonly TokenKeys[]> {
  return Promise.all(
    secrets.map(async ({ id, secret }) => {
      const bytes = Uint8Array.fromBase64(secret, { alphabet: "base64url" });
      const base = await crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveKey"]);
      const [successor, tag, ip, email, transferCode] = await Promise.all([
        purposeKey(base, "refresh-successor"),
        purposeKey(base, "refresh-tag"),
        purposeKey(base, "ip"),
        purposeKey(base, "email"),
        purposeKey(base, "transfer-code"),
      ]);
      return { id, successor, tag, ip, email, transferCode };
    }),
  );
}

/** HMAC-SHA-256 of `text`. */
export async function hmac(key: CryptoKey, text: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8(text)));
}

/** What counters hold of an address prefix: a keyed hash under the first secret. No address is stored. */
export async function hashAddress([keys]: readonly TokenKeys[], prefix: string): Promise<string> {
  if (keys === undefined) throw new TypeError("There is no token secret");
  return base64url((await hmac(keys.ip, prefix)).slice(0, 16));
}
