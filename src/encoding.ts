/** Bytes and their text forms, on what the runtime has built in. */

const UTF8 = new TextEncoder();

/** The UTF-8 bytes of `text`. */
export function utf8(text: string): Uint8Array {
  return UTF8.encode(text);
}

/** Base64url without padding (RFC 4648 section 5). */
export function base64url(bytes: ArrayBuffer | Uint8Array): string {
  const view = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  return view.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** `count` random bytes in base64url. */
export function randomText(count: number): string {
  return base64url(crypto.getRandomValues(new Uint8Array(count)));
}

/** SHA-256 of `text`, in base64url: how secrets of 128 bits or more are stored. */
export async function sha256(text: string): Promise<string> {
  return base64url(await crypto.subtle.digest("SHA-256", utf8(text)));
}
