/** The owner's sessions over HTTP: seen, and ended one by one, the others, or all. */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { APP_GRANT } from "../../src/auth/token-request.ts";
import { newApp } from "../worker.ts";
import { isolate, NOON, refresh, told, twoDevices } from "./isolates.ts";

interface WireSession {
  readonly id: string;
  readonly current: boolean;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  readonly device: { readonly id: string; readonly name: string | null; readonly platform: string | null };
}

async function owner() {
  const clock = { now: NOON };
  const worker = isolate(clock);
  const devices = await twoDevices(worker, clock);
  const as = (token: string) => ({
    get: (path: string) => worker.get(path, token),
    end: (path: string) =>
      worker.request(`/v1/sessions${path}`, { method: "DELETE", headers: { Authorization: `Bearer ${token}` } }),
    async sessions(): Promise<readonly WireSession[]> {
      const response = await worker.get("/v1/sessions", token);
      return (await response.json<{ sessions: readonly WireSession[] }>()).sessions;
    },
  });
  return {
    clock,
    worker,
    ...devices,
    onPhone: as(devices.phone.access_token),
    onTablet: as(devices.tablet.access_token),
  };
}

describe("the list", () => {
  test("has every live session, and says which is the caller's", async () => {
    const { phone, tablet, onPhone, onTablet } = await owner();
    const current = async (sessions: Promise<readonly WireSession[]>) =>
      Object.fromEntries((await sessions).map((session) => [session.id, session.current]));
    expect(await current(onPhone.sessions())).toEqual({ [phone.session_id]: true, [tablet.session_id]: false });
    expect(await current(onTablet.sessions())).toEqual({ [phone.session_id]: false, [tablet.session_id]: true });
  });

  test("tells when a session began, was last refreshed, and ends", async () => {
    const { clock, worker, phone, onPhone } = await owner();
    const DAY_MS = 86_400_000;
    const at = (ms: number) => new Date(ms).toISOString();
    const times = async () => {
      const session = (await onPhone.sessions()).find(({ current }) => current);
      return [session?.createdAt, session?.lastUsedAt, session?.expiresAt];
    };
    expect(await times()).toEqual([at(NOON), at(NOON), at(NOON + 30 * DAY_MS)]);
    clock.now += 600_000;
    await refresh(worker, phone.refresh_token);
    expect(await times()).toEqual([at(NOON), at(clock.now), at(clock.now + 30 * DAY_MS)]);
  });

  test("tells what the app said of its device", async () => {
    const worker = isolate({ now: NOON });
    const facts = { device_name: "Kitchen 📱", platform: "ios", app_version: "1.2.3" };
    const answer = await worker.post("/oauth/token", { grant_type: APP_GRANT, ...newApp(), ...facts });
    const { access_token, device_id } = await answer.json<{ access_token: string; device_id: string }>();
    const { device } = await (await worker.get("/v1/sessions/current", access_token)).json<WireSession>();
    expect(device).toEqual({ id: device_id, name: "Kitchen 📱", platform: "ios", appVersion: "1.2.3" });
  });

  test("leaves out sessions that ended or lapsed", async () => {
    const { clock, tablet, onPhone } = await owner();
    await env.DB.prepare("UPDATE sessions SET idle_expires_at = ?2 WHERE id = ?1")
      .bind(tablet.session_id, clock.now)
      .run();
    expect((await onPhone.sessions()).map(({ current }) => current)).toEqual([true]);
  });
});

describe("one session", () => {
  test("is the same by `current`, by its id, and in the list", async () => {
    const { phone, onPhone } = await owner();
    const one = async (id: string) => (await onPhone.get(`/v1/sessions/${id}`)).json();
    const listed = (await onPhone.sessions()).find(({ current }) => current);
    expect(await one("current")).toEqual(listed);
    expect(await one(phone.session_id)).toEqual(listed);
  });

  test("can be another of the account's, until that ends", async () => {
    const { tablet, onPhone, onTablet } = await owner();
    const other = await (await onPhone.get(`/v1/sessions/${tablet.session_id}`)).json();
    expect(other).toMatchObject({ id: tablet.session_id, current: false });
    await onTablet.end("/current");
    expect(await told(onPhone.get(`/v1/sessions/${tablet.session_id}`))).toBe("404 not_found");
  });
});

describe("ending", () => {
  test("the current session signs this device out, and no other", async () => {
    const { worker, phone, onPhone, onTablet } = await owner();
    expect(await told(onPhone.end("/current"))).toBe("204");
    expect(await told(onPhone.get("/v1/sessions/current"))).toBe("401 invalid_token");
    expect(await told(refresh(worker, phone.refresh_token))).toBe("400 invalid_grant");
    expect(await told(onTablet.get("/v1/sessions/current"))).toBe("200");
  });

  test("the current session by its id does the same", async () => {
    const { phone, onPhone } = await owner();
    expect(await told(onPhone.end(`/${phone.session_id}`))).toBe("204");
    expect(await told(onPhone.get("/v1/sessions/current"))).toBe("401 invalid_token");
  });

  test("another session signs that device out, and its app may sign in again", async () => {
    const { worker, tabletApp, tablet, onPhone, onTablet } = await owner();
    expect(await told(onPhone.end(`/${tablet.session_id}`))).toBe("204");
    expect(await told(onTablet.get("/v1/sessions/current"))).toBe("401 invalid_token");
    const again = await worker.signIn(tabletApp);
    expect(again).toMatchObject({ account_id: tablet.account_id, device_id: tablet.device_id });
    expect(again.session_id).not.toBe(tablet.session_id);
  });

  test("the others leaves the caller's own", async () => {
    const { onPhone, onTablet } = await owner();
    expect(await told(onPhone.end("?scope=others"))).toBe("204");
    expect((await onPhone.sessions()).map(({ current }) => current)).toEqual([true]);
    expect(await told(onTablet.get("/v1/sessions/current"))).toBe("401 invalid_token");
  });

  test("all leaves none", async () => {
    const { onPhone, onTablet } = await owner();
    expect(await told(onPhone.end("?scope=all"))).toBe("204");
    for (const device of [onPhone, onTablet])
      expect(await told(device.get("/v1/sessions/current"))).toBe("401 invalid_token");
  });

  test("does not touch another account", async () => {
    const [{ onPhone: mine }, { onPhone: theirs }] = [await owner(), await owner()];
    expect(await told(mine.end("?scope=all"))).toBe("204");
    expect(await theirs.sessions()).toHaveLength(2);
  });

  test.each(["", "?scope=", "?scope=mine", "?scope=ALL", "?scope=others&scope=all"])(
    "several without a known scope (%s) is 400, and ends none",
    async (query) => {
      const { onPhone } = await owner();
      const response = await onPhone.end(query);
      expect(response.status).toBe(400);
      const { code, errors } = await response.json<{ code: string; errors: { path: string }[] }>();
      expect([code, errors.map(({ path }) => path)]).toEqual(["invalid_request", ["query.scope"]]);
      expect(await onPhone.sessions()).toHaveLength(2);
    },
  );

  test("a session again is 204 while its row is kept, at its first time of ending, and 404 after", async () => {
    const { clock, tablet, onPhone } = await owner();
    const endedAt = () =>
      env.DB.prepare("SELECT revoked_at FROM sessions WHERE id = ?1").bind(tablet.session_id).first("revoked_at");
    expect(await told(onPhone.end(`/${tablet.session_id}`))).toBe("204");
    clock.now += 5000;
    expect(await told(onPhone.end(`/${tablet.session_id}`))).toBe("204");
    expect(await endedAt()).toBe(NOON);
    await env.DB.prepare("DELETE FROM sessions WHERE id = ?1").bind(tablet.session_id).run();
    expect(await told(onPhone.end(`/${tablet.session_id}`))).toBe("404 not_found");
  });

  test("the current session again is 401, which means done", async () => {
    const { onPhone } = await owner();
    await onPhone.end("/current");
    expect(await told(onPhone.end("/current"))).toBe("401 invalid_token");
  });
});
