/**
 * What one request leaves behind: its id, its Server-Timing and one structured log line. Texts, tokens, secrets and
 * addresses never come here; a line holds ids, codes, counts and times.
 */
import { REQUEST_ID_CHARACTERS } from "./bounds.ts";
import type { SecurityEvent } from "./events/event.ts";

/** Where lines go: `console.log` in the Worker, an array in tests. */
export type Log = (line: string) => void;

type Field = string | number | boolean | undefined;

/** The record of one request: filled on the way, written once at the end. */
export interface Trace {
  readonly requestId: string;
  /** Adds or replaces a field of the log line. */
  note(fields: Readonly<Record<string, Field>>): void;
  /** Adds a Server-Timing entry: a duration in milliseconds, a description, or both. */
  timing(name: string, entry: { readonly ms?: number; readonly description?: string }): void;
  /** Runs `work` and adds its duration. */
  timed<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Writes an event at once, on a line of its own that carries the request id, and keeps it for `events`. */
  event(event: SecurityEvent): void;
  /** The events of this request, to be recorded once it is answered. */
  readonly events: readonly SecurityEvent[];
  serverTiming(): string;
  /** Writes the request's line. */
  finish(fields: Readonly<Record<string, Field>>): void;
}

const PLAIN_ID = new RegExp(`^[A-Za-z0-9._-]{1,${REQUEST_ID_CHARACTERS}}$`);

/** The caller's request id where it is a plain token, else a new one. */
export function requestIdFrom(header: string | null): string {
  return header !== null && PLAIN_ID.test(header) ? header : crypto.randomUUID();
}

/** What a trace is made of. `isNew` tells an event that this isolate has not told yet; `clock` is milliseconds. */
export interface TraceParts {
  readonly log: Log;
  readonly clock: () => number;
  readonly isNew: (event: SecurityEvent) => boolean;
}

/** Starts the record of a request. */
export function startTrace(requestId: string, { log, clock, isNew }: TraceParts): Trace {
  const startMs = clock();
  const events: SecurityEvent[] = [];
  const fields: Record<string, Field> = {};
  let timings = "";
  let totalMs: number | undefined;
  /** Read once, so that the header and the line tell the same. */
  const total = () => {
    totalMs ??= Math.round(clock() - startMs);
    return totalMs;
  };
  const trace: Trace = {
    requestId,
    note(more) {
      Object.assign(fields, more);
    },
    timing(name, { ms, description }) {
      timings += `, ${name}`;
      if (ms !== undefined) timings += `;dur=${Math.round(ms)}`;
      if (description !== undefined) timings += `;desc="${description}"`;
    },
    async timed(name, work) {
      const from = clock();
      try {
        return await work();
      } finally {
        trace.timing(name, { ms: clock() - from });
      }
    },
    events,
    event(event) {
      if (!isNew(event)) return;
      events.push(event);
      log(JSON.stringify({ event: event.kind, ...event, kind: undefined, once: undefined, requestId }));
    },
    serverTiming() {
      return `total;dur=${total()}${timings}`;
    },
    finish(more) {
      log(JSON.stringify({ requestId, ...more, ms: total(), ...fields }));
    },
  };
  return trace;
}
