/** A stock OAuth client, `oauth4webapi` as published, gets through everything that the metadata promises. */
import * as oauth from "oauth4webapi";
import { beforeAll, describe, expect, it } from "vitest";
import { APP_GRANT } from "../../src/auth/token-request.ts";
import { randomText } from "../../src/encoding.ts";
import { newApp, ORIGIN, startWorker } from "../worker.ts";

// The library reads the machine's clock, so this Worker does as well.
const worker = startWorker();
const issuer = new URL(ORIGIN);
const client: oauth.Client = { client_id: "pidging-app" };
const auth = oauth.None();

/** What every call is given: the Worker in place of the network, and leave to talk to a local issuer over http. */
const options = {
  [oauth.customFetch]: (url: string, init: oauth.CustomFetchOptions<string, BodyInit | null | undefined>) =>
    worker.request(url, { ...init, body: init.body ?? null }),
  [oauth.allowInsecureRequests]: true,
} as const;

let as: oauth.AuthorizationServer;
beforeAll(async () => {
  const response = await oauth.discoveryRequest(issuer, { ...options, algorithm: "oauth2" });
  as = await oauth.processDiscoveryResponse(issuer, response);
});

async function signIn(app = newApp()): Promise<oauth.TokenEndpointResponse> {
  const response = await oauth.genericTokenEndpointRequest(as, client, auth, APP_GRANT, { ...app }, options);
  return oauth.processGenericTokenEndpointResponse(as, client, response);
}

async function refresh(token: string, parameters: Record<string, string> = {}): Promise<oauth.TokenEndpointResponse> {
  const response = await oauth.refreshTokenGrantRequest(as, client, auth, token, {
    ...options,
    additionalParameters: parameters,
  });
  return oauth.processRefreshTokenResponse(as, client, response);
}

/** What a resource server makes of an access token, by the metadata and the published keys alone. */
const validate = (accessToken: string) =>
  oauth.validateJwtAccessToken(
    as,
    new Request(`${ORIGIN}/v1/account`, { headers: { Authorization: `Bearer ${accessToken}` } }),
    "pidging",
    options,
  );

const refusal = (error: string) => expect.objectContaining({ name: "ResponseBodyError", error, status: 400 });

describe("oauth4webapi", () => {
  it("discovers the endpoints and grants, and nothing that does not exist", () => {
    expect(as).toEqual({
      issuer: ORIGIN,
      token_endpoint: `${ORIGIN}/oauth/token`,
      revocation_endpoint: `${ORIGIN}/oauth/revoke`,
      jwks_uri: `${ORIGIN}/.well-known/jwks.json`,
      response_types_supported: [],
      grant_types_supported: expect.arrayContaining([APP_GRANT, "refresh_token"]),
      token_endpoint_auth_methods_supported: ["none"],
      revocation_endpoint_auth_methods_supported: ["none"],
      scopes_supported: ["app"],
    });
  });

  it("signs an app in with the extension grant", async () => {
    const app = newApp();
    const first = await signIn(app);
    expect(first).toMatchObject({ token_type: "bearer", expires_in: 900, scope: "app" });
    expect((await signIn(app)).account_id).toBe(first.account_id);
  });

  it("refreshes, again with the same attempt, and steps up", async () => {
    const app = newApp();
    const { refresh_token = "" } = await signIn(app);
    const attempt_id = randomText(16);
    const next = await refresh(refresh_token, { attempt_id });
    expect((await refresh(refresh_token, { attempt_id })).refresh_token).toBe(next.refresh_token);
    expect((await refresh(next.refresh_token ?? "", { ...app })).access_token).toBeTruthy();
  });

  it("validates the access token as RFC 9068 has it", async () => {
    const tokens = await signIn();
    expect(await validate(tokens.access_token)).toMatchObject({
      iss: ORIGIN,
      aud: "pidging",
      sub: tokens.account_id,
      sid: tokens.session_id,
      client_id: tokens.device_id,
      scope: "app",
    });
    await expect(validate(tokens.access_token.replace(/.{5}$/, "AAAAA"))).rejects.toThrow();
  });

  it("revokes, and reads what the token endpoint says then", async () => {
    const { refresh_token = "", access_token } = await signIn();
    const response = await oauth.revocationRequest(as, client, auth, refresh_token, options);
    expect(await oauth.processRevocationResponse(response)).toBeUndefined();
    await expect(refresh(refresh_token)).rejects.toEqual(refusal("invalid_grant"));
    expect((await worker.get("/v1/account", access_token)).status).toBe(401);
  });

  it("reads the errors of grants and of a resource", async () => {
    const asked = oauth.genericTokenEndpointRequest(as, client, auth, "password", {}, options);
    const read = async () => oauth.processGenericTokenEndpointResponse(as, client, await asked);
    await expect(read()).rejects.toEqual(refusal("unsupported_grant_type"));
    const url = new URL("/v1/account", ORIGIN);
    const resource = oauth.protectedResourceRequest("not.a.token", "GET", url, undefined, null, options);
    await expect(resource).rejects.toMatchObject({
      name: "WWWAuthenticateChallengeError",
      status: 401,
      cause: [{ scheme: "bearer", parameters: { error: "invalid_token" } }],
    });
  });
});
