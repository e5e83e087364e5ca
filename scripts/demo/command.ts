/**
 * What a command of the demo is: one file each in this folder, listed in `commands.ts`. A command gets a client that is
 * ready to use, and prints lines; options that all share, and errors, are handled around it.
 */
import type { ParseArgsOptionsConfig } from "node:util";
import type { Client } from "../client/client.ts";
import type { VocabularyStore } from "../client/vocabulary.ts";

/** The values of a command's options as `parseArgs` gives them. */
export type OptionValues = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

export interface CommandInput {
  client: Client;
  vocabulary: VocabularyStore;
  values: OptionValues;
  /** What stands on the command line besides options and the command's name. */
  words: readonly string[];
  print: (line: string) => void;
}

export interface Command {
  name: string;
  /** Its arguments (each way to call it), and what it does, for `--help`. */
  usage: string | readonly string[];
  summary: string;
  options: ParseArgsOptionsConfig;
  run(input: CommandInput): Promise<void>;
}

/** The command line asks for something that cannot be done as written. */
export class UsageError extends Error {}

/** The value of a string option, or nothing where it was not given. */
export function stringOption(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}

/** Keeps what a server sent from steering the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, " ");
}

/** So many entries, in words. */
export function counted(entries: number): string {
  return entries === 1 ? "1 entry" : `${entries} entries`;
}
