/** A phone of the stories: the demo in a folder of its own, where one file is the keychain and one the app's data. */
import { join } from "node:path";
import { expect } from "vitest";
import { emptyFolder, runDemoHere } from "./served.ts";
import type { Network } from "./served-worker.ts";

/** Waits as long as a server asks for, but not for a network to come back. */
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms < 1_000 ? 0 : ms));

/** A phone with that name, on which nothing was started yet. */
export function newPhone(network: Pick<Network, "url">, name: string) {
  const folder = emptyFolder();
  const keychain = join(folder, "key.json");
  const data = join(folder, "key.vocabulary.json");
  const options = ["--url", network.url, "--file", keychain, "--name", name];
  const run = (...args: string[]) => runDemoHere([...options, ...args], pause);
  /** Runs a command that works. */
  async function works(...args: string[]): Promise<string> {
    const { code, out, errors } = await run(...args);
    expect(code, `${args.join(" ")}: ${errors}`).toBe(0);
    return out;
  }
  return {
    folder,
    keychain,
    data,
    options,
    /** What a command that fails says of it. */
    async fails(...args: string[]): Promise<string> {
      const { code, out, errors } = await run(...args);
      expect(code, `${args.join(" ")}: ${out}`).not.toBe(0);
      return out + errors;
    },
    works,
    add: (text: string, translation: string) => works("vocab", "add", "--to", "es", text, translation),
    /** The texts of the entries that it shows, in order, and a star at those that are to be synced. */
    async shows(): Promise<string[]> {
      const lines = (await works("vocab", "list")).split("\n").slice(1);
      const rows = lines.filter((line) => /^\S+ +en-es /.test(line)).map((line) => line.split(/ {2,}/));
      return rows.map((cells) => `${cells[2]}${cells.at(-1) === "to sync" ? "*" : ""}`).sort();
    },
    /** The beginning of an entry's id. */
    async idOf(text: string): Promise<string> {
      return (await works("vocab", "list", "--search", text)).split("\n")[1]?.split(" ")[0] ?? "";
    },
  };
}
/** What `newPhone` gives. */
export type Phone = ReturnType<typeof newPhone>;
