// The steps of a rotation as pure functions: the current value of a secret in, the next value and what to do with it
// out. Nothing is stored or deployed here. The waits are those of the design: verifiers may keep the published key set
// for ten minutes, and an access token lives for its TTL.

import type { SigningKey, TokenSecret } from "./make.ts";

/** What a step gives: the secret's next value and the instructions that go with it. */
export type Step = {
  readonly secret: "SIGNING_KEYS" | "TOKEN_SECRETS";
  readonly value: readonly unknown[];
  readonly next: readonly string[];
};

/** A step that the current value does not allow; the message says why. */
export type Refused = { readonly refused: string };

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
export const TOKEN_STEPS = ["add", "drop"] as const;

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
      `Wait ${KEY_SET_MINUTES} minutes, until every verifier has fetched the new key set.`,
      "Then: npm run keys -- signing promote",
    ],
  };
}

/** Second step: the newest key signs, the former ones still verify. */
export function promoteSigningKey(current: readonly unknown[]): Step | Refused {
  if (current.length < 2) return { refused: "There is only one key: append a new one first." };
  return {
    secret: "SIGNING_KEYS",
    value: [current.at(-1), ...current.slice(0, -1)],
    next: [
      ...put("SIGNING_KEYS"),
      `Wait for the access TTL (ACCESS_TTL_SECONDS, ${ACCESS_TTL_MINUTES} minutes unless set), until the last token of the former key has expired.`,
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

/** First step: the new secret makes all new sessions, the former ones still verify. */
export function addTokenSecret(current: readonly unknown[], made: TokenSecret): Step {
  return {
    secret: "TOKEN_SECRETS",
    value: [made, ...current],
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
