/**
 * The memory of the runtime that serves the edge: the resident size of all `workerd` processes beside the one that
 * listens on the edge's port, as `ps` tells it. Where it cannot be told, the soak says so and goes on.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const SAMPLE_EVERY_MS = 2000;
/** Samples below which nothing is said of the trend: the first third is warming up. */
const SAMPLES_LEAST = 30;
/** Growth from the middle third to the last that still counts as flat: garbage is collected when the engine likes. */
const GROWTH_MOST = 1.1;

const run = promisify(execFile);

/** MB of the runtime on that port; `undefined` where it is not found. */
async function residentMegabytes(port: string): Promise<number | undefined> {
  const { stdout } = await run("ps", ["-eo", "pid=,ppid=,rss=,args="]).catch(() => ({ stdout: "" }));
  const runtimes = stdout.split("\n").flatMap((line) => {
    const [, parent, kilobytes, args = ""] = /^\s*\d+\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return /\bworkerd\b.* serve /.test(args) ? [{ parent, kilobytes: Number(kilobytes), args }] : [];
  });
  const listening = runtimes.find(({ args }) => new RegExp(`--socket-addr=entry=\\S*:${port}\\b`).test(args));
  if (listening === undefined) return undefined;
  const beside = runtimes.filter(({ parent }) => parent === listening.parent);
  return beside.reduce((sum, { kilobytes }) => sum + kilobytes, 0) / 1024;
}

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

/** What the memory did: a line to print, and what is wrong with it. */
export interface MemoryReport {
  readonly line: string;
  readonly violations: readonly string[];
}

/** Begins to sample; the returned function ends it and reports. */
export function watchMemory(url: string): () => MemoryReport {
  const { port, protocol } = new URL(url);
  const listened = port === "" ? (protocol === "https:" ? "443" : "80") : port;
  const samples: number[] = [];
  const sampling = setInterval(() => {
    void residentMegabytes(listened).then((megabytes) => {
      if (megabytes !== undefined) samples.push(megabytes);
    });
  }, SAMPLE_EVERY_MS);

  return () => {
    clearInterval(sampling);
    const [first] = samples;
    const last = samples.at(-1);
    if (first === undefined || last === undefined)
      return { line: "memory: unknown, no workerd found on that port", violations: [] };
    const third = Math.floor(samples.length / 3);
    const growth = median(samples.slice(-third)) / median(samples.slice(third, -third));
    const told = `memory: first ${first.toFixed(0)} MB, peak ${Math.max(...samples).toFixed(0)} MB, last ${last.toFixed(0)} MB`;
    if (samples.length < SAMPLES_LEAST) return { line: `${told}; too short a run for a trend`, violations: [] };
    return {
      line: `${told}; the last third is ${growth.toFixed(2)} times the middle one`,
      violations:
        growth > GROWTH_MOST ? [`memory grows: the last third is ${growth.toFixed(2)} times the middle one`] : [],
    };
  };
}
