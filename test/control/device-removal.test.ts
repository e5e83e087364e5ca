/** Removing a device: for a lost phone. Its session ends, its secret is forgotten, and its app ID never signs in again. */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { APP_GRANT, TRANSFER_GRANT } from "../../src/auth/token-request.ts";
import { provingPassword, setPassword } from "../owning/erase-world.ts";
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

describe("where the account has a password, removing", () => {
  async function withPassword() {
    const it = await owner();
    await setPassword(it.phone.account_id);
    const proving = it.removeAs(await provingPassword(it.phone, it.clock.now));
    return { ...it, proving };
  }

  test("another device needs it, though the app secret was proved, and the challenge says so", async () => {
    const { worker, phoneApp, phone, tablet, tabletApp, removeAs, grant } = await withPassword();
    const stepUp = await refresh(worker, phone.refresh_token, { ...phoneApp });
    const { access_token } = await stepUp.json<{ access_token: string }>();
    const answer = await removeAs(access_token)(tablet.device_id);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("WWW-Authenticate")).toMatch(/max_age=300, acr_values="password"$/);
    expect(await told(worker.get("/v1/sessions/current", tablet.access_token))).toBe("200");
    expect(await grant(tabletApp)).toBe("200");
  });

  test("another device is done with it, and a repeat needs it again", async () => {
    const { tablet, proving, remove } = await withPassword();
    expect(await told(proving(tablet.device_id))).toBe("204");
    expect(await told(remove(tablet.device_id))).toBe("401 insufficient_user_authentication");
    expect(await told(proving(tablet.device_id))).toBe("204");
  });

  test("another device is refused once it was proved 301 s ago", async () => {
    const { clock, tablet, proving } = await withPassword();
    clock.now += 301_000;
    expect(await told(proving(tablet.device_id))).toBe("401 insufficient_user_authentication");
  });

  test.each(["current", "by id"])("the own device does not: %s", async (how) => {
    const { worker, phone, tablet, remove } = await withPassword();
    expect(await told(remove(how === "current" ? how : phone.device_id))).toBe("204");
    expect(await told(worker.get("/v1/sessions/current", tablet.access_token))).toBe("200");
  });

  test("a device of another account is not found, with the password of one's own", async () => {
    const { worker, proving } = await withPassword();
    const stranger = await worker.signIn();
    expect(await told(proving(stranger.device_id))).toBe("404 not_found");
    expect(await told(worker.get("/v1/sessions/current", stranger.access_token))).toBe("200");
  });
});

describe("the last device", () => {
  const RECOVERY = "UPDATE accounts SET recovery_hash = 'hash' WHERE id = ?1";

  test.each([
    ["an email", (account: string) => setPassword(account)],
    ["a recovery code", (account: string) => env.DB.prepare(RECOVERY).bind(account).run()],
  ])("can be removed where the account has %s, and nothing else goes with it", async (_, give) => {
    const { worker, grant, removeAs } = await owner();
    const app = newApp();
    const tokens = await worker.signIn(app);
    const remove = removeAs(tokens.access_token);
    expect(await told(remove("current"))).toBe("409 last_device");
    await give(tokens.account_id);
    expect(await told(remove("current"))).toBe("204");
    expect(await grant(app)).toBe("400 invalid_grant device_removed");
    const account = env.DB.prepare("SELECT 1 AS there FROM accounts WHERE id = ?1").bind(tokens.account_id);
    expect(await account.first("there")).toBe(1);
  });
});

describe("a transfer code", () => {
  async function withCode(maker: "phone" | "tablet") {
    const it = await owner();
    const made = await it.worker.post("/v1/transfer-codes", undefined, it[maker].access_token);
    const { code } = await made.json<{ code: string }>();
    const redeem = () => told(it.worker.post("/oauth/token", { grant_type: TRANSFER_GRANT, code, ...newApp() }));
    return { ...it, redeem };
  }

  test("that the removed device made is void, and waits for nobody any more", async () => {
    const { worker, phone, tablet, remove, redeem } = await withCode("tablet");
    const look = () => told(worker.get("/v1/transfer-codes/current", phone.access_token));
    expect(await look()).toBe("200");
    await remove(tablet.device_id);
    expect(await redeem()).toBe("400 invalid_grant");
    expect(await look()).toBe("404 not_found");
  });

  test("that another device made is good", async () => {
    const { tablet, remove, redeem } = await withCode("phone");
    await remove(tablet.device_id);
    expect(await redeem()).toBe("200");
  });

  test("stays good where the device was not removed", async () => {
    const { tablet, tabletApp, clock, worker, remove, redeem } = await withCode("tablet");
    clock.now += 301_000;
    expect(await told(remove(tablet.device_id))).toBe("401 insufficient_user_authentication");
    await worker.signIn(tabletApp);
    expect(await redeem()).toBe("200");
  });
});
