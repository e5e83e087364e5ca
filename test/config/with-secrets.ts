/** Settings that are good: a local issuer and new secrets, as `npm run keys` makes them. */
import { makeSigningKey, makeTokenSecret } from "../../scripts/keys/make.ts";

const SECRETS = {
  SIGNING_KEYS: JSON.stringify([await makeSigningKey()]),
  TOKEN_SECRETS: JSON.stringify([makeTokenSecret()]),
};

/** The settings, for a test to change one of. */
export const GOOD_SETTINGS: Readonly<Record<string, unknown>> = { ISSUER: "http://localhost:8787", ...SECRETS };
