/**
 * What `vocab` does with the server: sync, and files out and in, around which it syncs, so that neither side is behind.
 * Without a network nothing is lost; it says so, and fails with the network's failure.
 */
import { readFile, writeFile } from "node:fs/promises";
import * as v from "valibot";
import { isTemporary } from "../client/failure.ts";
import { countPending } from "../client/vocabulary.ts";
import { type OtherAccountChoice, type SyncReport, syncVocabulary } from "../client/vocabulary-sync.ts";
import { type CommandInput, type OptionValues, printable, stringOption, UsageError } from "./command.ts";

const FORMATS = ["json", "csv", "anki"];

const ImportBody = v.object({ created: v.number(), updated: v.number(), unchanged: v.number() });

/** `vocab sync`. */
export async function syncAndTell(input: CommandInput): Promise<void> {
  const { pulled, pushed } = await sync(input);
  input.print(pulled + pushed === 0 ? "Nothing new on either side." : `Received ${pulled}, sent ${pushed}.`);
}

/** `vocab export`: the server's file, into a file or to the terminal. */
export async function exportFile(input: CommandInput): Promise<void> {
  const { client, values, words, print } = input;
  const format = stringOption(values, "format") ?? "json";
  if (!FORMATS.includes(format)) throw new UsageError(`--format is one of ${FORMATS.join(", ")}.`);
  if (words.length > 1) throw new UsageError("Into which file? Name one.");
  await sync(input);
  const { text } = await client.request(`/v1/vocabulary/export?${new URLSearchParams({ format })}`);
  const [path] = words;
  if (path === undefined) {
    print(text);
    return;
  }
  await writeFile(path, text).catch((error: Error) => {
    throw new UsageError(`${path} cannot be written: ${error.message}`);
  });
  print(`Wrote ${path}.`);
}

/** `vocab import`: sends a file to the server, and receives what it made of it. */
export async function importFile(input: CommandInput): Promise<void> {
  const { client, values, words, print } = input;
  const [path, ...more] = words;
  if (!path || more.length > 0) throw new UsageError("Which file?");
  const content = await readFile(path).catch((error: Error) => {
    throw new UsageError(`${path} cannot be read: ${error.message}`);
  });
  const isDryRun = values["dry-run"] === true;
  const query = new URLSearchParams({ dryRun: String(isDryRun) });
  const [from, to] = [stringOption(values, "from"), stringOption(values, "to")];
  if (from !== undefined) query.set("language", from);
  if (to !== undefined) query.set("translationLanguage", to);
  await sync(input);
  const file = { type: "application/octet-stream", content: new Uint8Array(content) };
  const { body } = await client.requestJson(ImportBody, `/v1/vocabulary/import?${query}`, { file });
  const counts = `${body.created} new, ${body.updated} changed, ${body.unchanged} as they were`;
  print(isDryRun ? `It would be ${counts}. Nothing was changed.` : `Imported: ${counts}.`);
  if (!isDryRun) await syncAndTell(input);
}

/** Syncs, and says what is left to do on this device. */
export async function sync({ client, vocabulary, values, print }: CommandInput): Promise<SyncReport> {
  try {
    const report = await syncVocabulary(client, vocabulary, readChoice(values));
    for (const { id, code } of report.refused)
      print(printable(`The server does not take ${id} (${code.replaceAll("_", " ")}): it stays on this device alone.`));
    return report;
  } catch (error) {
    const pending = countPending(await vocabulary.read());
    if (pending > 0 && isTemporary(error))
      print(`${pending} to sync: kept on this device. Run \`vocab sync\` again when there is a network.`);
    throw error;
  }
}

function readChoice({ keep, drop }: OptionValues): OtherAccountChoice | undefined {
  if (keep === true && drop === true) throw new UsageError("Either --keep or --drop.");
  if (keep === true) return "keep";
  return drop === true ? "drop" : undefined;
}
