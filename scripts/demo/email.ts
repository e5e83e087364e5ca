/** `register` and `login`: an email address and a password as one more way into the account. */
import type { AskProof } from "../client/client.ts";
import { deleteEmail, putEmail } from "../client/owner.ts";
import { askHidden, askPassword, PROOF_OPTIONS, PROOF_USAGE, proofFrom } from "./ask.ts";
import { type Command, type CommandInput, type OptionValues, stringOption, UsageError } from "./command.ts";
import { JOIN_OPTIONS, joinAndTell } from "./joining.ts";

export const register: Command = {
  name: "register",
  usage: ["[--password NEW] [--current-password P|--recovery-code C] EMAIL", `--delete ${PROOF_USAGE}`],
  summary: "set the email address and the password to sign in with, or take them away",
  options: { ...PROOF_OPTIONS, "current-password": { type: "string" }, delete: { type: "boolean" } },
  run: runRegister,
};

export const login: Command = {
  name: "login",
  usage: "[--password P] [--move|--leave] EMAIL",
  summary: "bring this device into the account with that email address; without --password it asks",
  options: { password: { type: "string" }, ...JOIN_OPTIONS },
  run: runLogin,
};

async function runRegister({ client, values, words, print }: CommandInput): Promise<void> {
  if (values.delete === true) {
    await deleteEmail(client, proofFrom(values));
    print("There is no email address and no password any more.");
    return;
  }
  const email = emailIn(words);
  const password = await askPassword(values, "The new password: ");
  await putEmail(client, email, password, currentProof(values, password));
  print("Registered. On another device: npm run demo -- login EMAIL");
}

async function runLogin(input: CommandInput): Promise<void> {
  const email = emailIn(input.words);
  const password = await askPassword(input.values, "Password: ");
  await joinAndTell(input, { kind: "email", email, password });
}

/** The new password comes first: after an answer that was lost it is the present one already. */
function currentProof(values: OptionValues, newPassword: string): AskProof {
  if (stringOption(values, "recovery-code") !== undefined) return proofFrom(values);
  const given = stringOption(values, "current-password") ?? newPassword;
  return async (attempt) => {
    const password = attempt === 1 ? given : await askHidden("The present password: ");
    return password ? { password } : undefined;
  };
}

function emailIn(words: readonly string[]): string {
  const [email, ...more] = words;
  if (!email || more.length > 0) throw new UsageError("Which email address?");
  return email;
}
