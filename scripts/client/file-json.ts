/**
 * JSON files of the client's own: readable by their owner only, written whole beside and renamed into place. A file
 * that cannot be used is left as it is. Risk accepted: a process killed in mid-write leaves its temporary file, just as
 * private, behind.
 */
import { open, readFile, rename } from "node:fs/promises";
import * as v from "valibot";
import { ClientError } from "./failure.ts";
import { hasCode } from "./file-lock.ts";

/** What the file holds, or nothing where there is none. Throws `unusable_file` where it is something else. */
export async function readJsonFile<Content>(
  path: string,
  shape: v.GenericSchema<unknown, Content>,
): Promise<Content | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw unusable(path, error instanceof Error ? error.message : String(error));
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), shape), text);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue);
  // The library's own words would quote the value, which may be a secret.
  throw unusable(
    path,
    where === null ? "it is not a JSON object" : `its "${where}" is missing or not what it should be`,
  );
}

/** Writes the file. Durable when it returns. */
export async function writeJsonFile(path: string, content: unknown): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.writeFile(`${JSON.stringify(content, undefined, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** The failure that a file is. */
export function unusable(path: string, reason: string): ClientError {
  return new ClientError({ kind: "unusable_file", path, reason });
}
