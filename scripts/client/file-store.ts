/**
 * The store of the demo: one JSON file, readable by its owner only, written whole beside and renamed into place. It
 * keeps whatever else the file holds. Risk accepted: the app secret lies in plain text, where an app has its keychain;
 * and a process killed in mid-write leaves its temporary file, just as private, behind.
 */
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import * as v from "valibot";
import { makeCredentials } from "./credentials.ts";
import { ClientError } from "./failure.ts";
import { hasCode, withFileLock } from "./file-lock.ts";
import { isSameState, type Saved, type Store, Tokens } from "./store.ts";

const Content = v.looseObject({
  /** The edge that these credentials are for: an app secret is never shown to another server. */
  server: v.string(),
  appId: v.pipe(v.string(), v.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i)),
  appSecret: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)),
  tokens: v.optional(Tokens),
});
type Content = v.InferOutput<typeof Content>;

/**
 * Opens the file, or makes it with new credentials when there is none. A file that cannot be used is left as it is:
 * `unusable_file` says what is wrong with it.
 */
export async function openFileStore(path: string, server: string): Promise<Store> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const exclusively = <T>(work: () => Promise<T>) => withFileLock(path, work);

  if ((await readContent(path)) === undefined) {
    await exclusively(async () => {
      // The process that held the lock before may have made it.
      if ((await readContent(path)) === undefined) await writeContent(path, { server, ...makeCredentials() });
    });
  }

  async function readOwn(): Promise<Content> {
    const content = await readContent(path);
    if (content === undefined) throw unusable(path, "it was deleted while in use");
    if (content.server !== server) throw unusable(path, `it belongs to ${content.server}, not to ${server}`);
    return content;
  }

  async function replace(expected: Saved, next: Saved): Promise<Saved> {
    const content = await readOwn();
    if (!isSameState(toSaved(content), expected)) return toSaved(content);
    const { tokens: _, ...rest } = content;
    const { appId, appSecret, tokens } = next;
    await writeContent(path, { ...rest, appId, appSecret, ...(tokens && { tokens }) });
    return next;
  }

  await readOwn();
  return { read: async () => toSaved(await readOwn()), replace, exclusively };
}

async function readContent(path: string): Promise<Content | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw unusable(path, error instanceof Error ? error.message : String(error));
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Content), text);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue);
  // The library's own words would quote the value, which may be a secret.
  throw unusable(
    path,
    where === null ? "it is not a JSON object" : `its "${where}" is missing or not what it should be`,
  );
}

async function writeContent(path: string, content: Content): Promise<void> {
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

function toSaved({ appId, appSecret, tokens }: Content): Saved {
  return { appId, appSecret, tokens };
}

function unusable(path: string, reason: string): ClientError {
  return new ClientError({ kind: "unusable_file", path, reason });
}
