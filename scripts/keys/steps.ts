// The steps of a rotation as pure functions: the current value of a secret in, the next value and what to do with it
// out. Nothing is stored or deployed here. Each wait is that of the design (verifiers may keep the published key set for
// ten minutes, an access token lives for its TTL) and the time that a deployment takes, since until then isolates with
// the value before go on as they did.

import type { SigningKey, TokenSecret } from "./make.ts";

/** What a step gives: the secret's next value and the instructions that go with it. */
export type Step = {
  readonly secret: "SIGNING_KEYS" | "TOKEN_SECRETS";
  readonly value: readonly unknown[];
  readonly next: readonly string[];
};

/** A step that the current value does not allow; the message says why. */
export type Refused = { readonly refused: string };

/** After so long no isolate runs with the value before: deploying takes seconds, and requests that run are let end. */
const ROLL_OUT_MINUTES = 5;
/** `Cache-Control: max-age` of the published key set. */
const KEY_SET_MINUTES = 10;
/** The default of `ACCESS_TTL_SECONDS`, in minutes. */
const ACCESS_TTL_MINUTES = 15;

const put = (secret: Step["secret"]) => [
  `npx wrangler secret put ${secret}    (paste what stands between the quotes; this deploys it)`,
  "Keep the value as your new copy: the next step begins with it, piped in or named by --from.",
];

/** Steps of `SIGNING_KEYS`, in the order in which they are taken. */
export const SIGNING_STEPS = ["append", "promote", "drop"] as const;
/** Steps of `TOKEN_SECRETS`, in the order in which they are taken. */
export const TOKEN_STEPS = ["append", "promote", "drop"] as const;

const newestFirst = (current: readonly unknown[]) => [current.at(-1), ...current.slice(0, -1)];

/** First step: the new key is published, and signs nothing yet. */
export function appendSigningKey(current: readonly unknown[], made: SigningKey): Step | Refused {
  if (current.length > 1) {
    return { refused: "There are two keys already: promote the new one, or drop the old one, first." };
  }
  return {
    secret: "SIGNING_KEYS",
    value: [...current, made],
    next: [
      ...put("SIGNING_KEYS"),
      `Wait ${ROLL_OUT_MINUTES + KEY_SET_MINUTES} minutes: ${ROLL_OUT_MINUTES} until it runs everywhere, ${KEY_SET_MINUTES} until every verifier has fetched the new key set.`,
      "Then: npm run keys -- signing promote",
    ],
  };
}

/** Second step: the newest key signs, the former ones still verify. */
export function promoteSigningKey(current: readonly unknown[]): Step | Refused {
  if (current.length < 2) return { refused: "There is only one key: append a new one first." };
  return {
    secret: "SIGNING_KEYS",
    value: newestFirst(current),
    next: [
      ...put("SIGNING_KEYS"),
      `Wait for the access TTL (ACCESS_TTL_SECONDS, ${ACCESS_TTL_MINUTES} minutes unless set) and ${ROLL_OUT_MINUTES} minutes until it runs everywhere: then the last`,
      "token of the former key has expired.",
      "Then: npm run keys -- signing drop",
    ],
  };
}

/** Last step: only the key that signs is left. */
export function dropSigningKeys(current: readonly unknown[]): Step | Refused {
  if (current.length < 2) return { refused: "There is only one key, and it signs: nothing to drop." };
  return {
    secret: "SIGNING_KEYS",
    value: current.slice(0, 1),
    next: [...put("SIGNING_KEYS"), "The rotation is done. Tokens of the dropped key are refused from now on."],
  };
}

/**
 * First step: every isolate learns to know the new secret. At once in the first place, it would make sessions that isolates
 * of the value before refuse to refresh.
 */
export function appendTokenSecret(current: readonly unknown[], made: TokenSecret): Step {
  return {
    secret: "TOKEN_SECRETS",
    value: [...current, made],
    next: [
      ...put("TOKEN_SECRETS"),
      `Wait ${ROLL_OUT_MINUTES} minutes, until it runs everywhere.`,
      "Then: npm run keys -- token promote",
    ],
  };
}

/** Second step: the newest secret makes all new sessions, the former ones still verify. */
export function promoteTokenSecret(current: readonly unknown[]): Step | Refused {
  if (current.length < 2) return { refused: "There is only one secret: append a new one first." };
  return {
    secret: "TOKEN_SECRETS",
    value: newestFirst(current),
    next: [
      ...put("TOKEN_SECRETS"),
      "A session keeps the secret it was made with for life. Drop the old one at once if it leaked, else when its",
      "sessions have ended: REFRESH_ABSOLUTE_TTL_DAYS, 180 days unless set.",
      "Then: npm run keys -- token drop",
    ],
  };
}

/** Last step: only the secret that makes new sessions is left. */
export function dropTokenSecrets(current: readonly unknown[]): Step | Refused {
  if (current.length < 2) return { refused: "There is only one secret, and it makes new sessions: nothing to drop." };
  return {
    secret: "TOKEN_SECRETS",
    value: current.slice(0, 1),
    next: [
      ...put("TOKEN_SECRETS"),
      "The sessions of the dropped secret end; their apps sign in again with their app secret, silently.",
    ],
  };
}
