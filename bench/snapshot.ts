/**
 * What 10,000 recent revocations cost an isolate: each refresh of the snapshot, and each request. It runs on Node's
 * engine, which is the Worker's, since a Worker's clock stands still while it computes; the database's answer comes as
 * text in D1's form and is parsed as D1's client does. D1's own time is no CPU of the Worker and is left out.
 */
import type { SessionId } from "../src/auth/ids.ts";
import { createRevocations, type SnapshotIo } from "../src/auth/revocation.ts";
import { REVOCATION_MARGIN_SECONDS, SNAPSHOT_FRESH_MS, SNAPSHOT_OVERLAP_MS } from "../src/bounds.ts";

const REVOCATIONS = 10_000;
const ACCESS_TTL_SECONDS = 900;
const WINDOW_MS = (ACCESS_TTL_SECONDS + REVOCATION_MARGIN_SECONDS) * 1000;
const REFRESHES = 300;
const REQUESTS = 2_000_000;
const START = Date.UTC(2026, 0, 1);

/** The design's goals. */
const REFRESH_MS = 1;
const REQUEST_US = 1;

const idOf = (index: number) => Buffer.from(String(index).padStart(16, "0")).toString("base64url");

/** The answer for sessions that ended evenly from `since` to `until`, the latest first. */
function answerFor(since: number, until: number, everyMs: number): string {
  const rows: [string, number][] = [];
  for (let index = Math.floor(until / everyMs); index * everyMs >= since; index -= 1)
    rows.push([idOf(index), index * everyMs]);
  return JSON.stringify({ columns: ["id", "endedAt"], rows });
}

/** A database that has one answer ready. */
function answering(next: () => string): D1Database {
  const all = async () => {
    const { columns, rows } = JSON.parse(next()) as { columns: string[]; rows: unknown[][] };
    return { results: rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at]]))) };
  };
  // The snapshot's read uses nothing else.
  return { prepare: () => ({ bind: () => ({ all }) }) } as unknown as D1Database;
}

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

/** Refreshes again and again, every `SNAPSHOT_FRESH_MS` of its clock; milliseconds of the first and, by median, of the later ones. */
async function measureRefreshes(spreadOverMs: number, refreshes: number) {
  const everyMs = spreadOverMs / REVOCATIONS;
  let answer = "";
  const db = answering(() => answer);
  const revocations = createRevocations();
  const took: number[] = [];
  let now = START;
  for (let round = 0; round <= refreshes; round += 1) {
    const since = round === 0 ? now - spreadOverMs : now - SNAPSHOT_FRESH_MS - SNAPSHOT_OVERLAP_MS;
    answer = answerFor(since, now, everyMs);
    let done: Promise<unknown> = Promise.resolve();
    const waitUntil = (work: Promise<unknown>) => {
      done = work;
    };
    const io: SnapshotIo = { db, waitUntil, now, accessTtlSeconds: ACCESS_TTL_SECONDS };
    const from = performance.now();
    revocations.refresh(io);
    await done;
    took.push(performance.now() - from);
    now += SNAPSHOT_FRESH_MS;
  }
  const [first = Number.NaN, ...later] = took;
  return { revocations, everyMs, now: now - SNAPSHOT_FRESH_MS, first, later: median(later) };
}

/** Microseconds that a request spends on the snapshot. */
function measureRequests({ revocations, everyMs, now }: Awaited<ReturnType<typeof measureRefreshes>>): number {
  const io: SnapshotIo = {
    db: answering(() => ""),
    waitUntil: () => undefined,
    now,
    accessTtlSeconds: ACCESS_TTL_SECONDS,
  };
  const newest = Math.floor(now / everyMs);
  // Half of the tokens asked about are ended ones, which is the slower half.
  const ids = Array.from({ length: 1000 }, (_, at) => (at % 2 ? `live${at}` : idOf(newest - at)) as SessionId);
  let ended = 0;
  const from = performance.now();
  for (let request = 0; request < REQUESTS; request += 1) {
    revocations.refresh(io);
    if (revocations.isEnded(ids[request % ids.length] ?? ("" as SessionId))) ended += 1;
  }
  const took = ((performance.now() - from) * 1000) / REQUESTS;
  if (ended !== REQUESTS / 2) throw new Error(`The snapshot knows ${ended} of ${REQUESTS / 2} ended sessions`);
  return took;
}

/** Prints what the snapshot costs; whether the goals are kept. */
export async function reportSnapshot(): Promise<boolean> {
  await measureRefreshes(WINDOW_MS, REFRESHES);
  const steady = await measureRefreshes(WINDOW_MS, REFRESHES);
  const burst = await measureRefreshes(SNAPSHOT_OVERLAP_MS, 10);
  const request = measureRequests(steady);
  console.log(
    `Snapshot, ${REVOCATIONS} revocations in its window: first read ${steady.first.toFixed(2)} ms, each refresh ${steady.later.toFixed(2)} ms (goal ${REFRESH_MS}), a request ${request.toFixed(3)} µs (goal ${REQUEST_US}).`,
  );
  console.log(`As many in the last half minute: each refresh ${burst.later.toFixed(2)} ms, until that is over.\n`);
  return steady.later < REFRESH_MS && request < REQUEST_US;
}
