/** When the client signs in and refreshes, and that it does so once however many ask. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { attemptId } from "../../scripts/client/credentials.ts";
import { problem } from "./fake-edge.ts";
import { failureOf, fixture, grants, sessionSeenBy, UNTIL_DUE_MS } from "./fixture.ts";

const refusedToken = () => problem(401, "invalid_token", { "WWW-Authenticate": 'Bearer error="invalid_token"' });

test("the attempt ID is the one that any platform computes from the same app secret and refresh token", async () => {
  // printf 'v1.a.s.1.x.t' | openssl dgst -sha256 -hmac 'an app secret' -binary | head -c 16 | basenc --base64url
  expect(await attemptId("an app secret", "v1.a.s.1.x.t")).toBe("sa1pti-KWbsuUISVlVXppQ");
});

test("the core asks nothing of Node, so it runs in a Worker and ports to a phone", () => {
  const folder = new URL("../../scripts/client/", import.meta.url);
  const core = readdirSync(folder).filter((name) => !name.startsWith("file-"));
  const askingNode = core.filter((name) => /from "(node:|\.\/file-)/.test(readFileSync(new URL(name, folder), "utf8")));
  expect(core).toContain("client.ts");
  expect(askingNode).toEqual([]);
});

describe("signing in", () => {
  test("enrols once, and every later client on the same store goes on with that session", async () => {
    const { edge, newClient } = fixture();
    const client = newClient();
    const first = await sessionSeenBy(client);
    expect(await sessionSeenBy(client)).toBe(first);
    expect(await sessionSeenBy(newClient())).toBe(first);
    expect(grants(edge)).toEqual(["app"]);
  });

  test("many first requests at once share one sign-in, whatever the store's lock is worth", async () => {
    const { edge, store, newClient } = fixture();
    const client = newClient({ store: { ...store, exclusively: (work) => work() } });
    await Promise.all(Array.from({ length: 10 }, () => sessionSeenBy(client)));
    expect(grants(edge)).toEqual(["app"]);
  });

  test("is all that takes the lock: requests with good tokens wait for nobody", async () => {
    const { store, newClient } = fixture();
    await sessionSeenBy(newClient());
    const locked = { ...store, exclusively: () => Promise.reject(new Error("locked")) };
    await sessionSeenBy(newClient({ store: locked }));
  });

  test("signing out ends the session, and the next request signs in with the same app ID", async () => {
    const { edge, store, newClient } = fixture();
    const client = newClient();
    const first = await sessionSeenBy(client);
    await client.signOut();
    expect(edge.sessions.get(first)?.revoked).toBe(true);
    expect((await store.read()).tokens).toBeUndefined();
    expect(await sessionSeenBy(client)).not.toBe(first);
    expect(edge.devices.size).toBe(1);
  });

  test("signing out keeps the tokens while the server cannot be told", async () => {
    const { edge, store, newClient } = fixture();
    const client = newClient();
    await sessionSeenBy(client);
    edge.tokenFaults = Array(4).fill("request lost");
    expect(await failureOf(client.signOut())).toMatchObject({ kind: "unreachable" });
    expect((await store.read()).tokens).toBeDefined();
  });
});

describe("refreshing", () => {
  test.each([
    { secondsLeft: 61, expected: ["app"] },
    { secondsLeft: 60, expected: ["app", "rotated"] },
  ])("an access token with $secondsLeft s left", async ({ secondsLeft, expected }) => {
    const { edge, clock, newClient } = fixture();
    const client = newClient();
    await sessionSeenBy(client);
    clock.now += (900 - secondsLeft) * 1000;
    await sessionSeenBy(client);
    expect(grants(edge)).toEqual(expected);
  });

  test("many requests at once share one refresh", async () => {
    const { edge, clock, newClient } = fixture();
    const client = newClient();
    await sessionSeenBy(client);
    clock.now += UNTIL_DUE_MS;
    await Promise.all(Array.from({ length: 10 }, () => sessionSeenBy(client)));
    expect(grants(edge)).toEqual(["app", "rotated"]);
  });

  test("carries the attempt ID of the token it presents", async () => {
    const { edge, store, clock, newClient } = fixture();
    const client = newClient();
    await sessionSeenBy(client);
    const { appSecret, tokens } = await store.read();
    clock.now += UNTIL_DUE_MS;
    await sessionSeenBy(client);
    expect(edge.parameters.at(-1)?.get("attempt_id")).toBe(await attemptId(appSecret, tokens?.refreshToken ?? ""));
  });

  test("an access TTL shorter than the margin is used all the same", async () => {
    const { edge, newClient } = fixture();
    edge.accessTtlSeconds = 30;
    const client = newClient();
    const session = await sessionSeenBy(client);
    expect(await sessionSeenBy(client)).toBe(session);
    expect(grants(edge)).toEqual(["app", "rotated"]);
  });
});

describe("a 401 invalid_token", () => {
  test("makes it refresh, however long the token should live, and repeat the request", async () => {
    const { edge, newClient } = fixture();
    const client = newClient();
    const session = await sessionSeenBy(client);
    edge.apiFaults = [refusedToken];
    expect(await sessionSeenBy(client)).toBe(session);
    expect(grants(edge)).toEqual(["app", "rotated"]);
  });

  test("to the repeated request too is the answer", async () => {
    const { edge, newClient } = fixture();
    const client = newClient();
    edge.apiFaults = [refusedToken, refusedToken];
    expect(await failureOf(sessionSeenBy(client))).toMatchObject({
      kind: "problem",
      problem: { status: 401, code: "invalid_token" },
    });
    expect(grants(edge)).toEqual(["app", "rotated"]);
  });

  test("does not make it refresh when another client on the store has done so", async () => {
    const { edge, newClient } = fixture();
    const [one, other] = [newClient(), newClient()];
    await sessionSeenBy(one);
    edge.apiFaults = [refusedToken, refusedToken];
    const [first, second] = await Promise.all([sessionSeenBy(one), sessionSeenBy(other)]);
    expect(first).toBe(second);
    expect(grants(edge)).toEqual(["app", "rotated"]);
  });

  test("other 401s are the app's to answer", async () => {
    const { edge, newClient } = fixture();
    edge.apiFaults = [() => problem(401, "missing_token", { "WWW-Authenticate": "Bearer" })];
    expect(await failureOf(sessionSeenBy(newClient()))).toMatchObject({ problem: { status: 401 } });
    expect(grants(edge)).toEqual(["app"]);
  });

  test.each(["a token is refused", "tokens are due"])(
    "what is meant for one account is not done to the next: the device was removed, and %s",
    async (when) => {
      const { edge, clock, newClient } = fixture();
      const client = newClient();
      await sessionSeenBy(client);
      for (const device of edge.devices.values()) device.removed = true;
      for (const session of edge.sessions.values()) session.revoked = true;
      if (when === "tokens are due") clock.now += 901_000;
      edge.log.length = 0;
      const request = { method: "DELETE", sameAccount: true };
      expect(await failureOf(client.request("/v1/account", request))).toEqual({ kind: "account_changed" });
      expect(edge.log).toEqual([...(when === "tokens are due" ? [] : ["/v1/account"]), "revoked", "app", "app"]);
      expect((await client.request("/v1/account", request)).status).toBe(200);
    },
  );

  test("to the retry of a DELETE that ends the session means done", async () => {
    const { edge, newClient } = fixture();
    const client = newClient();
    await sessionSeenBy(client);
    edge.apiFaults = ["answer lost", refusedToken];
    const erase = { method: "DELETE", endsSession: true };
    expect(await client.request("/v1/sessions/current", erase)).toMatchObject({ status: 401 });
    expect(grants(edge)).toEqual(["app"]);
  });

  test("to the first try of such a DELETE only means that the token was old", async () => {
    const { edge, newClient } = fixture();
    const client = newClient();
    await sessionSeenBy(client);
    edge.apiFaults = [refusedToken];
    const erase = { method: "DELETE", endsSession: true };
    expect(await client.request("/v1/sessions/current", erase)).toMatchObject({ status: 200 });
    expect(grants(edge)).toEqual(["app", "rotated"]);
  });
});
