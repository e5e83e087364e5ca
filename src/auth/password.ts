/**
 * Passwords: how they are read, hashed and verified. scrypt of `node:crypto` is native in workerd, where it holds the
 * isolate up for as long as it takes: few at a time, the rest are told to come back. What is stored says how it was made, so
 * that old hashes stay good when the cost is raised. Which password an account has is the business of `password-store.ts`.
 */
import { scrypt } from "node:crypto";
import { HASHING_MS, HASHING_RETRY_SECONDS, HASHINGS_AT_ONCE, PASSWORD_CHARACTERS, PASSWORD_COST } from "../bounds.ts";
import { base64url, utf8 } from "../encoding.ts";
import { failed, type OAuthFailure } from "../errors.ts";

/** What a hash costs, as `PASSWORD_COST` says it. */
export type PasswordCost = Readonly<Record<keyof typeof PASSWORD_COST, number>>;

const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** Where there is no room for another hashing. */
export const BUSY: unique symbol = Symbol("busy");

/** What that is to a grant. */
export const TOO_BUSY = failed<OAuthFailure>({
  error: "temporarily_unavailable",
  description: "Too many passwords are being checked; nothing was consumed, try again.",
  retryAfterSeconds: HASHING_RETRY_SECONDS,
});

/** The password that was meant, however a keyboard composes it (RFC 8265 section 4.2.2, which refuses more than is refused here). */
export function foldPassword(text: string): string {
  return text.replaceAll(/\p{Zs}/gu, " ").normalize("NFC");
}

/** Whether a password, once folded, has a length that is taken. */
export function hasPasswordLength(folded: string): boolean {
  const count = [...folded].length;
  return count >= PASSWORD_CHARACTERS.least && count <= PASSWORD_CHARACTERS.most;
}

/** When the hashings began that are under way. They belong to the isolate, whose memory they share, and to no app in it. */
const underWay = new Set<{ readonly startedAt: number }>();

/** Runs `hashing` when there is room. It first lets the requests that wait go on, so that all see how many there are. */
async function inTurn<T>(now: number, hashing: () => Promise<T>): Promise<T | typeof BUSY> {
  for (const each of underWay) if (now - each.startedAt >= HASHING_MS) underWay.delete(each);
  if (underWay.size >= HASHINGS_AT_ONCE) return BUSY;
  const own = { startedAt: now };
  underWay.add(own);
  try {
    await new Promise((resolve) => setTimeout(resolve, 0));
    return await hashing();
  } finally {
    underWay.delete(own);
  }
}

function derive(password: string, salt: Uint8Array, { log2N, r, p }: PasswordCost): Promise<Uint8Array> {
  const N = 2 ** log2N;
  return new Promise((resolve, reject) => {
    // Twice what the blocks take, since the bound is on all that scrypt allocates.
    scrypt(utf8(foldPassword(password)), salt, HASH_BYTES, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

const format = ({ log2N, r, p }: PasswordCost, salt: string, hash: string) =>
  `scrypt$${log2N}$${r}$${p}$${salt}$${hash}`;

/** What is stored of a new password. `now` is milliseconds. */
export function hashPassword(
  password: string,
  now: number,
  cost: PasswordCost = PASSWORD_COST,
): Promise<string | typeof BUSY> {
  return inTurn(now, async () => {
    const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
    return format(cost, base64url(salt), base64url(await derive(password, salt, cost)));
  });
}

/** Stands in for an account that is not there, with zeros for salt and hash: as expensive to verify as any, and never right. */
export const NOBODYS_PASSWORD = format(PASSWORD_COST, "A".repeat(22), "A".repeat(43));

/** Whether a password is the stored one; and whether that was made at another cost than is usual now. */
export interface Verdict {
  readonly right: boolean;
  readonly outdated: boolean;
}

/** Verifies a password against what is stored. */
export function verifyPassword(password: string, stored: string, now: number): Promise<Verdict | typeof BUSY> {
  const [, log2N, r, p, salt = "", hash = ""] = stored.split("$");
  const cost = { log2N: Number(log2N), r: Number(r), p: Number(p) };
  const bytes = (text: string) => Uint8Array.fromBase64(text, { alphabet: "base64url" });
  return inTurn(now, async () => ({
    right: crypto.subtle.timingSafeEqual(await derive(password, bytes(salt), cost), bytes(hash)),
    outdated: cost.log2N !== PASSWORD_COST.log2N || cost.r !== PASSWORD_COST.r || cost.p !== PASSWORD_COST.p,
  }));
}
