/** The reference client against an isolate in the same process, on the isolate's own moved clock; it never really waits. */
import * as v from "valibot";
import { type Client, createClient } from "../../scripts/client/client.ts";
import { ClientError } from "../../scripts/client/failure.ts";
import type { SessionStep } from "../../scripts/client/session.ts";
import { memoryStore, type Store } from "../../scripts/client/store.ts";
import { type AppCredentials, ORIGIN, type TestWorker } from "../worker.ts";
import type { MovedClock } from "./isolates.ts";

/** A store that holds an app's credentials, and no tokens yet. */
export function storeOf({ app_id, app_secret }: AppCredentials): Store {
  return memoryStore({ appId: app_id, appSecret: app_secret });
}

/** What a client is made of here. `steps` gathers what its session did by itself. */
export interface ClientParts {
  readonly clock: MovedClock;
  readonly store: Store;
  /** Asked for every request, so that a deployment may put another isolate in its place. */
  readonly worker: () => TestWorker;
  readonly steps: SessionStep[];
  readonly takeOver?: boolean;
}

/** A client over one store. */
export function clientOf({ clock, store, worker, steps, takeOver = false }: ClientParts): Client {
  return createClient({
    baseUrl: ORIGIN,
    store,
    fetch: (url, init) => worker().request(url, init),
    now: () => clock.now,
    pause: async () => undefined,
    choices: { takeOver, onStep: (step) => steps.push(step) },
  });
}

/** The id of the session that an exact route sees, or the kind of failure that the app is told. */
export async function seenBy(client: Client): Promise<string> {
  try {
    const { body } = await client.requestJson(v.object({ id: v.string() }), "/v1/sessions/current");
    return body.id;
  } catch (error) {
    if (error instanceof ClientError) return error.failure.kind;
    throw error;
  }
}
