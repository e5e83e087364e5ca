/**
 * `vocab`: the traveller's vocabulary, worked on in a file of its own with no network, and brought together with the
 * server's by `sync`. Files of other programs go through the server, which reads and writes their formats.
 */
import { type Command, type CommandInput, UsageError } from "./command.ts";
import { addEntryHere, editEntryHere, listEntries, removeEntryHere } from "./vocab-edits.ts";
import { exportFile, importFile, syncAndTell } from "./vocab-server.ts";

export const vocab: Command = {
  name: "vocab",
  usage: [
    "add [--from en] --to es [--note N] [--category C] [--tags a,b] TEXT TRANSLATION",
    "list [--search TEXT]",
    "edit [--text T] [--translation T] [--note N] [--category C] [--tags a,b] ID",
    "remove ID",
    "sync [--keep|--drop]",
    "export [--format json|csv|anki] [FILE]",
    "import [--from en] [--to es] [--dry-run] FILE",
  ],
  summary: "collect words; add, list, edit and remove need no network. An empty --note clears it",
  options: {
    from: { type: "string" },
    to: { type: "string" },
    text: { type: "string" },
    translation: { type: "string" },
    note: { type: "string" },
    category: { type: "string" },
    tags: { type: "string" },
    search: { type: "string" },
    format: { type: "string" },
    "dry-run": { type: "boolean" },
    keep: { type: "boolean" },
    drop: { type: "boolean" },
  },
  run: runVocab,
};

const ACTIONS = new Map<string, (input: CommandInput) => Promise<void>>([
  ["add", addEntryHere],
  ["list", listEntries],
  ["edit", editEntryHere],
  ["remove", removeEntryHere],
  ["sync", syncAndTell],
  ["export", exportFile],
  ["import", importFile],
]);

async function runVocab({ words: [name = "", ...words], ...input }: CommandInput): Promise<void> {
  const action = ACTIONS.get(name);
  if (action === undefined) throw new UsageError(`vocab does one of these: ${[...ACTIONS.keys()].join(", ")}.`);
  await action({ ...input, words });
}
