/** What follows an `invalid_grant`, and which refusals only a person can answer. */
import { describe, expect, test } from "vitest";
import { oauthError } from "./fake-edge.ts";
import { expired, failureOf, fixture, grants, sessionSeenBy } from "./fixture.ts";

describe("invalid_grant from a refresh", () => {
  test("signs in with the app grant, silently", async () => {
    const { edge, client, session } = await expired();
    edge.sessions.clear();
    const next = await sessionSeenBy(client);
    expect(next).not.toBe(session);
    expect(edge.log).toEqual(["revoked", "app", "/v1/account"]);
    expect(edge.devices.size).toBe(1);
  });

  test("uses the tokens that another process has put into the store meanwhile", async () => {
    const { edge, store, client, session, newClient } = await expired();
    // Its lock was taken over while it was stopped, so the two work on the store at once.
    const other = newClient({ store: { ...store, exclusively: (work) => work() } });
    edge.tokenFaults = [
      async () => {
        await sessionSeenBy(other);
        return oauthError(400, "invalid_grant");
      },
    ];
    expect(await sessionSeenBy(client)).toBe(session);
    expect(grants(edge)).toEqual(["rotated"]);
  });

  test("a thief who rotated ahead is out after it", async () => {
    const { edge, store, clock, client, newClient } = await expired();
    const stolen = await store.read();
    let thiefs = stolen;
    const thief = newClient({
      store: {
        read: async () => thiefs,
        replace: async (_, next) => {
          thiefs = next;
          return next;
        },
        exclusively: (work) => work(),
      },
    });
    await sessionSeenBy(thief);
    clock.now += 901_000;
    await sessionSeenBy(thief);
    clock.now += 901_000;
    await sessionSeenBy(client);
    expect(grants(edge)).toEqual(["rotated", "rotated", "reuse", "app"]);
    expect(edge.sessions.get(thiefs.tokens?.sessionId ?? "")?.revoked).toBe(true);
  });
});

describe("invalid_grant from the app grant", () => {
  test.each(["device_removed", "app_secret_mismatch"])(
    "%s: makes a new app ID and secret, and signs in",
    async (code) => {
      const { edge, store, steps, client } = await expired();
      const before = await store.read();
      edge.sessions.clear();
      const device = edge.devices.get(before.appId);
      if (code === "device_removed") Object.assign(device ?? {}, { removed: true });
      else Object.assign(device ?? {}, { secret: "another" });
      await sessionSeenBy(client);
      const after = await store.read();
      expect(after.appId).not.toBe(before.appId);
      expect(after.appSecret).not.toBe(before.appSecret);
      expect(steps).toEqual(["signed in", "made a new app ID", "signed in"]);
      expect(grants(edge)).toEqual(["revoked", "app", "app"]);
    },
  );

  test("signed_in_elsewhere: asks, keeps the app ID, and takes over when told to", async () => {
    const { edge, store, client, newClient } = await expired();
    const { appId } = await store.read();
    edge.sessions.clear();
    Object.assign(edge.devices.get(appId) ?? {}, { displaced: true });
    expect(await failureOf(sessionSeenBy(client))).toEqual({ kind: "signed_in_elsewhere" });
    await sessionSeenBy(newClient({ takeOver: true }));
    expect((await store.read()).appId).toBe(appId);
  });

  test("for a reason it does not know: says so, and keeps the app ID", async () => {
    const { edge, store, newClient } = fixture();
    const { appId } = await store.read();
    edge.tokenFaults = [() => oauthError(400, "invalid_grant", "something_new")];
    expect(await failureOf(sessionSeenBy(newClient()))).toMatchObject({ kind: "refused", error: "invalid_grant" });
    expect((await store.read()).appId).toBe(appId);
  });

  test("for ever: it stops after a bounded number of new app IDs", async () => {
    const { edge, newClient } = fixture();
    edge.tokenFaults = Array(100).fill(() => oauthError(400, "invalid_grant", "device_removed"));
    expect(await failureOf(sessionSeenBy(newClient()))).toMatchObject({ kind: "refused" });
    expect(edge.tokenFaults).toHaveLength(94);
  });
});

test("a blocked account is told so, and its tokens and app ID stay", async () => {
  const { edge, store, client } = await expired();
  const before = await store.read();
  edge.blocked = true;
  expect(await failureOf(sessionSeenBy(client))).toEqual({ kind: "blocked" });
  expect(await store.read()).toEqual(before);
});

test("a request that the server finds faulty ends the call with the server's words", async () => {
  const { edge, newClient } = fixture();
  edge.tokenFaults = [() => oauthError(400, "invalid_request")];
  expect(await failureOf(sessionSeenBy(newClient()))).toEqual({
    kind: "refused",
    error: "invalid_request",
    description: "because invalid_request",
  });
});
