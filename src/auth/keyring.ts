/** The imported keys of an isolate, made on first use. */
import type { Config } from "../config.ts";
import { importSigningKeys, type SigningKeys } from "./signing-keys.ts";
import { deriveTokenKeys, type TokenKeys } from "./token-keys.ts";

/** Every key that tokens are made and verified with. */
export interface Keyring {
  readonly signing: SigningKeys;
  readonly tokens: readonly TokenKeys[];
}

/** The keyring of a configuration. */
export type KeyringOf = (config: Config) => Promise<Keyring>;

/**
 * Gives the keyring of a configuration. The result is kept, never the promise: one that is shared between requests
 * hangs its joiners on workerd when the request that started it goes away.
 */
export function createKeyring(): KeyringOf {
  let keyring: Keyring | undefined;
  return async (config) => {
    keyring ??= {
      signing: await importSigningKeys(config.signingKeys),
      tokens: await deriveTokenKeys(config.tokenSecrets),
    };
    return keyring;
  };
}
