// `npm run account -- block|unblock <account id> --local|--remote`: the operator's switch for one account, until there
// is a console. Blocking ends the account's sessions in the same batch; unblocking revives none.

import { spawnSync } from "node:child_process";
import { blockingSql, readArguments } from "./account/command.ts";

function run(): number {
  const command = readArguments(process.argv.slice(2));
  if (!command.ok) {
    console.error(command.message);
    return 2;
  }
  const { act, accountId, where } = command;
  const sql = blockingSql(act, accountId, Date.now());
  const done = spawnSync("wrangler", ["d1", "execute", "DB", where, "--json", "--yes", "--command", sql], {
    encoding: "utf8",
    env: { ...process.env, WRANGLER_SEND_METRICS: "false" },
  });
  if (done.status !== 0) {
    console.error(done.stderr || done.stdout);
    return 1;
  }
  const found = /"id":\s*"/.test(done.stdout);
  console.log(found ? `${act}ed ${accountId}` : `There is no account ${accountId}`);
  return found ? 0 : 1;
}

process.exitCode = run();
