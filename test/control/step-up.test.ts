/** Step-up (RFC 9470): sensitive routes take only a token whose app proved its secret within the last 300 seconds. */
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { newApp } from "../worker.ts";
import { isolate, NOON, refresh, told } from "./isolates.ts";

const { declarations } = createApp({ log: () => undefined, clock: () => NOON });
const sensitive = declarations
  .filter(({ access }) => access === "step-up")
  .map(({ method, path }) => ({ method: method.toUpperCase(), path: path.replace(/:\w+/, "AAAAAAAAAAAAAAAAAAAAAA") }));

interface Refreshed {
  readonly access_token: string;
  readonly refresh_token: string;
}

/** A signed-in app. `sensitive` is a sensitive route's verdict on a token: whether it would have been heeded. */
async function signedIn() {
  const clock = { now: NOON };
  const worker = isolate(clock);
  const app = newApp();
  const tokens = await worker.signIn(app);
  const remove = (token: string) =>
    worker.request("/v1/devices/AAAAAAAAAAAAAAAAAAAAAA", {
      method: "DELETE",
      headers: { Authorization: `Bearer ${token}` },
    });
  return {
    clock,
    app,
    tokens,
    worker,
    remove,
    /** `heeded` where the route went on to look for the device. */
    async verdict(token: string) {
      const answer = await told(remove(token));
      return answer === "404 not_found" ? "heeded" : answer;
    },
    async refreshed(token: string, more: Readonly<Record<string, string>> = {}): Promise<Refreshed> {
      const response = await refresh(worker, token, more);
      if (response.status !== 200) throw new Error(await response.text());
      return response.json();
    },
  };
}

/** Seconds between the test's noon and when a token's app proved its secret. */
const authTime = (token: string) => Number(decodeJwt(token).auth_time) - NOON / 1000;

const REFUSED = "401 insufficient_user_authentication";
const ATTEMPT = { attempt_id: "the-attempt-of-this-step-up" };

test("there is a sensitive route", () => {
  expect(sensitive).toContainEqual({ method: "DELETE", path: "/v1/devices/AAAAAAAAAAAAAAAAAAAAAA" });
});

describe("a token from a sign-in", () => {
  test("is good for 300 s, and not for 301", async () => {
    const { clock, tokens, verdict } = await signedIn();
    clock.now = NOON + 300_000;
    expect(await verdict(tokens.access_token)).toBe("heeded");
    clock.now = NOON + 301_000;
    expect(await verdict(tokens.access_token)).toBe(REFUSED);
  });

  test("is refused with the challenge of RFC 9470, and nothing of the route is done", async () => {
    const { clock, tokens, remove } = await signedIn();
    clock.now = NOON + 301_000;
    const answer = await remove(tokens.access_token);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("WWW-Authenticate")).toBe(
      'Bearer error="insufficient_user_authentication", error_description="Refresh with app_id and app_secret, then repeat the request", max_age=300',
    );
    expect(await answer.json()).toMatchObject({ status: 401, code: "insufficient_user_authentication" });
  });

  test.each(sensitive)(
    "$method $path refuses it when it is older, before it looks at anything else",
    async ({ method, path }) => {
      const { clock, worker, tokens } = await signedIn();
      clock.now = NOON + 301_000;
      const headers = { Authorization: `Bearer ${tokens.access_token}` };
      expect(await told(worker.request(path, { method, headers }))).toBe(REFUSED);
    },
  );
});

describe("a plain refresh", () => {
  test("keeps the time of the sign-in", async () => {
    const { clock, tokens, refreshed, verdict } = await signedIn();
    clock.now = NOON + 301_000;
    const { access_token } = await refreshed(tokens.refresh_token);
    expect(authTime(access_token)).toBe(0);
    expect(await verdict(access_token)).toBe(REFUSED);
  });

  test("after a step-up inherits nothing of it", async () => {
    const { clock, app, tokens, refreshed, verdict } = await signedIn();
    clock.now = NOON + 400_000;
    const steppedUp = await refreshed(tokens.refresh_token, { ...app });
    const plain = await refreshed(steppedUp.refresh_token);
    expect([authTime(steppedUp.access_token), authTime(plain.access_token)]).toEqual([400, 0]);
    expect(await verdict(plain.access_token)).toBe(REFUSED);
    expect(await verdict(steppedUp.access_token)).toBe("heeded");
  });
});

describe("a step-up", () => {
  test("is good for 300 s, and not for 301", async () => {
    const { clock, app, tokens, refreshed, verdict } = await signedIn();
    clock.now = NOON + 400_000;
    const { access_token } = await refreshed(tokens.refresh_token, { ...app });
    clock.now = NOON + 700_000;
    expect(await verdict(access_token)).toBe("heeded");
    clock.now = NOON + 701_000;
    expect(await verdict(access_token)).toBe(REFUSED);
  });

  test("counts when it is a retry, however late: from the retry's own time", async () => {
    const { clock, app, tokens, refreshed, verdict } = await signedIn();
    clock.now = NOON + 400_000;
    await refreshed(tokens.refresh_token, { ...app, ...ATTEMPT });
    clock.now = NOON + 4_000_000;
    const retried = await refreshed(tokens.refresh_token, { ...app, ...ATTEMPT });
    expect(authTime(retried.access_token)).toBe(4000);
    expect(await verdict(retried.access_token)).toBe("heeded");
  });

  test("counts when it is the second of two at once", async () => {
    const { clock, app, tokens, refreshed, verdict } = await signedIn();
    clock.now = NOON + 400_000;
    const plain = await refreshed(tokens.refresh_token);
    clock.now = NOON + 429_000;
    const steppedUp = await refreshed(tokens.refresh_token, { ...app });
    expect(steppedUp.refresh_token).toBe(plain.refresh_token);
    expect(authTime(steppedUp.access_token)).toBe(429);
    expect([await verdict(plain.access_token), await verdict(steppedUp.access_token)]).toEqual([REFUSED, "heeded"]);
  });

  test("does not lend its time to a plain retry of the same attempt", async () => {
    const { clock, app, tokens, refreshed } = await signedIn();
    clock.now = NOON + 400_000;
    await refreshed(tokens.refresh_token, { ...app, ...ATTEMPT });
    expect(authTime((await refreshed(tokens.refresh_token, ATTEMPT)).access_token)).toBe(0);
  });

  test("with another app's secret, or with another app's ID, is refused, and the refresh token stays good", async () => {
    const { app, tokens, worker, refreshed } = await signedIn();
    const other = newApp();
    await worker.signIn(other);
    for (const wrong of [{ ...app, app_secret: other.app_secret }, { ...app, app_id: other.app_id }, { ...other }])
      expect(await told(refresh(worker, tokens.refresh_token, wrong))).toBe("400 invalid_grant app_secret_mismatch");
    expect(authTime((await refreshed(tokens.refresh_token, { ...app })).access_token)).toBe(0);
  });
});
