/** A phone with a vocabulary: what the tests of sync ask a Worker with, and how they read its answers. */
import { env } from "cloudflare:workers";
import { type AppCredentials, newApp, startWorker, type TestWorker, type Tokens } from "../worker.ts";

/** An entry, or a tombstone. */
export interface WireItem {
  readonly id: string;
  readonly rev: number;
  readonly deleted?: boolean;
  readonly [field: string]: unknown;
}

/** A page of a pull. */
export interface WirePage {
  readonly items: readonly WireItem[];
  readonly more: boolean;
  readonly page?: string;
  readonly cursor?: number;
}

/** What became of one change. */
export interface WireResult {
  readonly id: string | null;
  readonly status: "applied" | "unchanged" | "conflict" | "rejected";
  readonly rev?: number;
  readonly current?: WireItem;
  readonly code?: string;
  readonly field?: string;
}

/** What a push comes to. */
export interface WirePush {
  readonly results: readonly WireResult[];
  readonly cursor: number;
  readonly contiguous: boolean;
}

/** The status of a refusal, and what its problem says beside. */
export interface WireRefusal {
  readonly status: number;
  readonly code: string;
  readonly reason?: "floor" | "epoch" | "account" | undefined;
  readonly results?: readonly WireResult[];
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** The fields that a new entry must have. */
export const BREAD = { text: "bread", language: "en", translation: "pan", translationLanguage: "es" };

/** A whole new entry with that id. */
export const bread = (id: string, more: object = {}) => ({ id, ...BREAD, ...more });

/** As many ids as wanted, in order. */
export const ids = (count: number, from = 0): readonly string[] =>
  Array.from({ length: count }, (_, index) => `entry-${String(from + index).padStart(5, "0")}`);

/** A phone that signed in, on a fresh isolate unless another is given. */
export async function newPhone(worker: TestWorker = startWorker(), app: AppCredentials = newApp()) {
  const tokens = await worker.signIn(app);
  return phoneWith(worker, tokens);
}

/** The same, with tokens that it has. */
export function phoneWith(worker: TestWorker, tokens: Tokens) {
  const token = tokens.access_token;
  async function read<T>(response: Response): Promise<T> {
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  }
  async function refusal(response: Response): Promise<WireRefusal> {
    if (response.ok) throw new Error(`Not refused: ${await response.text()}`);
    return { ...(await response.json<WireRefusal>()), status: response.status };
  }
  const path = (query: Readonly<Record<string, string | number>>) =>
    `/v1/vocabulary/sync?${new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))}`;
  const pull = async (query: Readonly<Record<string, string | number>> = {}) =>
    read<WirePage>(await worker.get(path(query), token));
  const push = async (changes: readonly unknown[], more: object = {}) =>
    read<WirePush>(await worker.post("/v1/vocabulary/sync", { ...more, changes }, token));
  return {
    worker,
    tokens,
    pull,
    push,
    pullRefused: async (query: Readonly<Record<string, string | number>>) =>
      refusal(await worker.get(path(query), token)),
    pushRefused: async (changes: readonly unknown[], more: object = {}) =>
      refusal(await worker.post("/v1/vocabulary/sync", { ...more, changes }, token)),
    /** What became of one change that is pushed alone. */
    async pushOne(change: unknown, more: object = {}): Promise<WireResult> {
      const { results } = await push([change], more);
      const [result] = results;
      if (result === undefined || results.length !== 1) throw new Error("One change has not one result");
      return result;
    },
    /** Pushes as many new entries as the ids say. */
    async fill(wanted: readonly string[], more: object = {}): Promise<void> {
      for (let at = 0; at < wanted.length; at += 500)
        await push(wanted.slice(at, at + 500).map((id) => bread(id, { base: 0, ...more })));
    },
    /** The one item with that id, however old. */
    async held(id: string): Promise<WireItem | undefined> {
      let page = await pull({ limit: 500 });
      for (;;) {
        const found = page.items.find((item) => item.id === id);
        if (found !== undefined || page.page === undefined) return found;
        page = await pull({ limit: 500, page: page.page });
      }
    },
  };
}

export type Phone = Awaited<ReturnType<typeof newPhone>>;

/** A new device of an account that is there, as a transfer makes it: its rows are re-pointed, and it signs in again. */
export async function joinAccount(worker: TestWorker, accountId: string, app: AppCredentials = newApp()) {
  const { device_id } = await worker.signIn(app);
  await env.DB.batch([
    env.DB.prepare("DELETE FROM sessions WHERE device_id = ?1").bind(device_id),
    env.DB.prepare("UPDATE devices SET account_id = ?2 WHERE id = ?1").bind(device_id, accountId),
  ]);
  return newPhone(worker, app);
}

/** The account's row. */
export async function figuresOf(accountId: string) {
  const row = await env.DB.prepare(
    "SELECT revision, floor, entry_count AS entries, entry_bytes AS bytes FROM accounts WHERE id = ?1",
  )
    .bind(accountId)
    .first<{ revision: number; floor: number; entries: number; bytes: number }>();
  if (row === null) throw new Error("There is no such account");
  return row;
}
