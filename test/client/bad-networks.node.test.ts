/** Lost answers, busy servers and networks that answer in the server's place: the tokens survive them all. */
import { describe, expect, test } from "vitest";
import { type Edge, send } from "../../scripts/client/send.ts";
import { translate } from "../../scripts/client/translate.ts";
import { oauthError, problem } from "./fake-edge.ts";
import { expired, failureOf, fixture, grants, sessionSeenBy, UNTIL_DUE_MS } from "./fixture.ts";

const unavailable = (retryAfter?: string) => () =>
  oauthError(
    503,
    "temporarily_unavailable",
    undefined,
    retryAfter === undefined ? undefined : { "Retry-After": retryAfter },
  );

describe("an answer that is lost", () => {
  test("at enrolment: asked for again with the same app ID", async () => {
    const { edge, newClient } = fixture();
    edge.tokenFaults = ["answer lost"];
    await sessionSeenBy(newClient());
    expect(edge.devices.size).toBe(1);
  });

  test("in a refresh: the retry gets the same successor", async () => {
    const { edge, client, session } = await expired();
    edge.tokenFaults = ["answer lost", "answer lost"];
    expect(await sessionSeenBy(client)).toBe(session);
    expect(grants(edge)).toEqual(["rotated", "retry", "retry"]);
  });

  test("to a process that then died: the next one gets the same successor a day later", async () => {
    const { edge, clock, client, session, newClient } = await expired();
    edge.tokenFaults = ["answer lost", "request lost", "request lost", "request lost"];
    expect(await failureOf(sessionSeenBy(client))).toMatchObject({ kind: "unreachable" });
    clock.now += 86_400_000;
    expect(await sessionSeenBy(newClient())).toBe(session);
    expect(grants(edge)).toEqual(["rotated", "retry"]);
  });

  test("between arriving and being kept: the new tokens were not used, and nothing is lost", async () => {
    const { edge, store, session, newClient } = await expired();
    const dying = newClient({ store: { ...store, replace: () => Promise.reject(new Error("killed")) } });
    await expect(sessionSeenBy(dying)).rejects.toThrow("killed");
    expect(edge.log).toEqual(["rotated"]);
    expect(await sessionSeenBy(newClient())).toBe(session);
    expect(edge.log).toEqual(["rotated", "retry", "/v1/account"]);
  });

  test("of an API request: the request is sent again", async () => {
    const { edge, newClient } = fixture();
    edge.apiFaults = ["answer lost", "request lost"];
    await sessionSeenBy(newClient());
    expect(edge.log).toEqual(["app", "/v1/account", "/v1/account"]);
  });

  test("in mid-body counts as lost", async () => {
    const { edge, client, session } = await expired();
    const cutOff = () =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.error(new Error("cut off")),
        }),
      );
    edge.tokenFaults = [cutOff];
    expect(await sessionSeenBy(client)).toBe(session);
  });
});

test("fetch is called as no object's method, which browsers and Workers refuse", async () => {
  const receivers: unknown[] = [];
  const edge: Edge = {
    baseUrl: "http://edge.test",
    async fetch(this: unknown) {
      receivers.push(this);
      return new Response();
    },
    now: Date.now,
    pause: async () => undefined,
  };
  await send(edge, "/", {}, { tries: 1, timeoutMs: 1000, repeatsAnswers: false });
  expect(receivers).toEqual([undefined]);
});

test("a server that stays silent is given up, as often as patience says", async () => {
  let tries = 0;
  const silent: Edge["fetch"] = (_, { signal }) => {
    tries++;
    return new Promise((__, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
  };
  const edge: Edge = { baseUrl: "http://edge.test", fetch: silent, now: Date.now, pause: async () => undefined };
  const patience = { tries: 2, timeoutMs: 10, repeatsAnswers: true };
  expect(await failureOf(send(edge, "/oauth/token", {}, patience))).toMatchObject({ kind: "unreachable" });
  expect(tries).toBe(2);
});

describe("a server that is busy or down", () => {
  test.each([500, 502, 503, 429])("%i in a refresh: tried again with the same token", async (status) => {
    const { edge, client, session } = await expired();
    edge.tokenFaults = [() => new Response("", { status }), () => new Response("", { status })];
    expect(await sessionSeenBy(client)).toBe(session);
    expect(grants(edge)).toEqual(["rotated"]);
  });

  test("is believed over the body that came with it: a 503 that says invalid_grant keeps the tokens", async () => {
    const { edge, client, session } = await expired();
    edge.tokenFaults = Array(4).fill(() => oauthError(503, "invalid_grant"));
    expect(await failureOf(sessionSeenBy(client))).toMatchObject({ kind: "unavailable" });
    expect(await sessionSeenBy(client)).toBe(session);
  });

  test("is tried four times, with growing waits, and then the call ends with the tokens kept", async () => {
    const { edge, store, pauses, client, session } = await expired();
    const before = await store.read();
    edge.tokenFaults = Array(4).fill(unavailable());
    expect(await failureOf(sessionSeenBy(client))).toEqual({
      kind: "unavailable",
      status: 503,
      code: "temporarily_unavailable",
      retryAfterSeconds: undefined,
    });
    expect(pauses).toHaveLength(3);
    pauses.forEach((pause, index) => {
      expect(pause).toBeGreaterThanOrEqual(150 * 2 ** index);
      expect(pause).toBeLessThan(450 * 2 ** index);
    });
    expect(await store.read()).toEqual(before);
    expect(await sessionSeenBy(client)).toBe(session);
  });

  test("is not asked again before its Retry-After, nor at one instant by all", async () => {
    const { edge, pauses, client, session } = await expired();
    edge.tokenFaults = [unavailable("5"), unavailable("5")];
    expect(await sessionSeenBy(client)).toBe(session);
    expect(Math.min(...pauses)).toBeGreaterThan(5000);
    expect(new Set(pauses).size).toBe(2);
  });

  test("a Retry-After that is a date is honoured too", async () => {
    const { edge, clock, pauses, client } = await expired();
    edge.tokenFaults = [unavailable(new Date(clock.now + 4000).toUTCString())];
    await sessionSeenBy(client);
    expect(pauses[0]).toBeGreaterThanOrEqual(4000);
    expect(pauses[0]).toBeLessThan(5000);
  });

  test("a Retry-After beyond patience ends the call at once and is passed on", async () => {
    const { edge, pauses, client } = await expired();
    edge.tokenFaults = [unavailable("3600")];
    expect(await failureOf(sessionSeenBy(client))).toMatchObject({ kind: "unavailable", retryAfterSeconds: 3600 });
    expect(pauses).toEqual([]);
  });

  test("does not stop requests while the access token is still good, nor make them wait", async () => {
    const { edge, clock, pauses, newClient } = fixture();
    const client = newClient();
    const session = await sessionSeenBy(client);
    clock.now += UNTIL_DUE_MS;
    edge.tokenFaults = [unavailable()];
    expect(await sessionSeenBy(client)).toBe(session);
    expect(pauses).toEqual([]);
    expect(grants(edge)).toEqual(["app"]);
    await sessionSeenBy(client);
    expect(grants(edge)).toEqual(["app", "rotated"]);
  });

  test("an API answer is passed on as it is: whether to wait is the app's to say", async () => {
    const { edge, pauses, newClient } = fixture();
    edge.apiFaults = [() => problem(429, "rate_limited", { "Retry-After": "7" })];
    expect(await failureOf(sessionSeenBy(newClient()))).toEqual({
      kind: "problem",
      problem: {
        status: 429,
        code: "rate_limited",
        title: "Title of rate_limited",
        detail: "Detail of rate_limited.",
        requestId: "r-1",
        errors: [],
        retryAfterSeconds: 7,
      },
    });
    expect(pauses).toEqual([]);
  });
});

describe("a network that answers in the server's place", () => {
  test.each([
    ["200 with a sign-in page", () => new Response("<html>Welcome to our hotel</html>")],
    ["302 to a sign-in page", () => new Response(null, { status: 302, headers: { Location: "http://hotel.test/" } })],
    ["403 of its own", () => new Response("<html>Forbidden</html>", { status: 403 })],
    ["400 of its own", () => new Response("Bad request", { status: 400 })],
  ])("%s: the tokens are kept, and serve when it is gone", async (_, portal) => {
    const { edge, store, client, session } = await expired();
    const before = await store.read();
    edge.tokenFaults = [portal];
    expect(await failureOf(sessionSeenBy(client))).toMatchObject({ kind: "unexpected" });
    expect(await store.read()).toEqual(before);
    expect(await sessionSeenBy(client)).toBe(session);
  });

  test("in place of an API answer too: it is none, and no token is given up for it", async () => {
    const { edge, store, newClient } = fixture();
    const client = newClient();
    await sessionSeenBy(client);
    const before = await store.read();
    edge.apiFaults = [() => new Response("<html>Welcome to our hotel</html>")];
    expect(await failureOf(translate(client, ["bread"], "en", ["es"]))).toEqual({
      kind: "unexpected",
      status: 200,
      url: "http://edge.test/v1/translate",
    });
    expect(await store.read()).toEqual(before);
  });

  test("is never followed elsewhere with the app secret", async () => {
    const { edge, newClient } = fixture();
    const inits: RequestInit[] = [];
    const { fetch } = edge;
    edge.fetch = (url, init) => {
      inits.push(init);
      return fetch(url, init);
    };
    await sessionSeenBy(newClient());
    expect(inits.map(({ redirect }) => redirect)).toEqual(["manual", "manual"]);
  });
});
