/** `erase`: the account and everything on it, for good; and what this device keeps of it. */
import { eraseAccount } from "../client/owner.ts";
import { forgetAll } from "../client/vocabulary.ts";
import { askYes, PROOF_OPTIONS, PROOF_USAGE, proofFrom } from "./ask.ts";
import { type Command, type CommandInput, UsageError } from "./command.ts";

export const erase: Command = {
  name: "erase",
  usage: `[--yes] ${PROOF_USAGE}`,
  summary: "erase the account with all its devices and entries, on this device too; there is no way back",
  options: { ...PROOF_OPTIONS, yes: { type: "boolean" } },
  run: runErase,
};

async function runErase({ client, vocabulary, values, print }: CommandInput): Promise<void> {
  const isSure = values.yes === true || (await askYes("Erase the account and all its entries, for good?"));
  if (!isSure) throw new UsageError("Nothing was erased. --yes says that it is meant.");
  await eraseAccount(client, proofFrom(values));
  await client.startAnew();
  await vocabulary.change(forgetAll);
  print("Erased. The next command begins as a new device.");
}
