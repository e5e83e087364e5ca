/** What cron deletes and what it keeps, on both sides of each bound; that it works in bounded batches; its one line. */
import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { ADDRESS_DAYS, ENDED_SESSION_DAYS, PURGE_ROUNDS, PURGE_ROWS, SPENT_DAYS } from "../src/bounds.ts";
import { readConfig } from "../src/config.ts";
import { utcDayBefore } from "../src/days.ts";
import entry from "../src/index.ts";
import { outbound } from "../src/outbound.ts";
import { runScheduled } from "../src/scheduled.ts";
import { aroundDb, failing } from "./bindings.ts";

const DAY_MS = 86_400_000;
const NOW = Date.parse("2026-03-10T12:17:00Z");

/** The line of a run that found nothing. */
const NOTHING = {
  cron: "purge",
  lapsedSessions: 0,
  revokedSessions: 0,
  endedSessions: 0,
  enrolments: 0,
  spent: 0,
  spentByAddress: 0,
  failures: 0,
  transferCodes: 0,
  hits: 0,
  events: 0,
  alerts: 0,
  tombstones: 0,
};

/** One statement for each kind of row that has none to delete. */
const OTHER_STATEMENTS = 11;

/** One run of cron, and the lines that it wrote. */
async function run(db = env.DB, now = NOW): Promise<readonly Record<string, unknown>[]> {
  const lines: string[] = [];
  const config = readConfig(env);
  await runScheduled({ db, config, fetch: outbound, now, log: (line) => lines.push(line) });
  return lines.map((line) => JSON.parse(line));
}

async function insertSession(id: string, times: { idle: number; revoked?: number }): Promise<void> {
  await env.DB.batch([
    env.DB.prepare("INSERT INTO accounts (id, created_at) VALUES (?1, 0)").bind(id),
    env.DB.prepare(
      "INSERT INTO devices (id, account_id, app_id, secret_hash, created_at, last_seen_at) VALUES (?1, ?1, ?1, '', 0, 0)",
    ).bind(id),
    env.DB.prepare(
      `INSERT INTO sessions (id, account_id, device_id, generation, secret_hash, rotated_at, signed_in_at,
                             idle_expires_at, absolute_expires_at, revoked_at)
       VALUES (?1, ?1, ?1, 1, '', 0, 0, ?2, ?2, ?3)`,
    ).bind(id, times.idle, times.revoked ?? null),
  ]);
}

const insertCounted = (table: "spent" | "enrolments", day: string, subject = "total") =>
  env.DB.prepare(`INSERT INTO ${table} VALUES (?1, ?2, 1)`).bind(day, subject).run();

async function kept(sql: string): Promise<readonly unknown[]> {
  return (await env.DB.prepare(sql).raw()).flat();
}

beforeEach(async () => {
  await env.DB.batch(
    ["sessions", "devices", "accounts", "enrolments", "spent"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)),
  );
});

describe("sessions", () => {
  const bound = NOW - ENDED_SESSION_DAYS * DAY_MS;

  test("are deleted seven days after they ended by themselves, and kept until then", async () => {
    await insertSession("over", { idle: bound - 1 });
    await insertSession("not-yet", { idle: bound });
    await insertSession("live", { idle: NOW + 1 });
    expect(await run()).toMatchObject([{ cron: "purge", lapsedSessions: 1, enrolments: 0, spent: 0 }]);
    expect(await kept("SELECT id FROM sessions ORDER BY id")).toEqual(["live", "not-yet"]);
  });

  test("are deleted seven days after they were ended, and kept until then", async () => {
    await insertSession("over", { idle: NOW + DAY_MS, revoked: bound - 1 });
    await insertSession("not-yet", { idle: NOW + DAY_MS, revoked: bound });
    expect(await run()).toMatchObject([{ cron: "purge", revokedSessions: 1, enrolments: 0, spent: 0 }]);
    expect(await kept("SELECT id FROM sessions")).toEqual(["not-yet"]);
  });

  test("leave their device and account behind", async () => {
    await insertSession("over", { idle: bound - 1 });
    await run();
    expect(await kept("SELECT count(*) FROM devices UNION ALL SELECT count(*) FROM accounts")).toEqual([1, 1]);
  });
});

describe.each([
  ["enrolments", ADDRESS_DAYS],
  ["spent", SPENT_DAYS],
] as const)("rows of %s", (table, days) => {
  test(`are kept for ${days} days and deleted after, whatever the hour`, async () => {
    for (const back of [0, days, days + 1, days + 400]) await insertCounted(table, utcDayBefore(NOW, back));
    for (const hour of [Date.parse("2026-03-10T00:00:00Z"), Date.parse("2026-03-10T23:59:59Z")])
      await run(env.DB, hour);
    expect(await kept(`SELECT day FROM ${table} ORDER BY day DESC`)).toEqual([
      utcDayBefore(NOW, 0),
      utcDayBefore(NOW, days),
    ]);
    await run(env.DB, NOW + DAY_MS);
    expect(await kept(`SELECT day FROM ${table}`)).toEqual([utcDayBefore(NOW, 0)]);
  });
});

describe("what is much", () => {
  const fill = (rows: number) =>
    env.DB.prepare(
      "INSERT INTO spent WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) SELECT '2020-01-01', 'account:' || i, 1 FROM n",
    )
      .bind(rows)
      .run();
  const counted = () => {
    const seen = { statements: 0 };
    const db = aroundDb(env.DB, (make) => {
      seen.statements += 1;
      return make();
    });
    return { db, seen };
  };

  test("is deleted in statements of a bounded size, until a short one", async () => {
    await fill(2 * PURGE_ROWS + 1);
    const { db, seen } = counted();
    expect(await run(db)).toMatchObject([{ spent: 2 * PURGE_ROWS + 1 }]);
    expect(seen.statements).toBe(3 + OTHER_STATEMENTS);
    expect(await kept("SELECT count(*) FROM spent")).toEqual([0]);
  });

  test("is left to the next run after a bounded number of statements", async () => {
    await fill(PURGE_ROUNDS * PURGE_ROWS + 5);
    const { db, seen } = counted();
    expect(await run(db)).toMatchObject([{ spent: PURGE_ROUNDS * PURGE_ROWS }]);
    expect(seen.statements).toBe(PURGE_ROUNDS + OTHER_STATEMENTS);
    expect(await run()).toMatchObject([{ spent: 5 }]);
  });
});

describe("the run", () => {
  test("does nothing the second time", async () => {
    await insertCounted("spent", "2020-01-01");
    await run();
    const [line] = await run();
    expect(line).toEqual({ ...NOTHING, databaseBytes: expect.any(Number) });
  });

  test("fails where D1 does, so that the platform shows it as failed", async () => {
    await expect(run(aroundDb(env.DB, failing("D1_ERROR: gone")))).rejects.toThrow("D1 failed");
  });

  test("is what the Worker's cron trigger does, at the trigger's own time", async () => {
    await insertCounted("spent", utcDayBefore(NOW, SPENT_DAYS));
    await insertCounted("spent", utcDayBefore(NOW, SPENT_DAYS + 1));
    const controller = createScheduledController({ scheduledTime: new Date(NOW), cron: "17 * * * *" });
    const line = vi.spyOn(console, "log").mockReturnValue();
    await entry.scheduled(controller, env);
    expect(line.mock.calls.map(([text]) => JSON.parse(text))).toEqual([
      { ...NOTHING, spent: 1, databaseBytes: expect.any(Number) },
    ]);
    expect(await kept("SELECT day FROM spent")).toEqual([utcDayBefore(NOW, SPENT_DAYS)]);
  });
});
