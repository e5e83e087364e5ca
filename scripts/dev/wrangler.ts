// Runs the project's own wrangler: to its end with its output kept, for the steps that prepare or deploy. The long
// running `wrangler dev` has a file of its own, `server.ts`.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The project's folder; every command runs in it. */
export const PROJECT_DIRECTORY = fileURLToPath(new URL("../..", import.meta.url));

/** wrangler's entry, run by the Node that runs this script and not by whatever the machine has. */
export const WRANGLER_SCRIPT = fileURLToPath(new URL("../../node_modules/wrangler/bin/wrangler.js", import.meta.url));

/** What keeps wrangler from asking, reporting and advertising. */
export const WRANGLER_ENVIRONMENT: Readonly<Record<string, string>> = {
  // Without a network the look-up of `Request.cf` fails, with a warning about something nobody asked for.
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: "true",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_SEND_METRICS: "false",
};

/** What a finished command left. */
export type Finished = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs a command to its end without a terminal, so that it cannot ask, and keeps what it printed. */
export type Run = (command: string, args: readonly string[]) => Promise<Finished>;

/** A `Run` in the project's folder. It throws only when the command cannot be started at all. */
export const runInProject: Run = (command, args) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: PROJECT_DIRECTORY,
      env: { ...process.env, ...WRANGLER_ENVIRONMENT },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });

/** A step that did not succeed; the message holds all that its command printed. */
export class StepFailed extends Error {
  constructor(step: string, finished: Finished) {
    super(`${step} failed.\n\n${[finished.stdout, finished.stderr].join("\n").trim()}`);
    this.name = "StepFailed";
  }
}

/** Runs a wrangler command that must succeed. Throws `StepFailed`, named by `step`, when it does not. */
export async function wranglerStep(run: Run, step: string, args: readonly string[]): Promise<Finished> {
  const finished = await run(process.execPath, [WRANGLER_SCRIPT, ...args]);
  if (finished.code !== 0) throw new StepFailed(step, finished);
  return finished;
}
