/** `join`: into the account that made a transfer code. */
import { readCode } from "../client/codes.ts";
import { type Command, type CommandInput, UsageError } from "./command.ts";
import { JOIN_OPTIONS, joinAndTell } from "./joining.ts";

export const join: Command = {
  name: "join",
  usage: "[--move|--leave] CODE|LINK",
  summary: "bring this device into the account that made the transfer code; quote a link",
  options: JOIN_OPTIONS,
  run: runJoin,
};

async function runJoin(input: CommandInput): Promise<void> {
  const read = readCode(input.words.join(""));
  if (read === undefined) throw new UsageError("Which code? A transfer code has 12 letters and digits.");
  if (read.kind !== "transfer-code") throw new UsageError("That is a recovery code: npm run demo -- recover CODE");
  await joinAndTell(input, read);
}
