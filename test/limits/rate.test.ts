/**
 * Limits by who is asking, with the real bindings. They count by windows of the machine's clock, so a test sends until
 * it is refused: as many requests as the limit, or up to twice that where a window ends in between.
 */
import { beforeEach, describe, expect, it } from "vitest";
import { ANONYMOUS_LIMIT, CALLER_LIMIT } from "../../src/bounds.ts";
import { type Edge, errorOf, signedIn, startEdge } from "../auth/edge.ts";
import { newApp } from "../worker.ts";

let edge: Edge;
let address: Readonly<Record<string, string>>;
let tests = 0;
beforeEach(() => {
  edge = startEdge({ RATE_LIMITS: "on" });
  tests += 1;
  address = { "CF-Connecting-IP": `198.51.100.${tests}` };
});

/** Sends until the answer is 429, and gives that one; at least `limit` must have been taken before. */
async function exhaust(limit: number, send: () => Promise<Response>): Promise<Response> {
  for (let sent = 0; sent <= 2 * limit; sent += 1) {
    const response = await send();
    if (response.status !== 429) continue;
    expect(sent).toBeGreaterThanOrEqual(limit);
    return response;
  }
  throw new Error(`${2 * limit + 1} requests were taken`);
}

const junk = (headers = address) => edge.refresh("junk", {}, headers);
const account = (token: string) => edge.get("/v1/account", token, address);

async function expectSlowDown(response: Response): Promise<void> {
  expect(response.headers.get("Retry-After")).toBe("60");
  expect(await errorOf(response)).toEqual([429, "slow_down"]);
}

async function expectRateLimited(response: Response): Promise<void> {
  expect(response.headers.get("Retry-After")).toBe("60");
  expect([response.status, await response.json()]).toEqual([429, expect.objectContaining({ code: "rate_limited" })]);
}

describe("junk from an address", () => {
  it("gets slow_down, and stops nobody there who has a good token or signs in", async () => {
    const { app, tokens } = await signedIn(edge);
    await expectSlowDown(await exhaust(ANONYMOUS_LIMIT, junk));
    const refreshed = await edge.refresh(tokens.refresh_token, {}, address);
    expect(refreshed.status).toBe(200);
    expect((await account(tokens.access_token)).status).toBe(200);
    expect((await edge.appGrant(app, {}, address)).status).toBe(200);
    expect((await edge.appGrant(newApp(), {}, address)).status).toBe(200);
  });

  it("is nothing to another address; one IPv6 /64 is one address", async () => {
    await exhaust(ANONYMOUS_LIMIT, () => junk({ "CF-Connecting-IP": "2001:db8::1" }));
    expect((await junk({ "CF-Connecting-IP": "2001:db8::ffff" })).status).toBe(429);
    expect((await junk({ "CF-Connecting-IP": "2001:db8:0:1::1" })).status).toBe(400);
  });

  it("is whatever proves nothing: bad parameters, unreadable bodies, unknown tokens to revoke, no or bad access tokens", async () => {
    const kinds = [
      () => edge.post("/oauth/token", {}, undefined, address),
      () => edge.request("/oauth/token", { method: "POST", body: "x", headers: address }),
      () => edge.post("/oauth/token", "x".repeat(9000), undefined, address),
      () => edge.form("/oauth/revoke", { token: "x" }, address),
      () => edge.form("/oauth/revoke", {}, address),
      () => edge.get("/v1/account", undefined, address),
      () => edge.get("/v1/account", "junk", address),
      junk,
    ];
    let sent = 0;
    await exhaust(ANONYMOUS_LIMIT, () => (kinds[sent++ % kinds.length] ?? junk)());
    for (const kind of kinds) expect((await kind()).status).toBe(429);
  });
});

it("sign-ins from an address get slow_down, and stop no refresh and no call from there", async () => {
  const { app, tokens } = await signedIn(edge);
  await expectSlowDown(
    await exhaust(ANONYMOUS_LIMIT, () => edge.appGrant({ ...app, app_secret: newApp().app_secret }, {}, address)),
  );
  expect((await edge.refresh(tokens.refresh_token, {}, address)).status).toBe(200);
  expect((await account(tokens.access_token)).status).toBe(200);
  expect((await junk()).status).toBe(400);
});

it("a session that refreshes too often gets slow_down, and its token is not consumed", async () => {
  const { tokens } = await signedIn(edge);
  const { tokens: other } = await signedIn(edge);
  let { refresh_token } = tokens;
  const refused = await exhaust(CALLER_LIMIT, async () => {
    const response = await edge.refresh(refresh_token, {}, address);
    if (response.status === 200) ({ refresh_token } = await response.clone().json<{ refresh_token: string }>());
    return response;
  });
  await expectSlowDown(refused);
  expect((await edge.revoke(refresh_token)).status).toBe(429);
  expect((await account(tokens.access_token)).status).toBe(200);
  expect((await edge.refresh(other.refresh_token, {}, address)).status).toBe(200);
  expect((await startEdge().refresh(refresh_token)).status).toBe(200);
});

it("an account that asks too often gets 429, and goes on refreshing; others at its address are not touched", async () => {
  const { tokens } = await signedIn(edge);
  const { tokens: other } = await signedIn(edge);
  await expectRateLimited(await exhaust(CALLER_LIMIT, () => account(tokens.access_token)));
  const { access_token } = await edge.refreshed(tokens.refresh_token);
  expect((await account(access_token)).status).toBe(429);
  expect((await account(other.access_token)).status).toBe(200);
});

describe("nothing is limited", () => {
  const OFF: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ["without the bindings", { RATE_LIMITS: "on", ANONYMOUS_LIMIT: undefined, CALLER_LIMIT: undefined }],
    ["when switched off for a local issuer", { RATE_LIMITS: "off" }],
  ];
  it.each(OFF)("%s", async (_, settings) => {
    edge = startEdge(settings);
    const { tokens } = await signedIn(edge);
    for (let sent = 0; sent <= 2 * CALLER_LIMIT; sent += 1) {
      expect((await junk()).status).toBe(400);
      expect((await account(tokens.access_token)).status).toBe(200);
    }
  });
});
