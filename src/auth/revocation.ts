/**
 * The revocation snapshot of an isolate: which sessions ended lately, so that answers which need no D1 heed a sign-out.
 * It leaves exactness to the routes that touch rows. Accepted risk: a token that was ended elsewhere gets cached answers
 * for up to 60 s more; and while D1 cannot be read at all, for as long as its signature allows.
 */
import {
  ENDED_SESSIONS_KNOWN,
  REVOCATION_MARGIN_SECONDS,
  SNAPSHOT_BACKOFF_MS,
  SNAPSHOT_FRESH_MS,
  SNAPSHOT_OVERLAP_MS,
  SNAPSHOT_STALE_MS,
  SNAPSHOT_WAIT_MS,
} from "../bounds.ts";
import { LATE, within } from "../deadline.ts";
import type { SessionId } from "./ids.ts";
import { readEndedSince } from "./revocation-store.ts";

/** What one request lends the snapshot for its read. Times are milliseconds. */
export interface SnapshotIo {
  readonly db: D1Database;
  /** The request's `ctx.waitUntil`: a read that is shared outlives the request that began it. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly now: number;
  readonly accessTtlSeconds: number;
}

/** The snapshot, and what this isolate knows at once. */
export interface Revocations {
  /** Marks sessions that were ended by a request of this isolate. */
  markEnded(sessions: readonly SessionId[], now: number): void;
  isEnded(session: SessionId): boolean;
  /**
   * Sees to it that the snapshot is as fresh as it can be: nothing to wait for (`undefined`), or a wait of at most
   * `SNAPSHOT_WAIT_MS` that never rejects, to be run beside the request's own work.
   */
  refresh(io: SnapshotIo): Promise<void> | undefined;
  /** Milliseconds since the last good read; infinite before the first. */
  age(now: number): number;
}

/** Makes an isolate's snapshot. */
export function createRevocations(): Revocations {
  const ended = new Map<SessionId, number>();
  let readAt = Number.NEGATIVE_INFINITY;
  let suspendedUntil = Number.NEGATIVE_INFINITY;
  let reading: { readonly startedAt: number; readonly done: Promise<void> } | undefined;

  /** Forgets what ended before `cutoff`, and the oldest beyond the bound. The map is in order of arrival, which is nearly that of time. */
  function forget(cutoff: number): void {
    for (const [id, endedAt] of ended) {
      if (endedAt >= cutoff && ended.size <= ENDED_SESSIONS_KNOWN) break;
      ended.delete(id);
    }
  }

  async function read({ db, now, accessTtlSeconds }: SnapshotIo): Promise<void> {
    const windowStart = now - (accessTtlSeconds + REVOCATION_MARGIN_SECONDS) * 1000;
    try {
      const latest = await readEndedSince(db, Math.max(windowStart, readAt - SNAPSHOT_OVERLAP_MS));
      for (const { id, endedAt } of latest.toReversed()) {
        if (!ended.has(id)) ended.set(id, endedAt);
      }
      readAt = Math.max(readAt, now);
      forget(windowStart);
    } catch {
      suspendedUntil = now + SNAPSHOT_BACKOFF_MS;
    }
  }

  /** Whether a read is under way that has been silent for so long that nobody waits for it, and not yet for lost. */
  function isOverdue(now: number): boolean {
    const silentMs = reading === undefined ? 0 : now - reading.startedAt;
    return silentMs >= SNAPSHOT_WAIT_MS && silentMs < SNAPSHOT_BACKOFF_MS;
  }

  /** The read that is under way, unless it has hung for so long that it is taken for lost; else a new one. */
  function share(io: SnapshotIo): Promise<void> {
    if (reading !== undefined && io.now - reading.startedAt < SNAPSHOT_BACKOFF_MS) return reading.done;
    const own = {
      startedAt: io.now,
      done: read(io).finally(() => {
        if (reading === own) reading = undefined;
      }),
    };
    reading = own;
    // Without this the joiners hang when the request that began the read ends first.
    io.waitUntil(own.done);
    return own.done;
  }

  async function waitFor(io: SnapshotIo): Promise<void> {
    if ((await within(SNAPSHOT_WAIT_MS, share(io))) === LATE) {
      suspendedUntil = Math.max(suspendedUntil, io.now + SNAPSHOT_WAIT_MS + SNAPSHOT_BACKOFF_MS);
    }
  }

  return {
    markEnded(sessions, now) {
      for (const id of sessions) ended.set(id, now);
    },
    isEnded: (session) => ended.has(session),
    refresh(io) {
      const age = io.now - readAt;
      if (age < SNAPSHOT_FRESH_MS || io.now < suspendedUntil || isOverdue(io.now)) return undefined;
      if (age >= SNAPSHOT_STALE_MS) return waitFor(io);
      share(io);
      return undefined;
    },
    age: (now) => now - readAt,
  };
}
