/**
 * `recover`: a code on paper for when every device is lost. It is made here and shown before it is sent, so that no lost
 * answer leaves a dead code on paper.
 */
import { makeRecoveryCode, readCode, writeCode } from "../client/codes.ts";
import { deleteRecoveryCode, putRecoveryCode } from "../client/owner.ts";
import { PROOF_OPTIONS, PROOF_USAGE, proofFrom } from "./ask.ts";
import { type Command, type CommandInput, UsageError } from "./command.ts";
import { JOIN_OPTIONS, joinAndTell } from "./joining.ts";

export const recover: Command = {
  name: "recover",
  usage: [PROOF_USAGE, "[--move|--leave] CODE", `--delete ${PROOF_USAGE}`],
  summary: "make a recovery code to write down; with it, come back into the account; or take it away",
  options: { ...JOIN_OPTIONS, ...PROOF_OPTIONS, delete: { type: "boolean" } },
  run: runRecover,
};

async function runRecover(input: CommandInput): Promise<void> {
  const { client, values, words, print } = input;
  if (words.length > 0) {
    const read = readCode(words.join(""));
    if (read === undefined) throw new UsageError("A recovery code has 26 letters and digits.");
    if (read.kind !== "recovery-code") throw new UsageError("That is a transfer code: npm run demo -- join CODE");
    await joinAndTell(input, read);
    return;
  }
  if (values.delete === true) {
    await deleteRecoveryCode(client, proofFrom(values));
    print("There is no recovery code any more.");
    return;
  }
  const code = makeRecoveryCode();
  print(`Write this down, and keep it away from the phone: ${writeCode(code)}`);
  try {
    await putRecoveryCode(client, code, proofFrom(values));
  } catch (error) {
    print("Throw that away: it may not be good. Say `recover` again for another.");
    throw error;
  }
  print("It is good from now on, and the one before is not. To come back with it: npm run demo -- recover CODE");
}
