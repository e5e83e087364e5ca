/**
 * What an app makes for itself: its app ID and app secret, once, and an attempt ID for each refresh. Where they are
 * kept is the store's concern; on a phone that is the keychain.
 */

/** The app ID identifies, the app secret proves. The two are made together and replaced together. */
export interface Credentials {
  /** UUID v4, lower case. */
  appId: string;
  /** 32 random bytes, base64url: 43 characters. */
  appSecret: string;
}

const APP_SECRET_BYTES = 32;
const ATTEMPT_ID_BYTES = 16;

/** New credentials from the platform's secure random source. */
export function makeCredentials(): Credentials {
  return {
    appId: crypto.randomUUID(),
    appSecret: toBase64Url(crypto.getRandomValues(new Uint8Array(APP_SECRET_BYTES))),
  };
}

/**
 * The attempt ID of refreshing with this token: base64url of the first 16 bytes of HMAC-SHA-256(app secret, refresh
 * token), both as the UTF-8 text they are kept as. Computed, not drawn, so every retry repeats it, after a restart and
 * in another process too, and nothing has to be saved before sending.
 */
export async function attemptId(appSecret: string, refreshToken: string): Promise<string> {
  const utf8 = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", utf8.encode(appSecret), algorithm, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", key, utf8.encode(refreshToken));
  return toBase64Url(new Uint8Array(mac, 0, ATTEMPT_ID_BYTES));
}

function toBase64Url(bytes: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
