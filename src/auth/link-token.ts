/**
 * Signed links: a JWT (`typ` link+jwt) that is good for one path with its query, five minutes, and no longer than its
 * session. It travels in the query, where a browser or share sheet can carry it, and is in no log: lines name the route
 * only. Accepted risk: whoever sees the address within five minutes can download once more.
 */
import { jwtVerify, SignJWT } from "jose";
import { ACCESS_TOKEN_BYTES, LINK_SECONDS } from "../bounds.ts";
import type { Verified } from "./access-token.ts";
import type { AccountId, DeviceId, SessionId } from "./ids.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** Signs a link for a path with its query, for the caller's session, at `nowMs`. */
export async function signLink(
  keys: SigningKeys,
  issuer: string,
  caller: Verified,
  path: string,
  nowMs: number,
): Promise<string> {
  const issuedAt = Math.floor(nowMs / 1000);
  const claims = {
    iss: issuer,
    aud: path,
    sub: caller.accountId,
    sid: caller.sessionId,
    client_id: caller.deviceId,
    auth_time: caller.authTime,
    iat: issuedAt,
    exp: issuedAt + LINK_SECONDS,
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "ES256", typ: "link+jwt", kid: keys.signer.kid })
    .sign(keys.signer.key);
}

/** Whom a link speaks for at `nowMs`; `undefined` where it is not good for this path. */
export async function verifyLink(
  keys: SigningKeys,
  issuer: string,
  token: string,
  path: string,
  nowMs: number,
): Promise<Verified | undefined> {
  if (token.length > ACCESS_TOKEN_BYTES) return undefined;
  try {
    const { payload } = await jwtVerify(
      token,
      ({ kid }) => {
        const key = kid === undefined ? undefined : keys.verifiers.get(kid);
        if (key === undefined) throw new TypeError("Not a key of ours");
        return key;
      },
      {
        algorithms: ["ES256"],
        typ: "link+jwt",
        issuer,
        audience: path,
        requiredClaims: ["sub", "sid", "client_id", "auth_time", "exp"],
        currentDate: new Date(nowMs),
      },
    );
    const { sub, sid, client_id, auth_time, exp } = payload;
    // Signed by our key, so the claims are what `signLink` was given.
    return {
      accountId: sub as AccountId,
      sessionId: sid as SessionId,
      deviceId: client_id as DeviceId,
      authTime: auth_time as number,
      proved: false,
      expiresAt: exp ?? 0,
    };
  } catch {
    return undefined;
  }
}
