/**
 * Codes that people read and type: Crockford's base 32, which has no I, L, O and U. A transfer code is made here and is
 * short, so it is kept as an HMAC and lives ten minutes; a recovery code is made by the app, with 130 bits, and is kept as
 * its plain SHA-256.
 */
import { base64url, sha256 } from "../encoding.ts";
import { hmac, type TokenKeys } from "./token-keys.ts";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** Sixty bits. */
const TRANSFER_CHARACTERS = 12;

/** A recovery code as it is kept, once `foldCode` has been over it. */
export const RECOVERY_CODE = new RegExp(`^[${ALPHABET}]{26}$`);

/** A code as its owner meant it: any case, spaces and hyphens anywhere, O for 0, I and L for 1. */
export function foldCode(text: string): string {
  return text.toUpperCase().replaceAll(/[\s-]/g, "").replaceAll("O", "0").replaceAll(/[IL]/g, "1");
}

/** A new transfer code, in groups of four. */
export function newTransferCode(): string {
  const letters = [...crypto.getRandomValues(new Uint8Array(TRANSFER_CHARACTERS))].map((byte) => ALPHABET[byte % 32]);
  return letters.join("").replaceAll(/(.{4})(?=.)/g, "$1-");
}

/** What is kept of a transfer code, under every key: the first for a new one, any for one that is presented. */
export async function hashesOfTransferCode(allKeys: readonly TokenKeys[], code: string): Promise<readonly string[]> {
  const folded = foldCode(code);
  return Promise.all(allKeys.map(async (keys) => base64url(await hmac(keys.transferCode, folded))));
}

/** What is kept of a recovery code, whatever it looks like. */
export async function hashOfRecoveryCode(code: string): Promise<string> {
  return sha256(foldCode(code));
}
