/** `SESSION_POLICY=one`: one device of an account is signed in, and another takes over only when its user says so. */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { APP_GRANT } from "../../src/auth/token-request.ts";
import { secondDevice } from "../second-device.ts";
import { type AppCredentials, newApp } from "../worker.ts";
import { isolate, NOON, refresh, told, twoDevices } from "./isolates.ts";

const ELSEWHERE = "400 invalid_grant signed_in_elsewhere";

/** The phone was signed in, then the tablet: so the phone is displaced. */
async function owner() {
  const clock = { now: NOON };
  const worker = isolate(clock, { SESSION_POLICY: "one" });
  const devices = await twoDevices(worker, clock);
  return {
    clock,
    worker,
    ...devices,
    json: (app: AppCredentials, more: Record<string, unknown> = {}) =>
      told(worker.post("/oauth/token", { grant_type: APP_GRANT, ...app, ...more })),
    form: (app: AppCredentials, more: Record<string, string> = {}) =>
      told(worker.form("/oauth/token", { grant_type: APP_GRANT, ...app, ...more })),
  };
}

/** The devices of an account that have a live session. */
async function signedIn(accountId: string): Promise<unknown[]> {
  const { results } = await env.DB.prepare(
    "SELECT device_id FROM sessions WHERE account_id = ?1 AND revoked_at IS NULL",
  )
    .bind(accountId)
    .all();
  return results.map((row) => row.device_id);
}

describe("a sign-in on another device", () => {
  test("leaves one session in the account", async () => {
    const { phone, tablet } = await owner();
    expect(await signedIn(phone.account_id)).toEqual([tablet.device_id]);
  });

  test("ends the displaced device's session, and its app grant is told why", async () => {
    const { worker, phone, phoneApp, json, form } = await owner();
    expect(await told(refresh(worker, phone.refresh_token))).toBe("400 invalid_grant");
    expect(await told(worker.get("/v1/sessions/current", phone.access_token))).toBe("401 invalid_token");
    expect([await json(phoneApp), await form(phoneApp)]).toEqual([ELSEWHERE, ELSEWHERE]);
  });

  test("is left alone by what the displaced one was refused", async () => {
    const { worker, phone, phoneApp, tablet, json } = await owner();
    await refresh(worker, phone.refresh_token);
    await json(phoneApp);
    expect(await signedIn(phone.account_id)).toEqual([tablet.device_id]);
    expect(await told(refresh(worker, tablet.refresh_token))).toBe("200");
  });

  test("touches no other account", async () => {
    const clock = { now: NOON };
    const worker = isolate(clock, { SESSION_POLICY: "one" });
    const neighbour = await worker.signIn();
    await twoDevices(worker, clock);
    expect(await told(refresh(worker, neighbour.refresh_token))).toBe("200");
  });
});

describe("take_over", () => {
  test.each([
    ["true in JSON", "json", true],
    ['"true" in JSON', "json", "true"],
    ["true in a form", "form", "true"],
  ] as const)("of %s signs the displaced device in, and displaces the other", async (_what, kind, take_over) => {
    const { phone, phoneApp, tabletApp, json, form } = await owner();
    expect(
      await (kind === "json" ? json(phoneApp, { take_over }) : form(phoneApp, { take_over: String(take_over) })),
    ).toBe("200");
    expect(await signedIn(phone.account_id)).toEqual([phone.device_id]);
    expect(await json(tabletApp)).toBe(ELSEWHERE);
    expect(await json(phoneApp)).toBe("200");
  });

  test.each([
    ["false in JSON", "json", false],
    ["false in a form", "form", "false"],
  ] as const)("of %s does not", async (_what, kind, take_over) => {
    const { phone, tablet, phoneApp, json, form } = await owner();
    expect(
      await (kind === "json" ? json(phoneApp, { take_over }) : form(phoneApp, { take_over: String(take_over) })),
    ).toBe(ELSEWHERE);
    expect(await signedIn(phone.account_id)).toEqual([tablet.device_id]);
  });

  test.each(["1", "yes", "TRUE", ""])("of %j is no answer of a user's", async (take_over) => {
    const { phoneApp, form } = await owner();
    expect(await form(phoneApp, { take_over })).toBe("400 invalid_request");
  });

  test("proves nothing: with a wrong secret it changes nothing", async () => {
    const { phone, phoneApp, tablet, json } = await owner();
    const { app_secret } = newApp();
    expect(await json({ ...phoneApp, app_secret }, { take_over: true })).toBe("400 invalid_grant app_secret_mismatch");
    expect(await signedIn(phone.account_id)).toEqual([tablet.device_id]);
  });

  test("displaces all others of an account at once", async () => {
    const { clock, worker, phone, phoneApp, tabletApp, json } = await owner();
    const third = await secondDevice(phone.account_id, clock.now);
    await worker.signIn(third);
    expect(await json(phoneApp, { take_over: true })).toBe("200");
    expect([await json(tabletApp), await json(third)]).toEqual([ELSEWHERE, ELSEWHERE]);
  });
});

describe("one live session", () => {
  test("is all that a device ever has, under either policy", async () => {
    for (const SESSION_POLICY of ["one", "many"]) {
      const clock = { now: NOON };
      const worker = isolate(clock, { SESSION_POLICY });
      const app = newApp();
      const racers = await Promise.all(Array.from({ length: 10 }, () => worker.signIn(app)));
      expect(new Set(racers.map(({ device_id }) => device_id)).size).toBe(1);
      expect(await signedIn(racers[0]?.account_id ?? "")).toEqual([racers[0]?.device_id]);
    }
  });

  test("is left when both devices take over at once, and the loser is told so", async () => {
    const { phone, phoneApp, tabletApp, json } = await owner();
    const racing = [phoneApp, tabletApp, phoneApp, tabletApp].map((app) => json(app, { take_over: true }));
    expect(await Promise.all(racing)).toEqual(["200", "200", "200", "200"]);
    expect(await signedIn(phone.account_id)).toHaveLength(1);
    expect([await json(phoneApp), await json(tabletApp)].sort()).toEqual(["200", ELSEWHERE]);
  });
});

describe("the policy `many`", () => {
  test("displaces nobody, with take_over or without", async () => {
    const clock = { now: NOON };
    const worker = isolate(clock);
    const { phone, phoneApp, tablet } = await twoDevices(worker, clock);
    await worker.post("/oauth/token", { grant_type: APP_GRANT, ...phoneApp, take_over: true });
    expect(await told(refresh(worker, tablet.refresh_token))).toBe("200");
    expect(await signedIn(phone.account_id)).toHaveLength(2);
  });

  test("lets a device in that was displaced before it was set, for good", async () => {
    const { clock, phoneApp, json } = await owner();
    await isolate(clock, { SESSION_POLICY: "many" }).signIn(phoneApp);
    expect(await json(phoneApp)).toBe("200");
  });
});
