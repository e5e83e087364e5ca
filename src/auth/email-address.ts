/** Email addresses as sign-in names. Nobody checks that one can be reached, so they are told apart and nothing more. */
import { EMAIL_UNITS } from "../bounds.ts";
import { base64url } from "../encoding.ts";
import { addressPrefix } from "../limits/address.ts";
import { hmac, type TokenKeys } from "./token-keys.ts";

/** What an account is found by: without outer white space, in lower case. Nothing else is folded. */
export function foldEmail(text: string): string {
  return text.trim().toLowerCase();
}

/** Whether a folded email is one that an account may have: something, an @, something. */
export function isEmail(folded: string): boolean {
  return folded.length <= EMAIL_UNITS && /^[^\s\p{Cc}]+@[^\s\p{Cc}]+$/u.test(folded);
}

/** What failed sign-ins are counted by: an email from an address prefix, as a keyed hash. Neither is stored. */
export async function emailSubject([keys]: readonly TokenKeys[], folded: string, address: string): Promise<string> {
  if (keys === undefined) throw new TypeError("There is no token secret");
  const pair = await hmac(keys.email, `${addressPrefix(address, 64)}\n${folded}`);
  return `email:${base64url(pair.slice(0, 16))}`;
}
