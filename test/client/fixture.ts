/** What the client's tests share: a clock that is moved by hand, and clients of a fake edge that never really wait. */
import * as v from "valibot";
import { type Client, createClient } from "../../scripts/client/client.ts";
import { makeCredentials } from "../../scripts/client/credentials.ts";
import { ClientError, type Failure } from "../../scripts/client/failure.ts";
import type { SessionStep } from "../../scripts/client/session.ts";
import { memoryStore, type Store } from "../../scripts/client/store.ts";
import { type FakeEdge, fakeEdge } from "./fake-edge.ts";

/** Long enough for an access token of 900 s to be due, short enough for nothing else to happen. */
export const UNTIL_DUE_MS = 850_000;

export interface Fixture {
  edge: FakeEdge;
  store: Store;
  /** Milliseconds; tests move it. */
  clock: { now: number };
  /** What clients waited between tries; the clock moves with it. */
  pauses: number[];
  steps: SessionStep[];
  /** One more client, by default on the same store, as another process would be. */
  newClient(options?: { store?: Store; takeOver?: boolean }): Client;
}

export function fixture(): Fixture {
  const clock = { now: Date.UTC(2026, 0, 1) };
  const edge = fakeEdge(() => clock.now);
  const store = memoryStore(makeCredentials());
  const pauses: number[] = [];
  const steps: SessionStep[] = [];
  const newClient: Fixture["newClient"] = (options = {}) =>
    createClient({
      baseUrl: "http://edge.test/",
      store: options.store ?? store,
      fetch: edge.fetch,
      now: () => clock.now,
      pause: async (ms) => {
        pauses.push(ms);
        clock.now += ms;
      },
      choices: { takeOver: options.takeOver ?? false, onStep: (step) => steps.push(step) },
    });
  return { edge, store, clock, pauses, steps, newClient };
}

/** The same with a client that has signed in, and whose access token is over; the log starts here. */
export async function expired(): Promise<Fixture & { client: Client; session: string }> {
  const it = fixture();
  const client = it.newClient();
  const session = await sessionSeenBy(client);
  it.clock.now += 901_000;
  it.edge.log.length = 0;
  return { ...it, client, session };
}

/** The session that an API request was answered for: proof that the client's token was live. */
export async function sessionSeenBy(client: Client): Promise<string> {
  const { body } = await client.requestJson(v.object({ session: v.string() }), "/v1/account");
  return body.session;
}

/** The failure that a call ends with. */
export async function failureOf(call: Promise<unknown>): Promise<Failure> {
  const outcome = await call.then(
    () => new Error("The call did not fail."),
    (error: unknown) => error,
  );
  if (outcome instanceof ClientError) return outcome.failure;
  throw outcome;
}

/** What the token endpoint was asked and decided, API requests left out. */
export function grants(edge: FakeEdge): string[] {
  return edge.log.filter((entry) => !entry.startsWith("/"));
}
