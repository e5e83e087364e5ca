/** The account's export: everything that is kept on it and nothing else, in bounded pieces. Who gets it has a file of its own. */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { exportAccount } from "../../src/account/export.ts";
import type { SessionId } from "../../src/auth/ids.ts";
import { utcDayBefore } from "../../src/days.ts";
import { startEdge } from "../auth/edge.ts";
import { aroundDb } from "../bindings.ts";
import { ids, phoneWith } from "../vocabulary/phone.ts";
import { JOINED, mentions, wholeAccount } from "./erase-world.ts";

const PATH = "/v1/account/export";

type Items = readonly Readonly<Record<string, unknown>>[];
interface Export {
  readonly account: Readonly<Record<string, unknown>>;
  readonly [section: string]: Items | Readonly<Record<string, unknown>>;
}

async function setUp() {
  const edge = startEdge();
  const whole = await wholeAccount(edge);
  const download = async (): Promise<Export> => (await edge.get(PATH, whole.phone.access_token)).json();
  return { edge, ...whole, download };
}

const run = (sql: string, ...values: readonly unknown[]) =>
  env.DB.prepare(sql)
    .bind(...values)
    .run();

describe("the document", () => {
  test("has the account, without its password", async () => {
    const { edge, account, email, download } = await setUp();
    const createdAt = new Date(edge.now()).toISOString();
    expect((await download()).account).toEqual({ id: account, createdAt, email, hasRecoveryCode: true });
  });

  test("has each device, the removed one too", async () => {
    const { edge, phone, phoneApp, tablet, tabletApp, lost, lostApp, download } = await setUp();
    const at = new Date(edge.now()).toISOString();
    const common = { name: null, platform: null, appVersion: null, createdAt: at, lastSeenAt: at, displacedAt: null };
    const { devices } = await download();
    expect(devices).toHaveLength(3);
    for (const device of [
      { id: phone.device_id, appId: phoneApp.app_id, removedAt: null, joined: null },
      { id: tablet.device_id, appId: tabletApp.app_id, removedAt: null, joined: JOINED },
      { id: lost.device_id, appId: lostApp.app_id, removedAt: at, joined: null },
    ])
      expect(devices).toContainEqual({ ...common, ...device });
  });

  test("has each session with when it ended", async () => {
    const { edge, sessions, phone, download } = await setUp();
    const at = new Date(edge.now()).toISOString();
    const rows = (await download()).sessions as Items;
    expect(rows.map(({ id }) => id).sort()).toEqual([...sessions].sort());
    expect(rows.filter(({ endedAt }) => endedAt === at)).toHaveLength(2);
    const expiresAt = new Date(edge.now() + 30 * 86_400_000).toISOString();
    expect(rows.find(({ id }) => id === phone.session_id)).toEqual({
      ...{ id: phone.session_id, deviceId: phone.device_id, createdAt: at, lastUsedAt: at, expiresAt, endedAt: null },
    });
  });

  test("has the transfer code's times and devices, the days, the failures, the alerts and the events", async () => {
    const { edge, account, phone, tablet, download } = await setUp();
    const at = new Date(edge.now()).toISOString();
    const document = await download();
    const expiresAt = new Date(edge.now() + 600_000).toISOString();
    expect(document.transferCodes).toEqual([
      { deviceId: phone.device_id, createdAt: at, expiresAt, usedBy: tablet.device_id, usedAt: at },
    ]);
    const days = [400, 31, 0, -1].map((back) => ({ day: utcDayBefore(edge.now(), back), characters: 7 }));
    expect(document.days).toEqual(days);
    expect(document.failures).toEqual([
      { period: "2026-05-01", subject: `taken:${account}`, count: 3, lastAt: at },
      { period: "2026-05-01T12", subject: `device:${tablet.device_id}`, count: 3, lastAt: at },
    ]);
    expect(document.alerts).toEqual([{ hour: "2026-05-01T12", kind: "refresh_reuse", count: 1 }]);
    const about = { at, sessionId: phone.session_id, cause: null };
    expect(document.events).toEqual([
      { ...about, kind: "refresh_stale", severity: "info" },
      { ...about, kind: "refresh_reuse", severity: "warning" },
    ]);
  });

  test("has the entries whole, without the deleted ones, and the vocabulary's import takes it for them", async () => {
    const { edge, word, phone, download } = await setUp();
    const document = await download();
    expect(document.entries).toMatchObject([{ id: "kept-entry", text: word, translation: "pan" }]);
    const other = await edge.signIn();
    const imported = (token: string) =>
      edge.request("/v1/vocabulary/import", {
        method: "POST",
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        body: JSON.stringify(document),
      });
    expect(await (await imported(phone.access_token)).json()).toMatchObject({ created: 0, unchanged: 1 });
    expect(await (await imported(other.access_token)).json()).toMatchObject({ created: 1 });
  });

  test("has a part for each table that knows the account", async () => {
    const { knownBy, sessions, download } = await setUp();
    const parts: Readonly<Record<string, string>> = {
      ...{ accounts: "account", alerts: "alerts", devices: "devices", entries: "entries", events: "events" },
      ...{ failures: "failures", sessions: "sessions", spent: "days", transfer_codes: "transferCodes" },
    };
    const document = await download();
    for (const place of Object.keys(await mentions([...knownBy, ...sessions]))) {
      const part = document[parts[place.split(".")[0] ?? ""] ?? ""];
      expect(Array.isArray(part) ? part.length : Object.keys(part ?? {}).length, place).toBeGreaterThan(0);
    }
  });

  test("has no secret, hash or token, and nothing of another account", async () => {
    const { edge, download, phone, phoneApp, recoveryHash, account } = await setUp();
    const other = await wholeAccount(edge);
    const text = JSON.stringify(await download());
    const { results } = await env.DB.prepare(
      `SELECT secret_hash AS hash FROM devices WHERE secret_hash IS NOT NULL UNION SELECT secret_hash FROM sessions
       UNION SELECT previous_secret_hash FROM sessions WHERE previous_secret_hash IS NOT NULL
       UNION SELECT password FROM accounts WHERE password IS NOT NULL UNION SELECT code_hash FROM transfer_codes`,
    ).all<{ hash: string }>();
    expect(results.length).toBeGreaterThan(8);
    const secrets = [...results.map(({ hash }) => hash), recoveryHash, phoneApp.app_secret, phone.refresh_token];
    for (const secret of [...secrets, ...other.knownBy, ...other.sessions]) expect(text).not.toContain(secret);
    expect(text).toContain(account);
  });

  test("is a file with a name, and stored nowhere", async () => {
    const { edge, phone } = await setUp();
    const { headers } = await edge.get(PATH, phone.access_token);
    expect(headers.get("Content-Disposition")).toBe('attachment; filename="account.json"');
    expect(headers.get("Content-Type")).toBe("application/json");
    expect(headers.get("Cache-Control")).toBe("no-store");
  });

  test("of a new account has empty lists", async () => {
    const edge = startEdge();
    const { access_token } = await edge.signIn();
    const { account, devices, sessions, ...lists } = await (await edge.get(PATH, access_token)).json<Export>();
    expect(account).toMatchObject({ email: null, hasRecoveryCode: false });
    expect([(devices as Items).length, (sessions as Items).length]).toEqual([1, 1]);
    expect(lists).toEqual({ transferCodes: [], days: [], failures: [], alerts: [], events: [], entries: [] });
  });
});

describe("of many rows", () => {
  const fill = (account: string, events: number) =>
    run(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
       INSERT INTO events (at, kind, severity, account_id, cause) SELECT i, 'refresh_stale', 'info', ?1, 'cause ' || i FROM n`,
      ...[account, events],
    );

  test.each([999, 1000, 1001, 2000])("%i are there once each, in order", async (count) => {
    const edge = startEdge();
    const { access_token, account_id } = await edge.signIn();
    await fill(account_id, count);
    const document = await (await edge.get(PATH, access_token)).json<Export>();
    const causes = (document.events as Items).map(({ cause }) => cause);
    expect(causes).toEqual(Array.from({ length: count }, (_, index) => `cause ${index + 1}`));
    expect(document.entries).toEqual([]);
  });

  test("entries are there once each as well", async () => {
    const edge = startEdge();
    const phone = phoneWith(edge, await edge.signIn());
    await phone.fill(ids(1001));
    const document = await (await edge.get(PATH, phone.tokens.access_token)).json<Export>();
    expect((document.entries as Items).map(({ id }) => id)).toEqual(ids(1001));
  });

  /** An export without an app around it, and how many batches it has asked for. */
  async function streamOf(session: string, clock: () => number) {
    let batches = 0;
    const db = aroundDb(env.DB, (make) => {
      batches += 1;
      return make();
    });
    // The id of a session that the Worker made.
    const stream = await exportAccount(db, session as SessionId, clock);
    if (stream === undefined) throw new Error("The session is over");
    return { stream, batches: () => batches };
  }

  test("a page is read when it is asked for, so that nothing piles up", async () => {
    const edge = startEdge();
    const { account_id, session_id } = await edge.signIn();
    await fill(account_id, 5000);
    const { stream, batches } = await streamOf(session_id, edge.now);
    const reader = stream.getReader();
    await reader.read();
    expect(batches()).toBe(1);
    let longest = 0;
    for (let next = await reader.read(); !next.done; next = await reader.read())
      longest = Math.max(longest, next.value.byteLength);
    // The first pages of all, five more of the events, and the entries'.
    expect(batches()).toBe(7);
    expect(longest).toBeLessThan(200_000);
  });

  test.each([
    ["in the middle of a list", 2500],
    ["before the entries", 0],
  ])("the download breaks off where the session ends %s", async (_, events) => {
    const edge = startEdge();
    const { account_id, session_id } = await edge.signIn();
    await fill(account_id, events);
    const { stream } = await streamOf(session_id, edge.now);
    await run("UPDATE sessions SET revoked_at = 1 WHERE id = ?1", session_id);
    await expect(new Response(stream).text()).rejects.toThrow("The session ended");
  });
});
