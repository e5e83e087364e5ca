/**
 * Access tokens: JWS compact, ES256, `typ` at+jwt, claims of RFC 9068. Verification needs no I/O; a bounded cache in the
 * isolate skips the signature of a token that was verified already. That a session was ended meanwhile is not known here.
 */
import { jwtVerify, SignJWT } from "jose";
import { ACCESS_TOKEN_BYTES, CLOCK_LEEWAY_SECONDS, VERIFIED_TOKENS } from "../bounds.ts";
import { randomText } from "../encoding.ts";
import { createRecent } from "../recent.ts";
import type { AccountId, DeviceId, SessionId } from "./ids.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** For whom and by whom tokens are made, and for how long. */
export interface TokenPolicy {
  readonly issuer: string;
  readonly audience: string;
  readonly ttlSeconds: number;
}

/** Who a token speaks for. Times are seconds since 1970, as in the claims. */
export interface Verified {
  readonly accountId: AccountId;
  readonly sessionId: SessionId;
  readonly deviceId: DeviceId;
  /** When the app last proved its secret: at the sign-in, or at the step-up that this very token came from. */
  readonly authTime: number;
  /** Whether the account's password (or recovery code) was given for this very token (RFC 8176 `amr`). */
  readonly proved: boolean;
  readonly expiresAt: number;
}

/** What was given beside the app secret: the token's `amr` (RFC 8176 has `pwd`). */
export type Proof = "pwd" | "recovery";

/** The subject of a new token. */
export interface Subject {
  readonly accountId: AccountId;
  readonly sessionId: SessionId;
  readonly deviceId: DeviceId;
  readonly authTimeMs: number;
  readonly proof?: Proof | undefined;
}

/** Signs an access token at `nowMs`, which is also the time that the session's statement was given. */
export async function signAccessToken(
  keys: SigningKeys,
  policy: TokenPolicy,
  subject: Subject,
  nowMs: number,
): Promise<string> {
  const issuedAt = Math.floor(nowMs / 1000);
  const claims = {
    iss: policy.issuer,
    aud: policy.audience,
    sub: subject.accountId,
    sid: subject.sessionId,
    client_id: subject.deviceId,
    jti: randomText(16),
    iat: issuedAt,
    exp: issuedAt + policy.ttlSeconds,
    auth_time: Math.floor(subject.authTimeMs / 1000),
    scope: "app",
    ...(subject.proof === undefined ? {} : { amr: [subject.proof] }),
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: keys.signer.kid })
    .sign(keys.signer.key);
}

/** Three parts; an ES256 signature is 64 bytes, so its last character has two of four spare bits, which must be zero. */
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{85}[AQgw]$/;

/** Headers that name a key or an extension: a token with one was not made here. */
const FOREIGN_HEADERS = ["jku", "jwk", "x5u", "x5c", "crit", "b64", "zip"];

const REQUIRED = ["iss", "aud", "sub", "sid", "client_id", "jti", "iat", "exp", "auth_time", "scope"];

async function verify(
  keys: SigningKeys,
  policy: TokenPolicy,
  token: string,
  nowMs: number,
): Promise<Verified | undefined> {
  if (token.length > ACCESS_TOKEN_BYTES || !COMPACT.test(token)) return undefined;
  try {
    const { payload } = await jwtVerify(
      token,
      (header) => {
        const key = header.kid === undefined ? undefined : keys.verifiers.get(header.kid);
        if (key === undefined || FOREIGN_HEADERS.some((name) => name in header))
          throw new TypeError("Not a header of ours");
        return key;
      },
      {
        algorithms: ["ES256"],
        typ: "at+jwt",
        issuer: policy.issuer,
        audience: policy.audience,
        requiredClaims: REQUIRED,
        clockTolerance: CLOCK_LEEWAY_SECONDS,
        currentDate: new Date(nowMs),
      },
    );
    const { sub, sid, client_id, auth_time, iat, exp, aud } = payload;
    if (typeof sub !== "string" || typeof sid !== "string" || typeof client_id !== "string") return undefined;
    if (typeof auth_time !== "number" || typeof iat !== "number" || typeof exp !== "number" || typeof aud !== "string")
      return undefined;
    if (iat > nowMs / 1000 + CLOCK_LEEWAY_SECONDS) return undefined;
    // Signed by our key, so the ids are what `signAccessToken` was given.
    return {
      accountId: sub as AccountId,
      sessionId: sid as SessionId,
      deviceId: client_id as DeviceId,
      authTime: auth_time,
      proved: payload.amr !== undefined,
      expiresAt: exp,
    };
  } catch {
    return undefined;
  }
}

/** Who an access token speaks for at `nowMs`; `undefined` where it is not good, for whatever reason. */
export type Verifier = (
  keys: SigningKeys,
  policy: TokenPolicy,
  token: string,
  nowMs: number,
) => Promise<Verified | undefined>;

/** Verifies access tokens, remembering up to `VERIFIED_TOKENS` good ones by the whole token until they expire. */
export function createVerifier(): Verifier {
  const known = createRecent<Verified>(VERIFIED_TOKENS);
  return async (keys, policy, token, nowMs) => {
    const hit = known.get(token);
    if (hit !== undefined && nowMs < hit.expiresAt * 1000) return hit;
    const verified = await verify(keys, policy, token, nowMs);
    if (verified !== undefined) known.set(token, verified);
    return verified;
  };
}
