/** The owner's devices over HTTP: seen and named. Removing them has a file of its own. */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { APP_GRANT } from "../../src/auth/token-request.ts";
import { purge } from "../../src/purge-store.ts";
import { newApp } from "../worker.ts";
import { isolate, NOON, refresh, told, twoDevices } from "./isolates.ts";

interface WireDevice {
  readonly id: string;
  readonly current: boolean;
  readonly name: string | null;
  readonly createdAt: string;
  readonly lastSeenAt: string;
  readonly sessionId: string | null;
}

async function owner() {
  const clock = { now: NOON };
  const worker = isolate(clock);
  const devices = await twoDevices(worker, clock);
  const { access_token } = devices.phone;
  const Authorization = `Bearer ${access_token}`;
  return {
    clock,
    worker,
    ...devices,
    async list(): Promise<readonly WireDevice[]> {
      const response = await worker.get("/v1/devices", access_token);
      return (await response.json<{ devices: readonly WireDevice[] }>()).devices;
    },
    rename: (id: string, body: unknown) =>
      worker.request(`/v1/devices/${id}`, {
        method: "PATCH",
        headers: { Authorization, "Content-Type": "application/json" },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
  };
}

describe("the list", () => {
  test("has every device with its live session, and says which is the caller's", async () => {
    const { phone, tablet, list } = await owner();
    const seen = (await list()).map(({ id, current, sessionId }) => ({ id, current, sessionId }));
    expect(seen).toHaveLength(2);
    expect(seen).toContainEqual({ id: phone.device_id, current: true, sessionId: phone.session_id });
    expect(seen).toContainEqual({ id: tablet.device_id, current: false, sessionId: tablet.session_id });
  });

  test("tells of a device that is signed out that it has no session", async () => {
    const { worker, tablet, list } = await owner();
    await worker.form("/oauth/revoke", { token: tablet.refresh_token });
    expect((await list()).find(({ current }) => !current)?.sessionId).toBeNull();
  });

  test("tells when a device first and last signed in", async () => {
    const { clock, worker, tabletApp, list } = await owner();
    clock.now += 60_000;
    await worker.signIn(tabletApp);
    const tablet = (await list()).find(({ current }) => !current);
    expect(tablet?.createdAt).toBe(new Date(NOON).toISOString());
    expect(tablet?.lastSeenAt).toBe(new Date(NOON + 60_000).toISOString());
  });

  test("tells of a refresh as of a sign-in, also when its session is long purged", async () => {
    const { clock, worker, phoneApp, phone, tablet, list } = await owner();
    clock.now += 60_000;
    const refreshed = await refresh(worker, tablet.refresh_token);
    const seen = async () => (await list()).map(({ current, lastSeenAt }) => [current, Date.parse(lastSeenAt) - NOON]);
    expect((await seen()).sort()).toEqual([
      [false, 60_000],
      [true, 0],
    ]);
    await worker.form("/oauth/revoke", { token: (await refreshed.json<{ refresh_token: string }>()).refresh_token });
    expect((await seen()).sort()).toContainEqual([false, 60_000]);

    const SEVEN_DAYS_MS = 7 * 86_400_000;
    clock.now += SEVEN_DAYS_MS + 1;
    await purge(env.DB, clock.now, 900);
    const left = env.DB.prepare("SELECT id FROM sessions WHERE account_id = ?1").bind(phone.account_id);
    expect((await left.all()).results).toEqual([{ id: phone.session_id }]);
    const { access_token } = await worker.signIn(phoneApp);
    const answer = await worker.get("/v1/devices", access_token);
    const { devices } = await answer.json<{ devices: readonly WireDevice[] }>();
    const later = devices.map(({ current, lastSeenAt }) => [current, Date.parse(lastSeenAt) - NOON]);
    expect(later.sort()).toEqual([
      [false, 60_000],
      [true, clock.now - NOON],
    ]);
  });

  test("tells of a refresh after which the device was not seen until its session had lapsed and was purged", async () => {
    const { clock, worker, phoneApp, tablet, tabletApp } = await owner();
    clock.now += 60_000;
    await refresh(worker, tablet.refresh_token);
    await purge(env.DB, clock.now + 188 * 86_400_000, 900);
    const rows = env.DB.prepare(
      "SELECT last_seen_at - ?2 AS seen, (SELECT count(*) FROM sessions WHERE device_id = d.id) AS sessions FROM devices d WHERE app_id = ?1",
    );
    expect(await rows.bind(tabletApp.app_id, NOON).first()).toEqual({ seen: 60_000, sessions: 0 });
    expect(await rows.bind(phoneApp.app_id, NOON).first()).toEqual({ seen: 0, sessions: 0 });
  });

  test("is not set back by the purge of a session from before the latest sign-in", async () => {
    const { clock, worker, tabletApp, tablet } = await owner();
    clock.now += 60_000;
    await worker.signIn(tabletApp);
    await purge(env.DB, clock.now + 8 * 86_400_000, 900);
    const rows = env.DB.prepare(
      "SELECT last_seen_at, (SELECT count(*) FROM sessions WHERE device_id = d.id) AS sessions FROM devices d WHERE id = ?1",
    ).bind(tablet.device_id);
    expect(await rows.first()).toEqual({ last_seen_at: NOON + 60_000, sessions: 1 });
  });
});

describe("naming", () => {
  test("a device answers it as it is now, and the list agrees", async () => {
    const { phone, rename, list } = await owner();
    const answer = await (await rename("current", { name: "Old phone" })).json();
    expect(answer).toMatchObject({ id: phone.device_id, current: true, name: "Old phone" });
    expect((await list()).find(({ current }) => current)).toEqual(answer);
  });

  test("another of the account's devices names that one alone", async () => {
    const { tablet, rename, list } = await owner();
    expect(await told(rename(tablet.device_id, { name: "Tablet" }))).toBe("200");
    expect((await list()).map(({ current, name }) => [current, name]).sort()).toEqual([
      [false, "Tablet"],
      [true, null],
    ]);
  });

  test("with null takes the name away", async () => {
    const { rename, list } = await owner();
    await rename("current", { name: "Phone" });
    expect(await (await rename("current", { name: null })).json()).toMatchObject({ name: null });
    expect((await list()).map(({ name }) => name)).toEqual([null, null]);
  });

  test.each([
    ["one character", "a"],
    ["64 characters", "x".repeat(64)],
    ["emoji, in 64 characters (UTF-16)", "📱".repeat(32)],
    ["other scripts and a family of four", "مطبخ キッチン 👨‍👩‍👧‍👦"],
  ])("takes %s as they are", async (_what, name) => {
    const { rename, list } = await owner();
    expect(await (await rename("current", { name })).json()).toMatchObject({ name });
    expect((await list()).find(({ current }) => current)?.name).toBe(name);
  });

  test.each([
    ["65 characters", { name: "x".repeat(65) }, "invalid_request"],
    ["emoji beyond 64 characters", { name: "📱".repeat(33) }, "invalid_request"],
    ["nothing", { name: "" }, "invalid_request"],
    ["a line break", { name: "two\nlines" }, "invalid_request"],
    ["an escape", { name: "\u001b[31mred" }, "invalid_request"],
    ["a C1 control", { name: "a\u0085b" }, "invalid_request"],
    ["NUL", { name: "a\u0000b" }, "invalid_request"],
    ["a number", { name: 5 }, "invalid_request"],
    ["no name at all", {}, "invalid_request"],
    ["an array", [], "invalid_request"],
    ["half of an emoji", '{"name":"\\ud83d"}', "invalid_text"],
  ])("refuses %s, and the name stays", async (_what, body, code) => {
    const { rename, list } = await owner();
    await rename("current", { name: "Phone" });
    expect(await told(rename("current", body))).toBe(`400 ${code}`);
    expect((await list()).find(({ current }) => current)?.name).toBe("Phone");
  });

  test("holds until an app says another at its sign-in, and not when it says none", async () => {
    const { worker, tabletApp, tablet, rename, list } = await owner();
    await rename(tablet.device_id, { name: "Mine" });
    const nameNow = async () => (await list()).find(({ current }) => !current)?.name;
    await worker.signIn(tabletApp);
    expect(await nameNow()).toBe("Mine");
    await worker.post("/oauth/token", { grant_type: APP_GRANT, ...tabletApp, device_name: "Theirs" });
    expect(await nameNow()).toBe("Theirs");
  });
});

describe("ids of another account's", () => {
  const ROUTES = [
    ["GET", "sessions"],
    ["DELETE", "sessions"],
    ["PATCH", "devices"],
    ["DELETE", "devices"],
  ] as const;

  test.each(ROUTES)("%s /v1/%s/{id} answers as for an unknown id, 404, and changes nothing", async (method, kind) => {
    const { worker, phone } = await owner();
    const stranger = await worker.signIn(newApp());
    const body = method === "PATCH" ? JSON.stringify({ name: "Hers" }) : null;
    const ask = (id: string) =>
      worker.request(`/v1/${kind}/${id}`, {
        method,
        headers: {
          Authorization: `Bearer ${phone.access_token}`,
          "X-Request-Id": "same",
          ...(body && { "Content-Type": "application/json" }),
        },
        body,
      });
    const theirs = await ask(kind === "sessions" ? stranger.session_id : stranger.device_id);
    const unknown = await ask("AAAAAAAAAAAAAAAAAAAAAA");
    expect([theirs.status, unknown.status]).toEqual([404, 404]);
    expect(await theirs.json()).toEqual(await unknown.json());
    expect(await (await worker.get("/v1/sessions/current", stranger.access_token)).json()).toMatchObject({
      id: stranger.session_id,
      device: { id: stranger.device_id, name: null },
    });
  });
});
