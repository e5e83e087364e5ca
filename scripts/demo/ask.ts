/**
 * Secrets and decisions from the person at the terminal: from an option, from the environment, or asked for. Nothing is
 * asked where nobody could answer.
 */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { AskProof } from "../client/client.ts";
import { readCode } from "../client/codes.ts";
import { type OptionValues, stringOption, UsageError } from "./command.ts";

const PASSWORD_VARIABLE = "PIDGING_PASSWORD";

/** The options of commands that may need the account's password. */
export const PROOF_OPTIONS = {
  password: { type: "string" },
  "recovery-code": { type: "string" },
} as const;

/** How they read in `--help`. */
export const PROOF_USAGE = "[--password P|--recovery-code C]";

/** The password from `--password`, the environment, or the terminal, where it does not show. */
export async function askPassword(values: OptionValues, question: string): Promise<string> {
  const given = stringOption(values, "password") ?? process.env[PASSWORD_VARIABLE];
  const password = given ?? (await askHidden(question));
  if (!password) throw new UsageError(`Say the password with --password, or set ${PASSWORD_VARIABLE}.`);
  return password;
}

/** For a command that may need the account's password: what was given at first, then what is typed. */
export function proofFrom(values: OptionValues): AskProof {
  return async (attempt) => {
    const typed = stringOption(values, "recovery-code");
    if (typed !== undefined) return attempt === 1 ? { recovery_code: readCode(typed)?.code ?? typed } : undefined;
    const given = stringOption(values, "password") ?? process.env[PASSWORD_VARIABLE];
    const password = attempt === 1 && given ? given : await askHidden("This account's password: ");
    return password ? { password } : undefined;
  };
}

/** A line from the terminal that does not show there; nothing where there is no terminal. */
export async function askHidden(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await terminal.question("");
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}

/** Whether the person at the terminal says yes; without a terminal nobody does. */
export async function askYes(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} (yes/no) `)).trim());
  } finally {
    terminal.close();
  }
}
