/** The watch over the database's size: cron tells the operator at seventy in a hundred of the limit, once a day. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { type Config, readConfig } from "../../src/config.ts";
import { runScheduled } from "../../src/scheduled.ts";
import { NOON } from "./account.ts";

const HOUR_MS = 3_600_000;

beforeEach(() => env.DB.batch(["events", "alerts"].map((table) => env.DB.prepare(`DELETE FROM ${table}`))));

/** A run of cron under a configuration, with the size it saw, its further lines, and what it posted. */
async function run(different: Partial<Config> = {}, now = NOON) {
  const lines: string[] = [];
  const posted: string[] = [];
  const post: typeof fetch = async (url, init) => {
    posted.push(`${String(url)} ${String(init?.body)}`);
    return new Response();
  };
  const config = { ...readConfig(env), ...different };
  await runScheduled({ db: env.DB, config, fetch: post, now, log: (line) => void lines.push(line) });
  const [purged, ...further] = lines.map((line) => JSON.parse(line));
  return { bytes: Number(purged.databaseBytes), posted, further };
}

const events = async () =>
  (await env.DB.prepare("SELECT kind || ' ' || severity FROM events ORDER BY id").raw<[string]>()).flat();

/** The greatest limit of which the database fills seventy in a hundred. */
async function limitReached(): Promise<number> {
  return Math.floor((await run()).bytes / 0.7);
}

describe("the operator", () => {
  test("is told at seventy in a hundred of the limit, not below", async () => {
    const limit = await limitReached();
    await run({ databaseLimitBytes: limit + 10 });
    expect(await events()).toEqual([]);
    await run({ databaseLimitBytes: limit });
    expect(await events()).toEqual(["database_filling warning"]);
  });

  test("is told once a day, though cron runs every hour", async () => {
    const full = { databaseLimitBytes: 1000 };
    for (const hour of [0, 1, 2, 23]) await run(full, NOON + hour * HOUR_MS);
    expect(await events()).toHaveLength(1);
    await run(full, NOON + 25 * HOUR_MS);
    expect(await events()).toHaveLength(2);
  });

  test("finds it in the log, with the figures, once", async () => {
    const cause = expect.stringMatching(/^\d+ of 0 MB are used$/);
    const { further } = await run({ databaseLimitBytes: 1000 });
    expect(further).toEqual([{ event: "database_filling", severity: "warning", cause }]);
    expect((await run({ databaseLimitBytes: 1000 })).further).toEqual([]);
  });

  test("is alerted with the figures, where there is a webhook", async () => {
    const { posted } = await run({ databaseLimitBytes: 1000, alertWebhookUrl: "https://hooks.example/alert" });
    expect(posted).toHaveLength(1);
    expect(posted[0]).toMatch(/^https:\/\/hooks\.example\/alert .*database_filling.* \d+ of \d+ MB are used/);
  });

  test("is not alerted without one, nor while there is room", async () => {
    expect((await run({ databaseLimitBytes: 1000 })).posted).toEqual([]);
    expect((await run({ alertWebhookUrl: "https://hooks.example/alert" })).posted).toEqual([]);
  });
});
