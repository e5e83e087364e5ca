/** Into another account: what the client sends, what it keeps, and which answers only a person can give. */
import { describe, expect, test } from "vitest";
import type { Key } from "../../scripts/client/grants.ts";
import { type FakeEdge, oauthError } from "./fake-edge.ts";
import { failureOf, fixture, sessionSeenBy } from "./fixture.ts";

const KEY: Key = { kind: "transfer-code", code: "ABCDEFGH1234" };
const refusal = (body: object) => () => Response.json({ error_description: "because", ...body }, { status: 400 });

/** An answer with tokens of another account. */
const joined =
  (more = {}) =>
  () =>
    Response.json({
      access_token: "access",
      expires_in: 900,
      refresh_token: "refresh",
      session_id: "session",
      device_id: "device",
      account_id: "another account",
      ...more,
    });

/** What clients that are made from now on send to the edge, as it was sent. */
function listenTo(edge: FakeEdge): Record<string, string>[] {
  const sent: Record<string, string>[] = [];
  const { fetch } = edge;
  edge.fetch = async (url, init) => {
    sent.push(Object.fromEntries(new URLSearchParams(String(init.body))));
    return await fetch(url, init);
  };
  return sent;
}

describe("a key", () => {
  test.each([
    [KEY, { grant_type: "urn:pidging:oauth:grant-type:transfer-code", code: "ABCDEFGH1234" }],
    [
      { kind: "recovery-code", code: "0".repeat(26) },
      { grant_type: "urn:pidging:oauth:grant-type:recovery-code", code: "0".repeat(26) },
    ],
    [
      { kind: "email", email: "a@b.example", password: "secret" },
      { grant_type: "urn:pidging:oauth:grant-type:email", email: "a@b.example", password: "secret" },
    ],
  ] as [Key, object][])("%j is sent with the app's own", async (key, parameters) => {
    const { edge, store, newClient } = fixture();
    const { appId, appSecret } = await store.read();
    edge.tokenFaults = [joined()];
    const sent = listenTo(edge);
    await newClient().join(key, "move");
    expect(sent).toEqual([
      {
        ...parameters,
        app_id: appId,
        app_secret: appSecret,
        platform: "other",
        entries: "move",
      },
    ]);
  });
});

test("the tokens are kept, and what became of the entries is told", async () => {
  const { edge, store, newClient } = fixture();
  const client = newClient();
  await sessionSeenBy(client);
  const counts = { moved: 3, equal: 1, renamed: 0, left: 0 };
  edge.tokenFaults = [joined({ joined: counts })];
  expect(await client.join(KEY)).toEqual(counts);
  expect([await client.accountId(), await client.lastAccountId()]).toEqual(["another account", "another account"]);
  expect((await store.read()).tokens?.refreshToken).toBe("refresh");
});

test("a device that never signed in has no account to know of, and makes none by joining", async () => {
  const { edge, newClient } = fixture();
  const client = newClient();
  expect(await client.lastAccountId()).toBeUndefined();
  edge.tokenFaults = [joined()];
  await client.join(KEY);
  expect(edge.log).toEqual([]);
});

test("an answer that is lost is asked for again, with the same app ID", async () => {
  const { edge, store, newClient } = fixture();
  const { appId } = await store.read();
  edge.tokenFaults = ["request lost", joined()];
  const sent = listenTo(edge);
  await newClient().join(KEY);
  expect(sent.map(({ app_id }) => app_id)).toEqual([appId, appId]);
});

describe("a refusal", () => {
  test("of the key is told, and nothing is changed", async () => {
    const { edge, store, newClient } = fixture();
    const client = newClient();
    await sessionSeenBy(client);
    const before = await store.read();
    edge.tokenFaults = [() => oauthError(400, "invalid_grant", "something_new")];
    expect(await failureOf(client.join(KEY))).toEqual({ kind: "not_let_in", description: "because invalid_grant" });
    expect(await store.read()).toEqual(before);
  });

  test("that wants a choice says of what, and where to", async () => {
    const { edge, newClient } = fixture();
    const body = { error: "invalid_request", error_code: "entries_choice_required", entries_count: 3 };
    edge.tokenFaults = [refusal({ ...body, device_name: "Pixel" }), refusal({ ...body, device_name: null })];
    expect(await failureOf(newClient().join(KEY))).toEqual({ kind: "entries_choice", entries: 3, deviceName: "Pixel" });
    expect(await failureOf(newClient().join(KEY))).toMatchObject({ kind: "entries_choice", deviceName: undefined });
  });

  test("for too many devices names them", async () => {
    const { edge, newClient } = fixture();
    const devices = [{ id: "d1", name: null, last_seen_at: "2026-05-01T00:00:00.000Z" }];
    edge.tokenFaults = [refusal({ error: "invalid_request", error_code: "device_limit", devices })];
    expect(await failureOf(newClient().join(KEY))).toEqual({
      kind: "device_limit",
      devices: [{ id: "d1", name: undefined, lastSeenAt: "2026-05-01T00:00:00.000Z" }],
    });
  });

  test.each(["device_removed", "app_secret_mismatch"])("%s: joins with a new app ID", async (code) => {
    const { edge, store, newClient } = fixture();
    const before = await store.read();
    edge.tokenFaults = [() => oauthError(400, "invalid_grant", code), joined()];
    await newClient().join(KEY);
    const after = await store.read();
    expect(after.appId).not.toBe(before.appId);
    expect(after.tokens?.accountId).toBe("another account");
  });
});

test("starting anew makes a new app ID, with no tokens", async () => {
  const { store, newClient } = fixture();
  const client = newClient();
  await sessionSeenBy(client);
  const before = await store.read();
  await client.startAnew();
  const after = await store.read();
  expect(after.tokens).toBeUndefined();
  expect(after.appId).not.toBe(before.appId);
  expect(after.appSecret).not.toBe(before.appSecret);
});
