/**
 * The file that the demo keeps a pack in: the pair, the names of its categories, and the ETag to ask for it again. A file
 * that is something else is never written over.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import * as v from "valibot";
import { Categories, Pack } from "../client/phrasebook.ts";
import { UsageError } from "./command.ts";

const PackFile = v.object({ etag: v.string(), categories: Categories, pack: Pack });

/** What the file holds. */
export type KeptPack = v.InferOutput<typeof PackFile>;

/** Reads a pack file; undefined where there is none. */
export function readPackFile(path: string): KeptPack | undefined {
  if (!existsSync(path)) return undefined;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), PackFile), readFileSync(path, "utf8"));
  if (!parsed.success) throw new UsageError(`${path} is no pack of this demo's. It is left as it is.`);
  return parsed.output;
}

/** Writes a pack file. Returns its size in bytes. */
export function writePackFile(path: string, kept: KeptPack): number {
  const text = `${JSON.stringify(kept)}\n`;
  writeFileSync(path, text);
  return Buffer.byteLength(text);
}
