/**
 * What the client keeps between two calls, and what it asks of the place that keeps it. Two stores exist: this one in
 * memory, for tests and for trying things out, and the file in `file-store.ts`; an app adds its keychain.
 */
import * as v from "valibot";
import type { Credentials } from "./credentials.ts";

/** A live session's tokens. Valid for one server and one app ID. */
export const Tokens = v.object({
  accessToken: v.string(),
  /** Milliseconds since 1970 by the local clock: when the request was sent, plus `expires_in`. */
  accessExpiresAt: v.number(),
  refreshToken: v.string(),
  sessionId: v.string(),
  deviceId: v.string(),
  /** When this changes, an app drops its sync cursor and bases. */
  accountId: v.string(),
});
export type Tokens = v.InferOutput<typeof Tokens>;

/** Credentials always, tokens while signed in. */
export interface Saved extends Credentials {
  tokens: Tokens | undefined;
}

export interface Store {
  read(): Promise<Saved>;
  /**
   * Keeps `next` if what is kept is still `expected`, and returns what is kept afterwards: `next`, or what another
   * process has put there. Durable when it returns.
   */
  replace(expected: Saved, next: Saved): Promise<Saved>;
  /**
   * Runs `work` while nobody else on this store runs theirs. Best effort is enough: where it fails, the server gives
   * racing refreshes the same successor, and `replace` decides whose tokens stay.
   */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
}

/** Whether the two are one state: the same app ID holding the same refresh token, or none. */
export function isSameState(a: Saved, b: Saved): boolean {
  return a.appId === b.appId && a.tokens?.refreshToken === b.tokens?.refreshToken;
}

/** A store that forgets with its process. */
export function memoryStore(credentials: Credentials): Store {
  let saved: Saved = { ...credentials, tokens: undefined };
  let turn: Promise<unknown> = Promise.resolve();
  return {
    read: async () => saved,
    replace: async (expected, next) => {
      if (isSameState(saved, expected)) saved = next;
      return saved;
    },
    exclusively: (work) => {
      const result = turn.then(work);
      turn = result.catch(() => undefined);
      return result;
    },
  };
}
