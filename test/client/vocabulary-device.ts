/** A device of the reference client's over the real Worker, with a network and a vocabulary of its own. */
import { expect } from "vitest";
import { createClient } from "../../scripts/client/client.ts";
import { memoryStore } from "../../scripts/client/store.ts";
import {
  addEntry,
  countPending,
  editEntry,
  entriesShown,
  type Fields,
  removeEntry,
} from "../../scripts/client/vocabulary.ts";
import { type OtherAccountChoice, syncVocabulary } from "../../scripts/client/vocabulary-sync.ts";
import { secondDevice } from "../second-device.ts";
import { type AppCredentials, newApp, ORIGIN, startWorker } from "../worker.ts";
import { memoryVocabulary } from "./memory-vocabulary.ts";

/** The fields that a new entry must have. */
export const BREAD = { text: "bread", language: "en", translation: "pan", translationLanguage: "es" };

const worker = startWorker();

/** What the network does to one request to `sync`; `undefined` lets it through. */
type Fault = "request lost" | "answer lost" | (() => Response | Promise<Response | undefined>) | undefined;

/** A device with its own network. */
export function newDevice(app: AppCredentials = newApp()) {
  const vocabulary = memoryVocabulary();
  const faults: Fault[] = [];
  const asked: string[] = [];
  const client = createClient({
    baseUrl: ORIGIN,
    store: memoryStore({ appId: app.app_id, appSecret: app.app_secret }),
    fetch: async (url, { signal: _, ...init }) => {
      const path = url.slice(ORIGIN.length);
      const isSync = path.startsWith("/v1/vocabulary/sync");
      if (isSync) asked.push(init.method === "POST" ? "push" : path.replace(/.*since=(\d+).*/, "since $1"));
      const fault = isSync ? faults.shift() : undefined;
      if (fault === "request lost") throw new TypeError("fetch failed");
      if (typeof fault === "function") {
        const answer = await fault();
        if (answer) return answer;
      }
      const answer = await worker.request(path, init);
      if (fault === "answer lost") throw new TypeError("fetch failed");
      return answer;
    },
    now: Date.now,
    pause: async () => undefined,
  });
  return {
    client,
    vocabulary,
    faults,
    asked,
    sync: (choice?: OtherAccountChoice) => syncVocabulary(client, vocabulary, choice),
    add: (fields = {}) => vocabulary.change((kept) => addEntry(kept, { ...BREAD, ...fields }, Date.now())),
    addMany: (count: number) =>
      vocabulary.change((kept) => {
        for (let index = 0; index < count; index += 1) addEntry(kept, { ...BREAD, text: `word ${index}` }, Date.now());
      }),
    edit: (id: string, fields: Fields) => vocabulary.change((kept) => editEntry(kept, id, fields, Date.now())),
    remove: (id: string) => vocabulary.change((kept) => removeEntry(kept, id)),
  };
}
export type Device = ReturnType<typeof newDevice>;

/** The entries that a device shows. */
export const shownBy = async ({ vocabulary }: Pick<Device, "vocabulary">) =>
  new Map(entriesShown(await vocabulary.read()).map(({ id, fields }) => [id, fields]));

/** Another device of the same account. */
export const secondDeviceOf = async ({ client }: Device): Promise<Device> =>
  newDevice(await secondDevice(await client.accountId()));

/** Holds two devices to showing the same, with nothing left to push. */
export async function expectEqual(a: Device, b: Device): Promise<void> {
  expect(await shownBy(b)).toEqual(await shownBy(a));
  for (const { vocabulary } of [a, b]) expect(countPending(await vocabulary.read())).toBe(0);
}
