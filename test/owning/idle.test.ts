/** The purge of idle accounts: who goes, that nothing goes which anybody could miss, when it runs, and in which bounds. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { PURGE_ACCOUNTS, PURGE_ROUNDS } from "../../src/bounds.ts";
import { readConfig } from "../../src/config.ts";
import { recordEvent } from "../../src/events/event-store.ts";
import { runScheduled } from "../../src/scheduled.ts";
import { DAY_MS, type Edge, NOON, startEdge } from "../auth/edge.ts";
import { aroundDb } from "../bindings.ts";
import { hot, told } from "../control/isolates.ts";
import { secondDevice } from "../second-device.ts";
import { bread, phoneWith } from "../vocabulary/phone.ts";
import { type AppCredentials, newApp, type Tokens } from "../worker.ts";
import { mentions, setPassword } from "./erase-world.ts";

const IDLE_DAYS = 40;
/** When the run looks for idle accounts whose app was seen at noon, 40 days before: the first that finds them. */
const DUE = NOON + (IDLE_DAYS + 1) * DAY_MS - 9 * 3_600_000;

const run = (sql: string, ...values: readonly unknown[]) =>
  env.DB.prepare(sql)
    .bind(...values)
    .run();

beforeEach(() =>
  env.DB.batch(
    ["entries", "transfer_codes", "events", "sessions", "devices", "accounts", "ended_sessions"].map((table) =>
      env.DB.prepare(`DELETE FROM ${table}`),
    ),
  ),
);

/** A run of cron at `now`, and how many idle accounts it says that it purged. */
async function cron(now = DUE, days = IDLE_DAYS, db = env.DB): Promise<number | undefined> {
  const lines: string[] = [];
  const config = readConfig({ ...env, ACCOUNT_IDLE_DAYS: days });
  await runScheduled({ db, config, fetch, now, log: (line) => void lines.push(line) });
  return JSON.parse(lines[0] ?? "").idleAccounts;
}

const isThere = async ({ account_id }: Tokens) =>
  (await env.DB.prepare("SELECT 1 FROM accounts WHERE id = ?1").bind(account_id).first()) !== null;

/** An account whose app signed in at noon and was not seen since. */
async function seenOnce() {
  const edge = startEdge();
  const app = newApp();
  return { edge, app, tokens: await edge.signIn(app) };
}

describe("an account that nobody used", () => {
  test("goes whole, and its app enrols anew when it comes back", async () => {
    const { edge, app, tokens } = await seenOnce();
    expect(await cron()).toBe(1);
    expect(await mentions([tokens.account_id, tokens.device_id, app.app_id])).toEqual({});
    edge.advance(DUE - NOON);
    expect((await edge.signIn(app)).account_id).not.toBe(tokens.account_id);
  });

  test("goes as soon as it was idle for so long, and not before", async () => {
    const { tokens } = await seenOnce();
    // At three in the morning of the day on which it will have been idle long enough at noon.
    expect(await cron(DUE - DAY_MS)).toBe(0);
    expect(await isThere(tokens)).toBe(true);
    expect(await cron()).toBe(1);
    const { tokens: exact } = await seenOnce();
    await run("UPDATE accounts SET created_at = ?2 WHERE id = ?1", exact.account_id, DUE - IDLE_DAYS * DAY_MS);
    expect(await cron()).toBe(0);
    await run("UPDATE accounts SET created_at = created_at - 1 WHERE id = ?1", exact.account_id);
    expect(await cron()).toBe(1);
  });

  test("goes although it spent characters, signed out, or made a code that has expired", async () => {
    const { edge, tokens } = await seenOnce();
    await run("INSERT INTO spent VALUES ('2026-05-01', ?1, 5)", `account:${tokens.account_id}`);
    await edge.post("/v1/transfer-codes", undefined, tokens.access_token);
    await edge.revoke(tokens.refresh_token);
    await edge.settled();
    expect(await cron()).toBe(1);
    expect(await mentions([tokens.account_id])).toEqual({});
  });

  test("goes with its sessions told as ended, where a setting lets access tokens live so long", async () => {
    const { edge, tokens } = await seenOnce();
    const config = { ...readConfig(env), accountIdleMs: 60_000 };
    await runScheduled({ db: env.DB, config, fetch, now: NOON + 15 * 3_600_000, log: () => undefined });
    edge.advance(120_000);
    expect(await hot(edge, tokens.access_token)).toBe("401 invalid_token");
  });
});

interface Kept {
  readonly edge: Edge;
  readonly app: AppCredentials;
  readonly tokens: Tokens;
}
const deleteBy = ({ edge, tokens }: Kept, path: string) =>
  edge.request(path, { method: "DELETE", headers: { Authorization: `Bearer ${tokens.access_token}` } });
const push = ({ edge, tokens }: Kept) => phoneWith(edge, tokens).push([bread("an-entry", { base: 0 })]);

/** Whatever keeps an account, each alone. */
const KEEPING: Readonly<Record<string, (it: Kept) => Promise<unknown>>> = {
  "an entry": push,
  "a tombstone, which other phones may wait for": async (it) => {
    await push(it);
    await deleteBy(it, "/v1/vocabulary/an-entry");
  },
  "an email": ({ tokens }) => setPassword(tokens.account_id),
  "a recovery code": ({ tokens }) => run("UPDATE accounts SET recovery_hash = 'r' WHERE id = ?1", tokens.account_id),
  "a transfer code that is live": ({ tokens }) =>
    run(
      "INSERT INTO transfer_codes VALUES (?1, ?1, ?2, 0, ?3, NULL, NULL)",
      tokens.account_id,
      tokens.device_id,
      DUE + 1,
    ),
  "a block": ({ tokens }) => run("UPDATE accounts SET blocked_at = 1 WHERE id = ?1", tokens.account_id),
  "a second device": ({ tokens }) => secondDevice(tokens.account_id, NOON),
  "a device that was removed": ({ tokens }) =>
    run("UPDATE devices SET removed_at = 1, secret_hash = NULL WHERE account_id = ?1", tokens.account_id),
  "a sign-in within the time": async ({ edge, app }) => {
    edge.advance(DAY_MS);
    await edge.signIn(app);
  },
  "a refresh within the time": async ({ edge, tokens }) => {
    edge.advance(DAY_MS);
    await edge.refreshed(tokens.refresh_token);
  },
  "a refresh within the time, of a session that is purged by now": async ({ edge, tokens }) => {
    edge.advance(DAY_MS);
    const { refresh_token } = await edge.refreshed(tokens.refresh_token);
    await edge.revoke(refresh_token);
    await cron(NOON + 10 * DAY_MS);
    const { results } = await env.DB.prepare("SELECT 1 FROM sessions").all();
    expect(results).toEqual([]);
  },
  "an event about it": ({ tokens }) =>
    recordEvent(env.DB, { kind: "refresh_stale", severity: "info", account: tokens.account_id }, NOON),
};

describe("an account is kept by", () => {
  test.each(Object.entries(KEEPING))("%s", async (_, does) => {
    const it = await seenOnce();
    await does(it);
    const other = await seenOnce();
    expect(await cron()).toBe(1);
    expect([await isThere(it.tokens), await isThere(other.tokens)]).toEqual([true, false]);
  });

  test("being new, although nothing else speaks for it", async () => {
    await run("INSERT INTO accounts (id, created_at) VALUES ('new', ?1), ('old', ?2)", DUE - DAY_MS, NOON);
    expect(await cron()).toBe(1);
    const { results } = await env.DB.prepare("SELECT id FROM accounts").all();
    expect(results).toEqual([{ id: "new" }]);
  });
});

describe("the run", () => {
  test("that looks for them is the one between three and four, UTC; the others say nothing of it", async () => {
    await seenOnce();
    const hours: number[] = [];
    for (let hour = 0; hour < 24; hour += 1)
      if ((await cron(DUE + DAY_MS + (hour - 3) * 3_600_000 + 17 * 60_000)) !== undefined) hours.push(hour);
    expect(hours).toEqual([3]);
  });

  test("never looks for them where the setting is 0", async () => {
    const { tokens } = await seenOnce();
    expect(await cron(DUE + 1000 * DAY_MS, 0)).toBeUndefined();
    expect(await isThere(tokens)).toBe(true);
  });

  test("erases a bounded number in a batch and a bounded number of batches, and passes over what it keeps once", async () => {
    const most = PURGE_ROUNDS * PURGE_ACCOUNTS;
    await run(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
       INSERT INTO accounts (id, created_at, blocked_at) SELECT printf('%05d', i), 0, CASE WHEN i % 2 THEN 1 END FROM n`,
      2 * (most + 5),
    );
    const read: number[] = [];
    const db = aroundDb(env.DB, async (make, { args }) => {
      const answer = await make();
      // What `batch` answers; no other call of D1 marks accounts.
      if (String(args[0]).includes("SET erased_at")) read.push((answer as D1Result[])[0]?.meta.rows_read ?? 0);
      return answer;
    });
    expect(await cron(DUE, IDLE_DAYS, db)).toBe(most);
    expect(read).toHaveLength(PURGE_ROUNDS);
    expect(read.at(-1)).toBeLessThan(1.5 * (read[0] ?? 0));
    expect(await cron()).toBe(5);
    expect(await env.DB.prepare("SELECT count(*) AS n FROM accounts").first("n")).toBe(most + 5);
  });

  test("does not touch an account that comes to life between the runs", async () => {
    const { edge, app, tokens } = await seenOnce();
    expect(await cron(DUE - DAY_MS)).toBe(0);
    edge.advance(DUE - NOON - 1000);
    await edge.signIn(app);
    expect(await cron()).toBe(0);
    expect(await told(edge.get("/v1/account", (await edge.signIn(app)).access_token))).toBe("200");
    expect(await isThere(tokens)).toBe(true);
  });
});
