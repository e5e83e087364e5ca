/**
 * Racing refreshes: each session is two processes of one app on one store without a lock, on a bad network, their
 * clock moved on past the token's end before each round. Half of them send attempt IDs, some are robbed. In the end every
 * honest client must be signed in, on its first session where nobody robbed it, and every thief out.
 */
import { setTimeout as pause } from "node:timers/promises";
import { CONCURRENT_REFRESH_MS } from "../../src/bounds.ts";
import { type Client, createClient } from "../client/client.ts";
import { makeCredentials } from "../client/credentials.ts";
import { ClientError } from "../client/failure.ts";
import type { Fetch } from "../client/send.ts";
import { memoryStore, type Store } from "../client/store.ts";
import type { SoakOptions } from "./arguments.ts";
import { type BadNetwork, badNetwork, withoutAttemptIds } from "./bad-network.ts";
import { forEachAtOnce } from "./pool.ts";
import { type Thief, thiefOf } from "./thief.ts";

/** One session in so many is robbed. */
const ROBBED_ONE_IN = 10;
const SESSIONS_AT_ONCE = 16;
/** The local clock moves on by more than the longest sensible access TTL. */
const UNTIL_EXPIRED_MS = 86_400_000;
/** Waits between a client's tries are cut to this; a soak has no traveller to be patient with. */
const PAUSE_MS = 50;
/** Beyond the time in which a late refresh still counts as a race. */
const LATE_MS = CONCURRENT_REFRESH_MS + 1000;

/**
 * How a theft goes on. Whoever refreshes first in a round, the other one comes within the time of a race. In the end one
 * of them is too late: the app, after a thief who rotated once or twice meanwhile; or the thief.
 */
const ROBBERIES = [
  { thiefFirst: true, tooLate: "app", thiefGoesOn: true },
  { thiefFirst: false, tooLate: "app", thiefGoesOn: false },
  { thiefFirst: true, tooLate: "thief", thiefGoesOn: false },
] as const;
type Robbery = (typeof ROBBERIES)[number];

/** One app, its two processes, and perhaps its thief. */
interface Robbable {
  readonly store: Store;
  readonly firstSession: string;
  /** On the bad network. */
  readonly processes: readonly Client[];
  /** On a good one, for what must succeed at once. */
  readonly home: Client;
  readonly robbedInRound: number | undefined;
  readonly robbery: Robbery;
  readonly expire: () => void;
  thief: Thief | undefined;
  /** What went against the contract. */
  readonly wrong: string[];
}

const describe = (error: unknown) =>
  error instanceof ClientError ? JSON.stringify(error.failure) : error instanceof Error ? error.message : String(error);

async function openSessionOf(
  index: number,
  options: SoakOptions,
  network: BadNetwork,
  random: () => number,
): Promise<Robbable> {
  let skippedMs = 0;
  // Without a lock: only the server keeps the two processes from harm.
  const store: Store = { ...memoryStore(makeCredentials()), exclusively: (work) => work() };
  const clientOn = (fetch: Fetch) =>
    createClient({
      baseUrl: options.url,
      store,
      fetch,
      now: () => Date.now() + skippedMs,
      pause: (ms) => pause(Math.min(ms, PAUSE_MS)),
    });
  const phones = index % 4 < 2 ? network.fetch : withoutAttemptIds(network.fetch);
  const home = clientOn(fetch);
  await home.request("/v1/sessions/current");
  const robbed = index % ROBBED_ONE_IN === 0;
  return {
    store,
    firstSession: (await store.read()).tokens?.sessionId ?? "",
    processes: [clientOn(phones), clientOn(phones)],
    home,
    robbedInRound: robbed ? Math.floor(random() * options.rounds) : undefined,
    robbery: ROBBERIES[(index / ROBBED_ONE_IN) % ROBBERIES.length] ?? ROBBERIES[0],
    expire: () => {
      skippedMs += UNTIL_EXPIRED_MS;
    },
    thief: undefined,
    wrong: [],
  };
}

/** Both processes find their token expired at once. How many had no answer at all after their tries. */
async function race({ expire, processes, wrong }: Robbable): Promise<number> {
  expire();
  const ends = await Promise.allSettled(processes.map((client) => client.request("/v1/sessions/current")));
  let unanswered = 0;
  for (const end of ends) {
    if (end.status === "fulfilled") continue;
    if (end.reason instanceof ClientError && end.reason.failure.kind === "unreachable") unanswered += 1;
    else wrong.push(`a call failed: ${describe(end.reason)}`);
  }
  return unanswered;
}

async function playRound(session: Robbable, round: number, options: SoakOptions): Promise<number> {
  if (round === session.robbedInRound) {
    const { tokens } = await session.store.read();
    session.thief = thiefOf(options.url, tokens?.refreshToken ?? "");
  }
  const { thief, robbery } = session;
  if (robbery.thiefFirst) await thief?.strike();
  const unanswered = await race(session);
  if (!robbery.thiefFirst) await thief?.strike();
  return unanswered;
}

/** What must succeed on a good network. */
async function mustBeIn({ home, wrong }: Robbable, when: string): Promise<void> {
  await home.request("/v1/sessions/current").catch((error: unknown) => {
    wrong.push(`not signed in ${when}: ${describe(error)}`);
  });
}

/** Both have the newest token; then one rotates, and nobody does anything until the other is too late for a race. */
async function partWays(robbed: readonly Robbable[]): Promise<void> {
  for (const session of robbed) {
    await session.thief?.strike();
    if (session.robbery.tooLate === "app") continue;
    for (const when of ["beside the thief", "ahead of the thief"]) {
      session.expire();
      await mustBeIn(session, when);
    }
  }
  await pause(LATE_MS);
  for (const session of robbed) {
    const { thief, robbery, expire } = session;
    if (robbery.tooLate === "thief" || robbery.thiefGoesOn) await thief?.strike();
    expire();
    await mustBeIn(session, "after the theft");
  }
}

async function judge(session: Robbable): Promise<void> {
  const { store, thief, firstSession, wrong } = session;
  await mustBeIn(session, "in the end");
  if (thief === undefined) {
    if ((await store.read()).tokens?.sessionId !== firstSession) wrong.push("was signed out, and nobody had robbed it");
    return;
  }
  const open = await thief.tryAll();
  if (open > 0) wrong.push(`the thief still gets in with ${open} of his tokens`);
  wrong.push(...thief.faults.map((fault) => `the thief was answered with ${fault}`));
  await mustBeIn(session, "after the thief's last try");
}

/** What it came to, in words, and what went against the contract. */
export interface SoakReport {
  readonly lines: readonly string[];
  readonly violations: readonly string[];
}

/** Runs it. The wait of half a minute near the end is the subject: only then a theft shows. */
export async function soakRefreshes(options: SoakOptions, random: () => number): Promise<SoakReport> {
  const network = badNetwork(random);
  const sessions: Robbable[] = [];
  await forEachAtOnce([...Array(options.sessions).keys()], SESSIONS_AT_ONCE, async (index) => {
    sessions[index] = await openSessionOf(index, options, network, random);
  });
  let unanswered = 0;
  for (let round = 0; round < options.rounds; round += 1) {
    await forEachAtOnce(sessions, SESSIONS_AT_ONCE, async (session) => {
      unanswered += await playRound(session, round, options);
    });
  }
  await network.quiet();
  const robbed = sessions.filter(({ thief }) => thief !== undefined);
  await partWays(robbed);

  await forEachAtOnce(sessions, SESSIONS_AT_ONCE, judge);
  const violations = sessions.flatMap(({ wrong }, index) => wrong.map((what) => `session ${index}: ${what}`));
  const paid = robbed.filter(({ thief }) => (thief?.gains() ?? 0) > 0).length;
  return {
    lines: [
      `${sessions.length} sessions, ${2 * options.rounds} racing refreshes each; ${network.lost()} answers lost, ${network.duplicated()} requests delivered again later`,
      `${unanswered} calls had no answer after all tries; ${robbed.length} sessions robbed, in ${paid} the thief had tokens for a while`,
    ],
    violations,
  };
}
