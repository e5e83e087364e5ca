/**
 * The store of the demo: one JSON file, which keeps whatever else it holds. Risk accepted: the app secret lies in plain
 * text, where an app has its keychain.
 */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import * as v from "valibot";
import { makeCredentials } from "./credentials.ts";
import { readJsonFile, unusable, writeJsonFile } from "./file-json.ts";
import { withFileLock } from "./file-lock.ts";
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

  if ((await readJsonFile(path, Content)) === undefined) {
    await exclusively(async () => {
      // The process that held the lock before may have made it.
      if ((await readJsonFile(path, Content)) === undefined)
        await writeJsonFile(path, { server, ...makeCredentials() });
    });
  }

  async function readOwn(): Promise<Content> {
    const content = await readJsonFile(path, Content);
    if (content === undefined) throw unusable(path, "it was deleted while in use");
    if (content.server !== server) throw unusable(path, `it belongs to ${content.server}, not to ${server}`);
    return content;
  }

  async function replace(expected: Saved, next: Saved): Promise<Saved> {
    const content = await readOwn();
    if (!isSameState(toSaved(content), expected)) return toSaved(content);
    const { tokens: _, ...rest } = content;
    const { appId, appSecret, tokens } = next;
    await writeJsonFile(path, { ...rest, appId, appSecret, ...(tokens && { tokens }) });
    return next;
  }

  await readOwn();
  return { read: async () => toSaved(await readOwn()), replace, exclusively };
}

function toSaved({ appId, appSecret, tokens }: Content): Saved {
  return { appId, appSecret, tokens };
}
