/** Signing out is in force at once in the isolate where it was made, and within 60 s in every other, without D1 for each request. */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { newId, type SessionId } from "../../src/auth/ids.ts";
import type { TestWorker } from "../worker.ts";
import { hot, isolate, NOON, refresh, told, twoDevices, watched } from "./isolates.ts";

/** An owner whose phone has refreshed once, half a minute ago, so that its former refresh token is a replay. */
async function owner(policy: "many" | "one" = "many") {
  const clock = { now: NOON };
  const { db, calls } = watched();
  const here = isolate(clock, { DB: db, SESSION_POLICY: policy });
  const { phone: former, ...devices } = await twoDevices(isolate(clock), clock);
  const refreshed = await refresh(here, former.refresh_token);
  const phone = { ...former, ...(await refreshed.json<{ access_token: string; refresh_token: string }>()) };
  clock.now += 31_000;
  return { clock, here, calls, ...devices, phone, former };
}

type Owner = Awaited<ReturnType<typeof owner>>;
type Device = "phone" | "tablet";

/** An isolate that has just read the snapshot, and serves both devices. */
async function warmed(worker: TestWorker, { phone, tablet }: Owner): Promise<TestWorker> {
  for (const { access_token } of [phone, tablet]) expect(await hot(worker, access_token)).toBe("200");
  await worker.settled();
  return worker;
}

const remove = (path: string) => (o: Owner) =>
  o.here.request(path, { method: "DELETE", headers: { Authorization: `Bearer ${o.phone.access_token}` } });

/** Every way in which a session ends by a request: what is done, what that is told, and whose tokens die of it. */
interface Ending {
  readonly does: (owner: Owner) => Promise<Response>;
  readonly told?: string;
  readonly ends: readonly Device[];
  readonly policy?: "one";
}
const ENDINGS: Readonly<Record<string, Ending>> = {
  "DELETE of the current session": { does: remove("/v1/sessions/current"), told: "204", ends: ["phone"] },
  "DELETE of another session": {
    does: (o) => remove(`/v1/sessions/${o.tablet.session_id}`)(o),
    told: "204",
    ends: ["tablet"],
  },
  "DELETE of the other sessions": { does: remove("/v1/sessions?scope=others"), told: "204", ends: ["tablet"] },
  "DELETE of all sessions": { does: remove("/v1/sessions?scope=all"), told: "204", ends: ["phone", "tablet"] },
  "revocation of a refresh token": {
    does: (o) => o.here.form("/oauth/revoke", { token: o.phone.refresh_token }),
    ends: ["phone"],
  },
  "revocation of an access token": {
    does: (o) => o.here.form("/oauth/revoke", { token: o.phone.access_token }),
    ends: ["phone"],
  },
  "reuse of a refresh token": {
    does: (o) => refresh(o.here, o.former.refresh_token),
    told: "400 invalid_grant",
    ends: ["phone"],
  },
  "a sign-in that replaces the device's session": {
    does: async (o) => Response.json(await o.here.signIn(o.phoneApp)),
    ends: ["phone"],
  },
  "a sign-in where one device may be signed in": {
    does: async (o) => Response.json(await o.here.signIn(o.tabletApp)),
    ends: ["phone", "tablet"],
    policy: "one",
  },
  "removal of another device": {
    does: (o) => remove(`/v1/devices/${o.tablet.device_id}`)(o),
    told: "204",
    ends: ["tablet"],
  },
  "removal of the current device": { does: remove("/v1/devices/current"), told: "204", ends: ["phone"] },
};

describe.each(Object.entries(ENDINGS))("%s", (_name, { does, told: answer = "200", ends, policy }) => {
  test("ends the access token at once in its isolate, and within 60 s in another", async () => {
    const it = await owner(policy);
    const { clock, here, calls } = it;
    const dead = ends.map((device) => it[device].access_token);
    const living = (["phone", "tablet"] as const).filter((device) => !ends.includes(device));
    const warmedAt = clock.now;
    await warmed(here, it);
    const idle = await warmed(isolate(clock), it);
    const idleToo = await warmed(isolate(clock), it);

    clock.now = warmedAt + 1000;
    expect(await told(does(it))).toBe(answer);
    calls();
    for (const token of dead) expect(await hot(here, token)).toBe("401 invalid_token");
    for (const device of living) expect(await hot(here, it[device].access_token)).toBe("200");
    expect(calls()).toBe(0);

    clock.now = warmedAt + 59_999;
    for (const token of dead) expect(await hot(idle, token)).toBe("200");
    clock.now = warmedAt + 60_000;
    for (const token of dead) expect(await hot(idleToo, token)).toBe("401 invalid_token");
    for (const device of living) expect(await hot(idleToo, it[device].access_token)).toBe("200");
  });
});

describe("another isolate", () => {
  test("knows at its first answer, when it is fresh", async () => {
    const it = await owner();
    await it.here.form("/oauth/revoke", { token: it.phone.access_token });
    const fresh = isolate(it.clock);
    expect(await hot(fresh, it.phone.access_token)).toBe("401 invalid_token");
    expect(await hot(fresh, it.tablet.access_token)).toBe("200");
  });

  test("knows from its background read, when it has traffic, at 15 s", async () => {
    const it = await owner();
    const { db, calls } = watched();
    const busy = await warmed(isolate(it.clock, { DB: db }), it);
    const warmedAt = it.clock.now;
    await it.here.form("/oauth/revoke", { token: it.phone.access_token });
    calls();
    it.clock.now = warmedAt + 14_999;
    expect(await hot(busy, it.phone.access_token)).toBe("200");
    expect(calls()).toBe(0);
    it.clock.now = warmedAt + 15_000;
    expect(await hot(busy, it.tablet.access_token)).toBe("200");
    await busy.settled();
    expect(calls()).toBe(1);
    expect(await hot(busy, it.phone.access_token)).toBe("401 invalid_token");
    expect(calls()).toBe(0);
  });

  test("heeds a session whose rows are gone", async () => {
    const it = await owner();
    await env.DB.prepare("INSERT INTO ended_sessions (session_id, ended_at) VALUES (?1, ?2)")
      .bind(it.phone.session_id, it.clock.now)
      .run();
    const fresh = isolate(it.clock);
    expect(await hot(fresh, it.phone.access_token)).toBe("401 invalid_token");
    expect(await hot(fresh, it.tablet.access_token)).toBe("200");
  });

  test("is not put out by a session that ended which it never saw", async () => {
    const it = await owner();
    await env.DB.prepare("INSERT INTO ended_sessions (session_id, ended_at) VALUES (?1, ?2)")
      .bind(newId<SessionId>(), it.clock.now)
      .run();
    expect(await hot(isolate(it.clock), it.phone.access_token)).toBe("200");
  });

  test("gives nothing of an answer away that was made before the session was known to have ended", async () => {
    const it = await owner();
    await it.here.form("/oauth/revoke", { token: it.phone.access_token });
    const body = { text: "bread", from: "en", to: "en-GB" };
    const answer = await isolate(it.clock).post("/v1/translate", body, it.phone.access_token);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("WWW-Authenticate")).toBe(
      'Bearer error="invalid_token", error_description="The session was ended; sign in again"',
    );
    expect(await answer.text()).not.toContain("bread");
  });
});
