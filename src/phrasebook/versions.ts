// Which version of the phrasebook an isolate holds, and the reads that fill it. Every row tells the version that D1
// serves: another one than before drops all that is held, so what is held is of one version always. What a row means
// is left to `phrasebook.ts`. The risk it accepts: for up to ten minutes after a new seed the one before is held.
import { PHRASEBOOK_BACKOFF_MS, PHRASEBOOK_VERSION_CHECK_MS } from "../bounds.ts";
import { readVersion } from "./store.ts";

/** What one request lends the phrasebook for its reads. */
export interface PhrasebookIo {
  readonly db: D1Database;
  /** The request's `ctx.waitUntil`, bound: a read shared between requests lives on after its own is answered. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A read that did not come to a row: what it threw. */
interface ReadFailure {
  readonly error: unknown;
}

/** One row to read: under which name it is shared, how it is read, and how it is kept (null: nothing is seeded). */
interface RowRead<Row extends { readonly version: string }> {
  readonly name: string;
  readonly read: (db: D1Database) => Promise<Row | null>;
  readonly keep: (row: Row | null) => void;
}

/** The version held, and the way to read more of it. */
export interface Versions {
  /** The version that all that is held belongs to; null before the first read, and while nothing is seeded. */
  current(): string | null;
  /**
   * Reads a row and keeps it, unless it is of a version that was left meanwhile. Concurrent requests share the read;
   * one that has hung for `PHRASEBOOK_BACKOFF_MS` is taken for lost. Never rejects: a failure is what it resolves to.
   */
  read<Row extends { readonly version: string }>(row: RowRead<Row>, io: PhrasebookIo): Promise<ReadFailure | undefined>;
  /** Asks D1 in the background for the version that it serves, at most every `PHRASEBOOK_VERSION_CHECK_MS`. */
  check(io: PhrasebookIo): void;
}

interface SharedRead {
  readonly startedAt: number;
  readonly done: Promise<ReadFailure | undefined>;
}

/** Makes an isolate's `Versions`. `drop` forgets all that is held; `isEmpty` tells whether nothing is. */
export function createVersions(held: { readonly drop: () => void; readonly isEmpty: () => boolean }): Versions {
  const underWay = new Map<string, SharedRead>();
  let version: string | null = null;
  // Counts the versions seen, so that a read which began under an older one cannot bring it back.
  let turns = 0;
  let checkedAt = Number.NEGATIVE_INFINITY;

  function adopt(served: string | null): void {
    if (served === version) return;
    version = served;
    turns += 1;
    held.drop();
  }

  async function readAndKeep<Row extends { readonly version: string }>(
    { read, keep }: RowRead<Row>,
    db: D1Database,
  ): Promise<ReadFailure | undefined> {
    const turn = turns;
    try {
      const row = await read(db);
      const served = row?.version ?? null;
      if (served !== version && turn !== turns) return undefined;
      adopt(served);
      keep(row);
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  async function readAndAdopt(db: D1Database): Promise<void> {
    const turn = turns;
    const served = await readVersion(db);
    if (turn === turns) adopt(served);
  }

  return {
    current: () => version,
    read(row, io) {
      const shared = underWay.get(row.name);
      if (shared !== undefined && io.now - shared.startedAt < PHRASEBOOK_BACKOFF_MS) return shared.done;
      if (held.isEmpty()) checkedAt = io.now;
      const done = readAndKeep(row, io.db).finally(() => {
        if (underWay.get(row.name)?.done === done) underWay.delete(row.name);
      });
      underWay.set(row.name, { startedAt: io.now, done });
      // Without this the joiners hang when the leader's own request ends first.
      io.waitUntil(done);
      return done;
    },
    check(io) {
      if (held.isEmpty() || io.now - checkedAt < PHRASEBOOK_VERSION_CHECK_MS) return;
      checkedAt = io.now;
      // A check that fails is made again when the next is due: what is held still answers.
      io.waitUntil(readAndAdopt(io.db).catch(() => undefined));
    },
  };
}
