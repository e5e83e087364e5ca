/** What the operator runs after a restore: its arguments, its SQL on the real schema, and what phones then meet. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { epochIn, readArguments, restoredSql } from "../../scripts/restored/command.ts";
import { newApp, startWorker } from "../worker.ts";
import { bread, newPhone } from "./phone.ts";

const run = async (before: number, now = Date.now()) => {
  const answers = await env.DB.batch(restoredSql(before, now).map((sql) => env.DB.prepare(sql)));
  return epochIn(JSON.stringify(answers.map(({ results }) => ({ results }))));
};
const revoked = () => env.DB.prepare("SELECT revoked_at FROM sessions ORDER BY rowid").raw();

beforeEach(() =>
  env.DB.batch([env.DB.prepare("UPDATE deployment SET epoch = 1"), env.DB.prepare("DELETE FROM sessions")]),
);

describe("the arguments", () => {
  test("are the epoch before and the place, in any order", () => {
    const local = { ok: true, before: 3, where: "--local" };
    expect(readArguments(["--epoch", "3", "--local"])).toEqual(local);
    expect(readArguments(["--local", "--epoch=3"])).toEqual(local);
    expect(readArguments(["--epoch", "510", "--remote"])).toEqual({ ok: true, before: 510, where: "--remote" });
  });

  test.each([
    [[]],
    [["--epoch", "3"]],
    [["--local"]],
    [["--epoch", "3", "--local", "--remote"]],
    [["--epoch", "0", "--local"]],
    [["--epoch", "511", "--local"]],
    [["--epoch", "3;", "--local"]],
    [["--epoch", "3", "4", "--local"]],
  ])("are refused with a reason: %j", (words) => {
    const command = readArguments(words);
    expect(command.ok ? "" : command.message).not.toBe("");
  });
});

describe("the statements", () => {
  test("make the epoch one more than it was before, whatever the restored one is", async () => {
    expect(await run(5)).toBe(6);
    expect(await run(6)).toBe(7);
  });

  test("change nothing where the database is past that already, and are safe to repeat", async () => {
    await env.DB.prepare("UPDATE deployment SET epoch = 6").run();
    const { worker, tokens } = await newPhone();
    expect(await run(4)).toBe(6);
    expect((await worker.get("/v1/vocabulary/sync", tokens.access_token)).status).toBe(200);
    expect(await run(5)).toBe(6);
    expect(await run(5)).toBe(6);
  });

  test("end every session that is live, and leave when others ended", async () => {
    await newPhone();
    await env.DB.prepare("UPDATE sessions SET revoked_at = 5").run();
    await newPhone();
    await run(1, 9);
    expect(await revoked()).toEqual([[5], [9]]);
  });
});

test("a phone must sign in again, and then learns of the restore from its old cursor", async () => {
  const app = newApp();
  const worker = startWorker();
  const phone = await newPhone(worker, app);
  const { cursor } = await phone.push([bread("bread-001")], { since: 0 });
  await run(1);
  expect(await phone.pullRefused({ since: cursor })).toMatchObject({ status: 401 });
  expect(await phone.pushRefused([bread("bread-002")])).toMatchObject({ status: 401 });
  const again = await newPhone(worker, app);
  expect(await again.pullRefused({ since: cursor })).toMatchObject({ status: 410, reason: "epoch" });
  expect((await again.pull()).items.map(({ id }) => id)).toEqual(["bread-001"]);
});
