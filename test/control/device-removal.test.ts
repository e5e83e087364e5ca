/** Removing a device: for a lost phone. Its session ends, its secret is forgotten, and its app ID never signs in again. */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { APP_GRANT } from "../../src/auth/token-request.ts";
import { type AppCredentials, newApp } from "../worker.ts";
import { isolate, NOON, refresh, told, twoDevices } from "./isolates.ts";

const DAY_MS = 86_400_000;

async function owner() {
  const clock = { now: NOON };
  const worker = isolate(clock);
  const devices = await twoDevices(worker, clock);
  const removeAs = (token: string) => (id: string) =>
    worker.request(`/v1/devices/${id}`, { method: "DELETE", headers: { Authorization: `Bearer ${token}` } });
  const grant = (app: AppCredentials, more: Record<string, unknown> = {}) =>
    told(worker.post("/oauth/token", { grant_type: APP_GRANT, ...app, ...more }));
  return { clock, worker, ...devices, removeAs, remove: removeAs(devices.phone.access_token), grant };
}

describe("a removed device", () => {
  test("has no live session: its refresh token and its access token are dead", async () => {
    const { worker, tablet, remove } = await owner();
    expect(await told(remove(tablet.device_id))).toBe("204");
    expect(await told(refresh(worker, tablet.refresh_token))).toBe("400 invalid_grant");
    expect(await told(worker.get("/v1/sessions/current", tablet.access_token))).toBe("401 invalid_token");
  });

  test("is told `device_removed` for ever, with its secret and with any other", async () => {
    const { clock, tabletApp, tablet, remove, grant } = await owner();
    await remove(tablet.device_id);
    for (const days of [0, 1, 400]) {
      clock.now = NOON + days * DAY_MS;
      expect(await grant(tabletApp)).toBe("400 invalid_grant device_removed");
      const { app_secret } = newApp();
      expect(await grant({ ...tabletApp, app_secret })).toBe("400 invalid_grant device_removed");
      expect(await grant({ ...tabletApp, app_id: tabletApp.app_id.toUpperCase() })).toBe(
        "400 invalid_grant device_removed",
      );
      expect(await grant(tabletApp, { take_over: true })).toBe("400 invalid_grant device_removed");
    }
  });

  test("has left no trace of its secret", async () => {
    const { tablet, remove } = await owner();
    await remove(tablet.device_id);
    const row = await env.DB.prepare("SELECT secret_hash, removed_at FROM devices WHERE id = ?1")
      .bind(tablet.device_id)
      .first();
    expect(row).toEqual({ secret_hash: null, removed_at: NOON });
  });

  test("is in neither list, and cannot be named", async () => {
    const { worker, phone, tablet, remove } = await owner();
    await remove(tablet.device_id);
    for (const kind of ["devices", "sessions"])
      expect(await (await worker.get(`/v1/${kind}`, phone.access_token)).text()).not.toContain(tablet.device_id);
    const rename = worker.request(`/v1/devices/${tablet.device_id}`, {
      method: "PATCH",
      headers: { Authorization: `Bearer ${phone.access_token}`, "Content-Type": "application/json" },
      body: '{"name":"Ghost"}',
    });
    expect(await told(rename)).toBe("404 not_found");
  });

  test("lets its owner begin anew with another app ID, in an account of its own", async () => {
    const { worker, tablet, remove } = await owner();
    await remove(tablet.device_id);
    expect((await worker.signIn(newApp())).account_id).not.toBe(tablet.account_id);
  });

  test("can be removed again while it is kept: 204, at its first time of removal", async () => {
    const { clock, tablet, remove } = await owner();
    await remove(tablet.device_id);
    clock.now += 1000;
    expect(await told(remove(tablet.device_id))).toBe("204");
    const removedAt = env.DB.prepare("SELECT removed_at FROM devices WHERE id = ?1").bind(tablet.device_id);
    expect(await removedAt.first("removed_at")).toBe(NOON);
  });
});

describe("removing", () => {
  test("the current device signs it out for good, and a repeat is 401, which means done", async () => {
    const { worker, phoneApp, phone, tablet, remove, grant } = await owner();
    expect(await told(remove("current"))).toBe("204");
    expect(await told(remove("current"))).toBe("401 invalid_token");
    expect(await told(refresh(worker, phone.refresh_token))).toBe("400 invalid_grant");
    expect(await grant(phoneApp)).toBe("400 invalid_grant device_removed");
    expect(await told(worker.get("/v1/sessions/current", tablet.access_token))).toBe("200");
  });

  test("the last device is 409, by id and by `current`, and nothing changes", async () => {
    const { worker, phoneApp, phone, tablet, remove, removeAs, grant } = await owner();
    await remove(tablet.device_id);
    for (const id of ["current", phone.device_id]) expect(await told(remove(id))).toBe("409 last_device");
    expect(await told(worker.get("/v1/sessions/current", phone.access_token))).toBe("200");
    expect(await grant(phoneApp)).toBe("200");
    const alone = await worker.signIn(newApp());
    expect(await told(removeAs(alone.access_token)("current"))).toBe("409 last_device");
  });

  test("two devices that remove each other at once leave one", async () => {
    const { phone, tablet, removeAs, worker } = await owner();
    const answers = await Promise.all([
      told(removeAs(phone.access_token)(tablet.device_id)),
      told(removeAs(tablet.access_token)(phone.device_id)),
    ]);
    expect(answers.sort()).toEqual(["204", "401 invalid_token"]);
    const left = [phone, tablet].map(({ access_token }) => told(worker.get("/v1/sessions/current", access_token)));
    expect((await Promise.all(left)).sort()).toEqual(["200", "401 invalid_token"]);
  });

  test("needs a recent step-up, also for `current` and for a device that is not there", async () => {
    const { clock, worker, phoneApp, phone, tablet, remove, removeAs } = await owner();
    clock.now += 301_000;
    for (const id of ["current", tablet.device_id, "AAAAAAAAAAAAAAAAAAAAAA"])
      expect(await told(remove(id))).toBe("401 insufficient_user_authentication");
    const { access_token } = await (await refresh(worker, phone.refresh_token, { ...phoneApp })).json<{
      access_token: string;
    }>();
    expect(await told(removeAs(access_token)(tablet.device_id))).toBe("204");
  });
});
