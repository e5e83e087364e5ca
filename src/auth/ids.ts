/** The ids that the server makes: opaque, 128 random bits, and not to be swapped for one another. */
import { randomText } from "../encoding.ts";

declare const brand: unique symbol;
type Id<Of extends string> = string & { readonly [brand]: Of };

/** An account's id: `sub` in access tokens. */
export type AccountId = Id<"account">;
/** A device's id: `client_id` in access tokens. */
export type DeviceId = Id<"device">;
/** A session's id: `sid` in access tokens. */
export type SessionId = Id<"session">;

/** 22 characters of base64url. */
export const ID_PATTERN = "[A-Za-z0-9_-]{22}";

/** A new id. */
export function newId<T extends AccountId | DeviceId | SessionId>(): T {
  // The brand says which table the id is made for; the text is the same kind for all.
  return randomText(16) as T;
}
