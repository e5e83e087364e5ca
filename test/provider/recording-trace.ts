/** A request's real trace, with what it was told laid open. */
import { startTrace, type Trace } from "../../src/observe.ts";

/** A trace whose fields and events can be read. */
export function recordingTrace(): {
  readonly trace: Trace;
  /** The fields of the log line as it would be written now. */
  readonly fields: () => Readonly<Record<string, unknown>>;
  readonly events: () => readonly Readonly<Record<string, unknown>>[];
} {
  const lines: string[] = [];
  const trace = startTrace("request", { log: (line) => lines.push(line), clock: Date.now, isNew: () => true });
  return {
    trace,
    fields() {
      trace.finish({});
      return JSON.parse(lines.pop() ?? "{}");
    },
    events: () => lines.map((line) => JSON.parse(line)),
  };
}
