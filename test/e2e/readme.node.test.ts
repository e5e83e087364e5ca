/** The README's commands, run as a newcomer would run them: `npm run dev` from nothing, then each block that says so. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const START_MS = 60_000;
const folder = mkdtempSync(join(tmpdir(), "pidging-readme-"));
let server: ChildProcess;
let address = "";
let said = "";

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const bound = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (bound === null || typeof bound === "string") throw new Error("No port is free");
  return bound.port;
}

async function untilHealthy(): Promise<void> {
  for (const deadline = Date.now() + START_MS; Date.now() < deadline; ) {
    const answer = await fetch(`${address}/healthz?deep=1`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`It does not serve: ${said}`);
}

beforeAll(async () => {
  const port = await freePort();
  address = `http://localhost:${port}`;
  server = spawn(process.execPath, ["scripts/dev.ts", "--port", String(port), "--persist-to", folder]);
  server.stdout?.on("data", (piece) => {
    said += piece;
  });
  server.stderr?.on("data", (piece) => {
    said += piece;
  });
  await untilHealthy();
}, START_MS);

afterAll(async () => {
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGTERM");
  await ended;
  rmSync(folder, { recursive: true, force: true });
});

function run(command: string, args: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}${stdout}`);
  return stdout;
}

/** The README's shell blocks that are marked to run, in order. */
function marked(): readonly string[] {
  const readme = readFileSync("README.md", "utf8");
  const blocks = [...readme.matchAll(/<!-- runs in a test -->\n```sh\n(.*?)```/gs)].map(([, block = ""]) => block);
  return blocks.map((block) => block.replaceAll("http://localhost:8787", address));
}

test("the first five minutes, as the README shows them", () => {
  const blocks = marked();
  expect(blocks).toHaveLength(4);
  const lines = run("bash", ["-euo", "pipefail", "-c", blocks.map((block) => `${block}\necho`).join("\n")])
    .split("\n")
    .filter((line) => line.startsWith("{") || line.includes("}{"));
  const answers = lines.flatMap((line) => line.replaceAll("}{", "}\n{").split("\n")).map((line) => JSON.parse(line));
  const shown = /```json\n(.*?)```/s.exec(readFileSync("README.md", "utf8"))?.[1] ?? "";
  expect(answers[0]).toEqual(JSON.parse(shown));
  expect(answers[1].refresh_token).toMatch(/^v1\.[a-z0-9]+\.[\w-]{22}\.2\./);
  expect(answers[2].refresh_token).toBe(answers[1].refresh_token);
});

test("the demo shows real words, and from the isolate the second time", () => {
  const demo = () =>
    run(process.execPath, [
      "scripts/demo.ts",
      ...["--url", address, "--file", join(folder, "demo.json")],
      ...["--from", "en", "--to", "es,ja", "bread", "train station", "passport"],
    ]);
  for (const shown of [demo(), demo()]) {
    for (const word of ["pan", "パン", "estación de tren", "駅", "pasaporte", "パスポート"])
      expect(shown).toContain(word);
    expect(shown.match(/phrasebook/g)?.length).toBeGreaterThanOrEqual(6);
  }
});

test("starting says what was made and where it serves, and warns of nothing", () => {
  expect(said).toContain(`Serving on ${address}`);
  expect(said).not.toMatch(/warn|deprecat|⚠|▲/i);
});
