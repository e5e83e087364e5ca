/** What cron deletes and what it keeps, on both sides of each bound, in bounded batches, and what it says of it. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { PURGE_ROUNDS, PURGE_ROWS } from "../../src/bounds.ts";
import { readConfig } from "../../src/config.ts";
import { runScheduled } from "../../src/scheduled.ts";
import { aroundDb } from "../bindings.ts";
import { NOON } from "./account.ts";

const DAY_MS = 86_400_000;
const TABLES = [
  "sessions",
  "devices",
  "accounts",
  "ended_sessions",
  "enrolments",
  "spent",
  "hits",
  "events",
  "alerts",
  "failures",
  "transfer_codes",
];
const NOTHING = {
  ...{ lapsedSessions: 0, revokedSessions: 0, endedSessions: 0, enrolments: 0 },
  ...{ spent: 0, spentByAddress: 0, failures: 0, transferCodes: 0, hits: 0, events: 0, alerts: 0, tombstones: 0 },
};

beforeEach(() => env.DB.batch(TABLES.map((table) => env.DB.prepare(`DELETE FROM ${table}`))));

/** One run of cron, and what it said: the rows it deleted by kind. */
async function run(db = env.DB): Promise<Record<string, number>> {
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  await runScheduled({ db, config: readConfig(env), fetch, now: NOON, log });
  expect(lines).toHaveLength(1);
  const { cron, databaseBytes, ...rows } = JSON.parse(lines[0] ?? "");
  expect([cron, databaseBytes > 0]).toEqual(["purge", true]);
  return rows;
}

const insert = (sql: string, ...values: readonly unknown[]) =>
  env.DB.prepare(sql)
    .bind(...values)
    .run();
const kept = async (sql: string) => (await env.DB.prepare(sql).raw<[unknown]>()).flat();

async function insertSession(id: string, idleExpiresAt: number, revokedAt: number | null = null): Promise<void> {
  await insert("INSERT INTO accounts (id, created_at) VALUES (?1, 0)", id);
  await insert("INSERT INTO devices (id, account_id, app_id, created_at, last_seen_at) VALUES (?1, ?1, ?1, 0, 0)", id);
  await insert(
    `INSERT INTO sessions (id, account_id, device_id, generation, secret_hash, rotated_at, signed_in_at,
       idle_expires_at, absolute_expires_at, revoked_at) VALUES (?1, ?1, ?1, 1, '', 0, 0, ?2, ?2, ?3)`,
    ...[id, idleExpiresAt, revokedAt],
  );
}

describe("sessions", () => {
  const bound = NOON - 7 * DAY_MS;

  test("that lapsed are kept for seven days", async () => {
    await insertSession("over", bound - 1);
    await insertSession("kept", bound);
    expect(await run()).toEqual({ ...NOTHING, lapsedSessions: 1 });
    expect(await kept("SELECT id FROM sessions")).toEqual(["kept"]);
  });

  test("that were ended are kept for seven days, and live ones as long as they live", async () => {
    await insertSession("over", NOON + DAY_MS, bound - 1);
    await insertSession("kept", NOON + DAY_MS, bound);
    await insertSession("live", NOON + DAY_MS);
    expect(await run()).toEqual({ ...NOTHING, revokedSessions: 1 });
    expect(await kept("SELECT id FROM sessions ORDER BY id")).toEqual(["kept", "live"]);
  });

  test("whose rows are gone are known as ended for as long as their tokens, and two minutes", async () => {
    const cutoff = NOON - (900 + 120) * 1000;
    await insert("INSERT INTO ended_sessions VALUES ('over', ?1), ('kept', ?2)", cutoff - 1, cutoff);
    expect(await run()).toEqual({ ...NOTHING, endedSessions: 1 });
    expect(await kept("SELECT session_id FROM ended_sessions")).toEqual(["kept"]);
  });
});

test("transfer codes are kept for a day after they expired, for whoever looks what became of them", async () => {
  await insert(
    "INSERT INTO transfer_codes (account_id, code_hash, device_id, created_at, expires_at) VALUES ('over', '1', 'd', 0, ?1), ('kept', '2', 'd', 0, ?2)",
    NOON - DAY_MS - 1,
    NOON - DAY_MS,
  );
  expect(await run()).toEqual({ ...NOTHING, transferCodes: 1 });
  expect(await kept("SELECT account_id FROM transfer_codes")).toEqual(["kept"]);
});

describe("counters by day", () => {
  test("of failures are kept for two days, those of an hour as well", async () => {
    await insert("INSERT INTO failures VALUES ('2026-11-22', 'codes', 1, 0), ('2026-11-23', 'codes', 1, 0)");
    await insert(
      "INSERT INTO failures VALUES ('2026-11-22T23', 'device:x', 1, 0), ('2026-11-23T00', 'device:x', 1, 0)",
    );
    expect(await run()).toEqual({ ...NOTHING, failures: 2 });
    expect(await kept("SELECT period FROM failures ORDER BY period")).toEqual(["2026-11-23", "2026-11-23T00"]);
  });

  test("of enrolments are kept for two days", async () => {
    await insert("INSERT INTO enrolments VALUES ('2026-11-22', 'total', 1), ('2026-11-23', 'total', 1)");
    await insert("INSERT INTO enrolments VALUES ('2026-11-22', 'ip:hash', 1), ('2026-11-25', 'ip:hash', 1)");
    expect(await run()).toEqual({ ...NOTHING, enrolments: 2 });
    expect(await kept("SELECT day FROM enrolments ORDER BY day")).toEqual(["2026-11-23", "2026-11-25"]);
  });

  test("of characters are kept for 31 days, those that hold an address's hash for two", async () => {
    for (const subject of ["total", "new", "account:a", "new-ip:hash"])
      for (const day of ["2026-10-24", "2026-10-25", "2026-11-22", "2026-11-23"])
        await insert("INSERT INTO spent VALUES (?1, ?2, 1)", day, subject);
    expect(await run()).toEqual({ ...NOTHING, spent: 4, spentByAddress: 2 });
    expect(await kept("SELECT day FROM spent WHERE subject = 'new-ip:hash'")).toEqual(["2026-11-23"]);
    for (const subject of ["total", "new", "account:a"])
      expect(await kept(`SELECT day FROM spent WHERE subject = '${subject}' ORDER BY day`)).toEqual([
        ...["2026-10-25", "2026-11-22", "2026-11-23"],
      ]);
  });

  test("of hits are kept for ninety days", async () => {
    await insert("INSERT INTO hits VALUES ('2026-08-26', 'memory', 1, 1), ('2026-08-27', 'memory', 1, 1)");
    expect(await run()).toEqual({ ...NOTHING, hits: 1 });
    expect(await kept("SELECT day FROM hits")).toEqual(["2026-08-27"]);
  });
});

describe("what the operator was told", () => {
  test("is kept for ninety days", async () => {
    const bound = NOON - 90 * DAY_MS;
    const sql = "INSERT INTO events (at, kind, severity) VALUES (?1, 'budget_near', 'warning')";
    for (const at of [bound - 1, bound, NOON]) await insert(sql, at);
    expect(await run()).toEqual({ ...NOTHING, events: 1 });
    expect(await kept("SELECT at FROM events ORDER BY at")).toEqual([bound, NOON]);
  });

  test("is counted by hour for two days", async () => {
    await insert("INSERT INTO alerts VALUES ('2026-11-23T11', 'all', 1), ('2026-11-23T12', 'all', 1)");
    expect(await run()).toEqual({ ...NOTHING, alerts: 1 });
    expect(await kept("SELECT hour FROM alerts")).toEqual(["2026-11-23T12"]);
  });
});

describe("a run deletes", () => {
  const many = (rows: number) =>
    insert(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
       INSERT INTO events (at, kind, severity) SELECT i, 'refresh_stale', 'info' FROM n`,
      rows,
    );

  /** A run, and how many rows each of its statements on `events` deleted. */
  async function watched() {
    const deleted: number[] = [];
    const db = aroundDb(env.DB, async (make, { args }) => {
      const result = await make();
      if (String(args[0]).startsWith("DELETE FROM events"))
        // What `run` answers; no other call of D1 deletes here.
        deleted.push((result as D1Result).meta.changes);
      return result;
    });
    return { rows: await run(db), deleted };
  }

  test("a thousand rows a statement, until there are no more", async () => {
    await many(2500);
    const { rows, deleted } = await watched();
    expect(deleted).toEqual([PURGE_ROWS, PURGE_ROWS, 500]);
    expect(rows).toEqual({ ...NOTHING, events: 2500 });
    expect(await kept("SELECT count(*) FROM events")).toEqual([0]);
  });

  test("at most twenty times as many, and the rest with the next run", async () => {
    await many(PURGE_ROUNDS * PURGE_ROWS + 1);
    const { rows, deleted } = await watched();
    expect(deleted).toEqual(Array(PURGE_ROUNDS).fill(PURGE_ROWS));
    expect(rows).toEqual({ ...NOTHING, events: PURGE_ROUNDS * PURGE_ROWS });
    expect(await run()).toEqual({ ...NOTHING, events: 1 });
  });
});

test("a run with nothing to do says so", async () => {
  expect(await run()).toEqual(NOTHING);
});
