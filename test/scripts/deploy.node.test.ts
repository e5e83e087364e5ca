// The whole deployment against a stand-in for wrangler: an executable that records how it was called and gives
// scripted answers, in the forms that wrangler gives. Cloudflare itself is not reached.

import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withNamespaceId } from "../../scripts/deploy/account.ts";
import { type Deployment, deploy } from "../../scripts/deploy/deployment.ts";
import { readDevVars } from "../../scripts/dev/dev-vars.ts";
import { runInProject } from "../../scripts/dev/wrangler.ts";

/** Records its arguments, and its secrets file's content; answers with the first script that its arguments begin with. */
const STAND_IN = `
const { appendFileSync, readFileSync } = require("node:fs");
const { join } = require("node:path");
const args = process.argv.slice(2);
const file = args.indexOf("--secrets-file");
const secrets = file < 0 ? null : JSON.parse(readFileSync(args[file + 1], "utf8"));
appendFileSync(join(__dirname, "calls.jsonl"), JSON.stringify({ args, secrets }) + "\\n");
const answers = JSON.parse(readFileSync(join(__dirname, "answers.json"), "utf8"));
const found = Object.entries(answers).find(([start]) => args.join(" ").startsWith(start));
const { code = 0, stdout = "", stderr = "" } = found ? found[1] : {};
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = code;
`;

type Answer = { readonly code?: number; readonly stdout?: string; readonly stderr?: string };

const CONFIG = 'name = "edge"\n\n[[kv_namespaces]]\nbinding = "TRANSLATIONS"\n';

const FIRST: Readonly<Record<string, Answer>> = {
  "d1 list": { stdout: '[{"uuid":"1","name":"another"}]' },
  "secret list": { code: 1, stderr: '✘ [ERROR] Worker "edge" not found.\n' },
  "kv namespace list": { stdout: "[]" },
  "d1 execute DB --remote --json": { stdout: '[{"results":[],"success":true}]' },
};

const REPEATED: Readonly<Record<string, Answer>> = {
  "d1 list": { stdout: '[{"uuid":"1","name":"edge-data"}]' },
  "secret list": {
    stdout: '[{"name":"SIGNING_KEYS"},{"name":"TOKEN_SECRETS"},{"name":"AZURE_TRANSLATOR_KEY"}]',
  },
  "d1 execute DB --remote --json": { stdout: 'a notice\n[{"results":[{"version":"v2"}],"success":true}]' },
};

let directory = "";
let said: string[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "pidging-test-"));
  said = [];
  await writeFile(join(directory, "wrangler.cjs"), STAND_IN);
  await writeFile(join(directory, "wrangler.toml"), CONFIG);
});
afterEach(() => rm(directory, { recursive: true }));

async function deployWith(answers: Readonly<Record<string, Answer>>, changes: Partial<Deployment> = {}) {
  await writeFile(join(directory, "answers.json"), JSON.stringify(answers));
  await writeFile(join(directory, "calls.jsonl"), "");
  await deploy({
    run: (command, [, ...args]) => runInProject(command, [join(directory, "wrangler.cjs"), ...args]),
    ask: undefined,
    say: (line) => said.push(line),
    issuer: "https://edge.example.com",
    workerName: "edge",
    databaseName: "edge-data",
    phrasebookVersion: "v2",
    configFile: join(directory, "wrangler.toml"),
    secretsFile: join(directory, "deployed.vars"),
    ...changes,
  });
}

async function calls(): Promise<{ line: string; secrets: Record<string, string> | null }[]> {
  const recorded = (await readFile(join(directory, "calls.jsonl"), "utf8")).trim().split("\n");
  return recorded.map((line) => {
    const { args, secrets } = JSON.parse(line);
    return { line: args.join(" "), secrets };
  });
}

async function lines(): Promise<string[]> {
  return (await calls()).map(({ line }) => line.replace(/--secrets-file \S+/, "--secrets-file …"));
}

describe("a first deployment", () => {
  it("makes everything, in an order in which nothing is served before it can work", async () => {
    await deployWith(FIRST);
    expect(await lines()).toEqual([
      "whoami --json",
      "secret list --format json",
      "d1 list --json",
      "d1 create edge-data",
      "kv namespace list",
      "d1 migrations apply DB --remote",
      "d1 execute DB --remote --json --command SELECT version FROM phrasebook WHERE id = 1",
      "d1 execute DB --remote --yes --file generated/phrasebook.sql",
      "deploy --minify --var ISSUER:https://edge.example.com --secrets-file …",
    ]);
  });

  it("sends both secrets with the Worker, keeps a copy for the operator alone, and leaves no file else", async () => {
    await deployWith(FIRST);
    const last = (await calls()).at(-1);
    const copy = join(directory, "deployed.vars");
    expect(Object.keys(last?.secrets ?? {})).toEqual(["SIGNING_KEYS", "TOKEN_SECRETS"]);
    expect(readDevVars(await readFile(copy, "utf8"))).toEqual(new Map(Object.entries(last?.secrets ?? {})));
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
    await expect(stat(last?.line.split("--secrets-file ")[1] ?? directory)).rejects.toThrow("ENOENT");
    expect(said.join("\n")).not.toContain(last?.secrets?.TOKEN_SECRETS);
  });

  it("offers the provider's key where somebody can answer", async () => {
    await deployWith(FIRST, { ask: async () => " the-key " });
    expect((await calls()).at(-1)?.secrets).toHaveProperty("AZURE_TRANSLATOR_KEY", "the-key");
    await deployWith(FIRST, { ask: async () => "" });
    expect((await calls()).at(-1)?.secrets).not.toHaveProperty("AZURE_TRANSLATOR_KEY");
  });

  it("tried again after it failed half-way sends the same secrets and takes the namespace that is there", async () => {
    await expect(deployWith({ ...FIRST, "deploy ": { code: 1, stderr: "upload failed" } })).rejects.toThrow(
      "upload failed",
    );
    const failed = (await calls()).at(-1);
    await deployWith({ ...FIRST, "kv namespace list": { stdout: '[{"id":"abc","title":"edge-translations"}]' } });
    expect((await calls()).at(-1)?.secrets).toEqual(failed?.secrets);
    expect(await readFile(join(directory, "wrangler.toml"), "utf8")).toBe(`${CONFIG.trimEnd()}\nid = "abc"\n`);
  });
});

describe("a repeated deployment", () => {
  it("makes, seeds and sets nothing again", async () => {
    await deployWith(REPEATED, { ask: () => Promise.reject(new Error("asked")) });
    expect(await lines()).toEqual([
      "whoami --json",
      "secret list --format json",
      "d1 list --json",
      "d1 migrations apply DB --remote",
      "d1 execute DB --remote --json --command SELECT version FROM phrasebook WHERE id = 1",
      "deploy --minify --var ISSUER:https://edge.example.com",
    ]);
    expect(await readFile(join(directory, "wrangler.toml"), "utf8")).toBe(CONFIG);
  });

  it("seeds a phrasebook of another version", async () => {
    await deployWith(REPEATED, { phrasebookVersion: "v3" });
    expect(await lines()).toContain("d1 execute DB --remote --yes --file generated/phrasebook.sql");
  });

  it("sets only the secret that is missing", async () => {
    await deployWith({ ...REPEATED, "secret list": { stdout: '[{"name":"SIGNING_KEYS"}]' } });
    expect(Object.keys((await calls()).at(-1)?.secrets ?? {})).toEqual(["TOKEN_SECRETS"]);
  });
});

describe("a failure ends it", () => {
  it("without a login, before anything else is asked", async () => {
    await expect(deployWith({ ...FIRST, whoami: { code: 1 } })).rejects.toThrow("npx wrangler login");
    expect(await lines()).toEqual(["whoami --json"]);
  });

  it("in the migrations, before seed and Worker, showing what wrangler said", async () => {
    const failing = { ...FIRST, "d1 migrations apply": { code: 1, stdout: "near SELEC: syntax error" } };
    await expect(deployWith(failing)).rejects.toThrow("near SELEC: syntax error");
    expect((await lines()).at(-1)).toBe("d1 migrations apply DB --remote");
  });

  it("when the secrets cannot be listed, so that none is ever replaced", async () => {
    const failing = { ...REPEATED, "secret list": { code: 1, stderr: "Authentication error" } };
    await expect(deployWith(failing)).rejects.toThrow("Authentication error");
    expect((await lines()).at(-1)).toBe("secret list --format json");
  });

  it("when an answer is not what wrangler gives", async () => {
    await expect(deployWith({ ...REPEATED, "d1 list": { stdout: "nothing" } })).rejects.toThrow("JSON array");
  });
});

describe("a namespace's id", () => {
  it("is written beside its own binding only, and once", () => {
    const two = `[[kv_namespaces]]\nbinding = "OTHER"\n\n${CONFIG}`;
    const changed = withNamespaceId(two, "TRANSLATIONS", "abc");
    expect(changed).toContain('binding = "TRANSLATIONS"\nid = "abc"\n');
    expect(changed).toContain('binding = "OTHER"\n\n');
    expect(() => withNamespaceId(changed, "TRANSLATIONS", "abc")).toThrow();
  });
});
