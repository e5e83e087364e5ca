/**
 * Stamps: an entry's revision as clients see it, `(epoch * 4096 + account tag) * 2^32 + revision`. A safe integer, never
 * zero, and opaque to them; to the server it tells a cursor of another account or from before a restore apart.
 */
import * as v from "valibot";
import type { AccountId } from "../auth/ids.ts";

/** A stamp as it travels. */
export type Stamp = number;

const REVISIONS = 2 ** 32;
const TAGS = 4096;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** 12 bits of the account's id: its first two characters. */
export function accountTag(account: AccountId): number {
  return ALPHABET.indexOf(account[0] ?? "") * 64 + ALPHABET.indexOf(account[1] ?? "");
}

/** What all stamps of an account in an epoch share. */
export function stampPrefix(epoch: number, tag: number): number {
  return epoch * TAGS + tag;
}

/** The stamp of a revision. */
export function stampOf(prefix: number, revision: number): Stamp {
  return prefix * REVISIONS + revision;
}

/** A stamp's parts. */
export function partsOf(stamp: Stamp): {
  readonly epoch: number;
  readonly tag: number;
  readonly prefix: number;
  readonly revision: number;
} {
  const prefix = Math.floor(stamp / REVISIONS);
  return { epoch: Math.floor(prefix / TAGS), tag: prefix % TAGS, prefix, revision: stamp % REVISIONS };
}

/** A stamp, or 0 for none. */
export const StampOrZero = v.pipe(
  v.number("must be a stamp"),
  v.safeInteger("must be a stamp"),
  v.minValue(0, "must be a stamp"),
);
