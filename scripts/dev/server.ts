// Runs `wrangler dev` until it ends: says when it is ready, passes its output on, forwards signals. Its runtime
// (workerd) is its own child and is ended by it; should this process lose its parent, it ends wrangler too.

import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { createQuietFilter } from "./quiet.ts";
import { PROJECT_DIRECTORY, WRANGLER_ENVIRONMENT, WRANGLER_SCRIPT } from "./wrangler.ts";

const FORWARDED_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** wrangler ends in well under a second; one that did not after this is hung, and is killed. */
const KILL_AFTER_MS = 5_000;
/** How often to look whether the shell or npm that started us is still there. */
const PARENT_LOOK_MS = 1_000;

/** Starts wrangler with these arguments, calls `onReady` once it serves, and returns its exit code. */
export function serve(
  args: readonly string[],
  options: { readonly quiet: boolean; readonly onReady: () => void },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [WRANGLER_SCRIPT, ...args], {
      cwd: PROJECT_DIRECTORY,
      env: { ...process.env, ...WRANGLER_ENVIRONMENT, ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : {}) },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    if (child.stdout) passOn(child.stdout, process.stdout, options.quiet);
    if (child.stderr) passOn(child.stderr, process.stderr, options.quiet);

    let ready = false;
    child.on("message", (message) => {
      if (ready || !String(message).includes("DEV_SERVER_READY")) return;
      ready = true;
      options.onReady();
    });

    const stopForwarding = forwardSignals(child);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      stopForwarding();
      resolve(code ?? (signal === null ? 1 : 128 + constants.signals[signal]));
    });
  });
}

function passOn(from: Readable, to: Writable, quiet: boolean): void {
  const show = quiet ? createQuietFilter() : () => true;
  createInterface({ input: from, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (line) => {
    if (show(line)) to.write(`${line}\n`);
  });
}

function forwardSignals(child: ChildProcess): () => void {
  const parent = process.ppid;
  let killer: NodeJS.Timeout | undefined;
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    killer ??= setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS).unref();
  };
  const parentLook = setInterval(() => {
    if (process.ppid !== parent) end("SIGTERM");
  }, PARENT_LOOK_MS).unref();
  for (const signal of FORWARDED_SIGNALS) process.on(signal, end);
  return () => {
    clearInterval(parentLook);
    clearTimeout(killer);
    for (const signal of FORWARDED_SIGNALS) process.off(signal, end);
  };
}
