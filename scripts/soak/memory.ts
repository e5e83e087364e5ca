/**
 * The memory of the runtime that runs the Worker: the resident size of `workerd` as `ps` tells it, with the local D1 and
 * KV in it. `wrangler dev` puts a proxy in a runtime of its own before it, which grows by itself and is left out. Where
 * nothing can be told, the soak says so and goes on.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const SAMPLE_EVERY_MS = 2000;
/** Samples below which nothing is said of the trend, four minutes of them: the first third is warming up. */
const SAMPLES_LEAST = 120;
/** Growth from the middle third to the last that still counts as flat: garbage is collected when the engine likes. */
const GROWTH_MOST = 1.1;

const run = promisify(execFile);

/** MB of the runtime behind the one that listens on that port; `undefined` where there is none. */
async function residentMegabytes(port: string): Promise<number | undefined> {
  const { stdout } = await run("ps", ["-eo", "pid=,ppid=,rss=,args="]).catch(() => ({ stdout: "" }));
  const runtimes = stdout.split("\n").flatMap((line) => {
    const [, parent, kilobytes, args = ""] = /^\s*\d+\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return /\bworkerd\b.* serve /.test(args) ? [{ parent, kilobytes: Number(kilobytes), args }] : [];
  });
  const listening = runtimes.find(({ args }) => new RegExp(`--socket-addr=entry=\\S*:${port}\\b`).test(args));
  if (listening === undefined) return undefined;
  const behind = runtimes.find((each) => each !== listening && each.parent === listening.parent);
  return (behind ?? listening).kilobytes / 1024;
}

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

/** What the memory did: a line to print, and what is wrong with it. */
export interface MemoryReport {
  readonly line: string;
  readonly violations: readonly string[];
}

/** What samples (MB, one every two seconds) say of the trend. */
export function judgeMemory(samples: readonly number[]): MemoryReport {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined)
    return { line: "memory: unknown, no workerd found on that port", violations: [] };
  const told = `memory: first ${first.toFixed(0)} MB, peak ${Math.max(...samples).toFixed(0)} MB, last ${last.toFixed(0)} MB`;
  if (samples.length < SAMPLES_LEAST) return { line: `${told}; too short a run for a trend`, violations: [] };
  const third = Math.floor(samples.length / 3);
  const growth = median(samples.slice(-third)) / median(samples.slice(third, -third));
  const trend = `the last third is ${growth.toFixed(2)} times the middle one`;
  return { line: `${told}; ${trend}`, violations: growth > GROWTH_MOST ? [`memory grows: ${trend}`] : [] };
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
    return judgeMemory(samples);
  };
}
