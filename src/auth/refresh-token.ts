/**
 * The refresh token's form: `v1.<key id>.<session id>.<generation>.<secret>.<tag>`. This file makes and reads it; what a
 * presented one is worth is decided by the statement in `refresh-store.ts`. Accepted risk: a token secret together with
 * one old token yields that session's later tokens, which is why secrets can be rotated.
 */
import { base64url, randomText, sha256 } from "../encoding.ts";
import { ID_PATTERN, type SessionId } from "./ids.ts";
import { hmac, type TokenKeys } from "./token-keys.ts";

/** A refresh token whose tag is good: it was once made here. */
export interface PresentedToken {
  readonly keys: TokenKeys;
  readonly sessionId: SessionId;
  readonly generation: number;
  readonly secret: string;
}

const FORM = new RegExp(
  `^v1\\.([A-Za-z0-9]{1,8})\\.(${ID_PATTERN})\\.([1-9][0-9]{0,9})\\.([A-Za-z0-9_-]{43})\\.([A-Za-z0-9_-]{22})$`,
);

async function tagOf(keys: TokenKeys, body: string): Promise<Uint8Array<ArrayBuffer>> {
  return (await hmac(keys.tag, body)).slice(0, 16);
}

/** The token of a session's generation. */
export async function formatRefreshToken(token: PresentedToken): Promise<string> {
  const body = `v1.${token.keys.id}.${token.sessionId}.${token.generation}.${token.secret}`;
  return `${body}.${base64url(await tagOf(token.keys, body))}`;
}

/** Reads a token; `undefined` where it has another form, an unknown key or a wrong tag. No query is made. */
export async function readRefreshToken(
  allKeys: readonly TokenKeys[],
  text: string,
): Promise<PresentedToken | undefined> {
  const [, keyId, sessionId, generation, secret, tag] = FORM.exec(text) ?? [];
  const keys = allKeys.find(({ id }) => id === keyId);
  if (
    keys === undefined ||
    sessionId === undefined ||
    generation === undefined ||
    secret === undefined ||
    tag === undefined
  )
    return undefined;
  const expected = base64url(await tagOf(keys, text.slice(0, text.lastIndexOf("."))));
  const encoder = new TextEncoder();
  if (!crypto.subtle.timingSafeEqual(encoder.encode(expected), encoder.encode(tag))) return undefined;
  // The tag proves that this id was made here for a session.
  return { keys, sessionId: sessionId as SessionId, generation: Number(generation), secret };
}

/** The secret of a session's first token. */
export function firstSecret(): string {
  return randomText(32);
}

/** The token after `token`: the same for whoever asks, so racing clients never fork a session. */
export async function successorOf(token: PresentedToken): Promise<PresentedToken> {
  return {
    ...token,
    generation: token.generation + 1,
    secret: base64url(await hmac(token.keys.successor, token.secret)),
  };
}

/** What the session's row holds of a secret. */
export const hashOfSecret = sha256;
