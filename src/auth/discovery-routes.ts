/** What OAuth clients and resource servers discover: metadata and public keys. */
import * as v from "valibot";
import { JWKS_MAX_AGE_SECONDS } from "../bounds.ts";
import type { Declaration, Mount } from "../route.ts";
import type { KeyringOf } from "./keyring.ts";
import { grantTypes } from "./token-request.ts";

const TAG = "Tokens";

const Metadata = v.object({
  issuer: v.string(),
  token_endpoint: v.string(),
  revocation_endpoint: v.string(),
  jwks_uri: v.string(),
  response_types_supported: v.array(v.string()),
  grant_types_supported: v.array(v.string()),
  token_endpoint_auth_methods_supported: v.array(v.string()),
  revocation_endpoint_auth_methods_supported: v.array(v.string()),
  scopes_supported: v.array(v.string()),
});

const metadataRoute = {
  method: "get",
  path: "/.well-known/oauth-authorization-server",
  access: "open",
  docs: DOCUMENTED && {
    operationId: "metadata",
    tag: TAG,
    summary: "Authorization server metadata",
    description: "RFC 8414; it names only what exists.",
    answers: { 200: { description: "The metadata.", schema: Metadata, headers: { "Cache-Control": "10 minutes" } } },
    errors: [],
  },
} as const satisfies Declaration;

const Jwks = v.object({
  keys: v.array(
    v.object({
      kty: v.literal("EC"),
      crv: v.literal("P-256"),
      x: v.string(),
      y: v.string(),
      kid: v.string(),
      alg: v.literal("ES256"),
      use: v.literal("sig"),
    }),
  ),
});

const jwksRoute = {
  method: "get",
  path: "/.well-known/jwks.json",
  access: "open",
  docs: DOCUMENTED && {
    operationId: "jwks",
    tag: TAG,
    summary: "Public keys",
    description:
      "RFC 7517: every key that access tokens may be signed with. Keys are added ten minutes before they sign.",
    answers: { 200: { description: "The keys.", schema: Jwks, headers: { "Cache-Control": "10 minutes" } } },
    errors: [],
  },
} as const satisfies Declaration;

const KEEP_10_MINUTES = { "Cache-Control": `public, max-age=${JWKS_MAX_AGE_SECONDS}` };

/** Mounts the discovery routes. */
export function discoveryRoutes(mount: Mount, keyringOf: KeyringOf): void {
  mount(metadataRoute, (c) => {
    const config = c.get("config");
    const { issuer } = config;
    const metadata = {
      issuer,
      token_endpoint: `${issuer}/oauth/token`,
      revocation_endpoint: `${issuer}/oauth/revoke`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      response_types_supported: [],
      grant_types_supported: grantTypes(config),
      token_endpoint_auth_methods_supported: ["none"],
      revocation_endpoint_auth_methods_supported: ["none"],
      scopes_supported: ["app"],
    };
    return c.json(metadata, 200, KEEP_10_MINUTES);
  });

  mount(jwksRoute, async (c) => c.json((await keyringOf(c.get("config"))).signing.jwks, 200, KEEP_10_MINUTES));
}
