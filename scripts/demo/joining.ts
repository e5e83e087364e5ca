/**
 * Into another account, whatever lets the device in: what is unsent is pushed before, so that the server knows what would
 * be left behind; then the vocabulary follows the device. Choosing for the traveller is left to `--move` and `--leave`. Risk
 * accepted: where the process is killed in between, the next sync asks about entries that were moved already; keeping
 * them doubles none.
 */
import type { EntriesChoice, Key } from "../client/grants.ts";
import { countPending, entriesShown } from "../client/vocabulary.ts";
import { changeAccount } from "../client/vocabulary-merge.ts";
import { type CommandInput, counted, type OptionValues, UsageError } from "./command.ts";
import { sync } from "./vocab-server.ts";

/** The options of every command that joins. */
export const JOIN_OPTIONS = { move: { type: "boolean" }, leave: { type: "boolean" } } as const;

/** Joins the account that the key opens, and tells what became of the entries. */
export async function joinAndTell(input: CommandInput, key: Key): Promise<void> {
  const { client, vocabulary, print } = input;
  const choice = readChoice(input.values);
  await pushUnsent(input);
  const { accountId: keptAccountId } = await vocabulary.read();
  // Signed out, the server is asked: what the device leaves is known by its account.
  const before = (await client.lastAccountId()) ?? (keptAccountId === undefined ? undefined : await client.accountId());
  const { moved, equal, renamed, left } = await client.join(key, choice);
  const accountId = await client.accountId();
  await vocabulary.change((kept) => {
    const isLeft = kept.accountId !== undefined && kept.accountId === before && before !== accountId;
    // They were moved or left on the server; what is moved comes back with the next pull.
    if (isLeft) changeAccount(kept, accountId, "drop");
  });
  print("This device is in the account now.");
  const told = [
    [moved + renamed, "moved along"],
    [equal, "already there"],
    [left, "left behind"],
  ] as const;
  for (const [entries, what] of told) if (entries > 0) print(`${counted(entries)} ${what}.`);
  await sync(input);
  print(`${counted(entriesShown(await vocabulary.read()).length)} on this device.`);
}

/** Pushes what is unsent, where it is of the account that the device is in. */
async function pushUnsent(input: CommandInput): Promise<void> {
  const kept = await input.vocabulary.read();
  if (countPending(kept) === 0) return;
  const accountId = await input.client.accountId();
  if (kept.accountId === undefined || kept.accountId === accountId) await sync(input);
}

function readChoice({ move, leave }: OptionValues): EntriesChoice | undefined {
  if (move === true && leave === true) throw new UsageError("Either --move or --leave.");
  if (move === true) return "move";
  return leave === true ? "leave" : undefined;
}
