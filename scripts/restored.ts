// `npm run restored -- --epoch <before> --local|--remote`: what the operator runs after a database was restored to an
// earlier time. The epoch becomes one more than it was before the restore, so that every phone learns of it with its next
// sync, and all sessions end, since a restore revives revoked ones. Phones sign in again by themselves.

import { spawnSync } from "node:child_process";
import { epochIn, readArguments, restoredSql } from "./restored/command.ts";

function run(): number {
  const command = readArguments(process.argv.slice(2));
  if (!command.ok) {
    console.error(command.message);
    return 2;
  }
  const { before, where } = command;
  const sql = restoredSql(before, Date.now()).join("; ");
  const done = spawnSync("wrangler", ["d1", "execute", "DB", where, "--json", "--yes", "--command", sql], {
    encoding: "utf8",
    env: { ...process.env, WRANGLER_SEND_METRICS: "false" },
  });
  if (done.status !== 0) {
    console.error(done.stderr || done.stdout);
    return 1;
  }
  const epoch = epochIn(done.stdout);
  if (epoch !== before + 1) {
    console.error(`Nothing was changed: the database is at epoch ${epoch}, so it was not ${before} before the restore`);
    return 1;
  }
  console.log(`The epoch is ${epoch} now, and all sessions have ended`);
  return 0;
}

process.exitCode = run();
