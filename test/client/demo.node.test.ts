/** The demo as its user meets it: a real port, what is printed, and real processes where several meet. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LOCK_STALE_MS } from "../../scripts/client/bounds.ts";
import { type FakeEdge, fakeEdge, oauthError, problem } from "./fake-edge.ts";
import { grants } from "./fixture.ts";
import { emptyFolder, runDemoHere, serve, startDemo } from "./served.ts";

// Some runs are processes, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000 });

let edge: FakeEdge;
let served: Awaited<ReturnType<typeof serve>>;
let file: string;

beforeEach(async () => {
  edge = fakeEdge(Date.now);
  served = await serve(edge);
  file = join(emptyFolder(), "edge.json");
});
afterEach(() => served.close());

const demo = (...args: string[]) => runDemoHere(["--url", served.url, "--file", file, ...args]);
const start = (...args: string[]) => startDemo(["--url", served.url, "--file", file, ...args]);

describe("translating", () => {
  test("prints an aligned table, then time, tiers and characters", async () => {
    const { code, out, errors } = await demo("--from", "en", "--to", "es,ja", "bread", "train station");
    const lines = out.split("\n");
    expect(lines.slice(0, 6)).toEqual([
      "text           to  translation       tier",
      "bread          es  bread-es          phrasebook",
      "bread          ja  bread-ja          phrasebook",
      "train station  es  train station-es  phrasebook",
      "train station  ja  train station-ja  phrasebook",
      "",
    ]);
    expect(lines[6]).toMatch(
      /^\d+ ms in all · server: total 2 ms, tier-phrasebook 2 units · 0 characters billed, 5000 left today$/,
    );
    expect({ code, errors }).toEqual({ code: 0, errors: "(signed in)\n" });
  });

  test("may be called by its name", async () => {
    const { out } = await demo("translate", "--to", "es", "bread");
    expect(out).toMatch(/^text .*\nbread .*\n\n/);
  });

  test("shows the error of a unit in its place", async () => {
    const { code, out } = await demo("--to", "xx,es", "bread");
    expect(out).toMatch(/^bread {2}xx {15}unsupported language\nbread {2}es {2}bread-es {5}phrasebook$/m);
    expect(code).toBe(0);
  });

  test("lines up where characters are wide, and lets no answer steer the terminal", async () => {
    const answer = {
      translations: [
        { text: "a", results: [{ to: "ja", text: "駅", pronunciation: "eki", source: "kv" }] },
        {
          text: "b\u001b[2J",
          detectedLanguage: { language: "en", score: 1 },
          results: [{ to: "es", text: "x", source: "azure" }],
        },
      ],
      usage: { charactersBilled: 3 },
    };
    edge.apiFaults = [() => Response.json(answer)];
    const { out } = await demo("--to", "ja", "--pronunciation", "a", "b");
    expect(out.split("\n").slice(0, 3)).toEqual([
      "text        to  translation  tier",
      "a           ja  駅 (eki)     kv",
      "b [2J (en)  es  x            azure",
    ]);
  });
});

describe("other commands", () => {
  test("whoami shows the account", async () => {
    const { code, out } = await demo("whoami");
    expect(out).toBe(`session  ${[...edge.sessions.keys()][0]}\n`);
    expect(code).toBe(0);
  });

  test("sign-out ends the session and keeps the credentials", async () => {
    await demo("whoami");
    const { appId } = JSON.parse(readFileSync(file, "utf8"));
    const { code } = await demo("sign-out");
    expect(code).toBe(0);
    expect([...edge.sessions.values()].map(({ revoked }) => revoked)).toEqual([true]);
    const kept = JSON.parse(readFileSync(file, "utf8"));
    expect(kept).toEqual({ server: served.url, appId, appSecret: kept.appSecret });
  });

  test("without --file the file is named after the server, in the working directory", async () => {
    const folder = emptyFolder();
    await startDemo(["--url", served.url, "whoami"], folder).done;
    expect(existsSync(join(folder, ".demo", `${new URL(served.url).host.replace(":", "_")}.json`))).toBe(true);
  });

  test("--help names every command, and asks no server", async () => {
    const { code, out } = await demo("--help");
    expect(out).toMatch(/demo -- translate .*demo -- whoami.*demo -- sign-out/s);
    expect({ code, log: edge.log }).toEqual({ code: 0, log: [] });
  });
});

describe("what goes wrong is said in words", () => {
  test.each([
    { args: ["bread"], says: "Say for example: --to es,ja" },
    { args: ["--to", "es"], says: "Which words?" },
    { args: ["whoami", "--html"], says: "Unknown option '--html'" },
    { args: ["--url", "ftp://edge.test", "whoami"], says: "no http(s) address" },
    { args: ["vocab"], says: "vocab does one of these: add, list, edit, remove, sync, export, import." },
    { args: ["vocab", "add", "bread", "pan"], says: "Say for example: --to es" },
    { args: ["vocab", "add", "--to", "es", "bread"], says: "Which word, and its translation?" },
    { args: ["vocab", "add", "--to", "e s", "bread", "pan"], says: "not take this translationLanguage" },
    { args: ["vocab", "add", "--to", "es", "bread", "x".repeat(5_000)], says: "more than the 4 KiB" },
    { args: ["vocab", "edit", "0000"], says: "What is to change?" },
    { args: ["vocab", "edit", "--text", "", "0000"], says: "not take this text" },
    { args: ["vocab", "edit", "--note", "warm", "0000"], says: "There is no entry 0000." },
    { args: ["vocab", "remove"], says: "Which entry?" },
    { args: ["vocab", "sync", "--keep", "--drop"], says: "Either --keep or --drop." },
    { args: ["vocab", "export", "--format", "xml"], says: "--format is one of json, csv, anki." },
    { args: ["vocab", "import", "no-such.csv"], says: "no-such.csv cannot be read" },
    { args: ["join", "ABCD"], says: "A transfer code has 12" },
    { args: ["join", "0".repeat(26)], says: "That is a recovery code" },
    { args: ["recover", "ABCD-EFGH-1234"], says: "That is a transfer code" },
    { args: ["join", "--move", "--leave", "ABCD-EFGH-1234"], says: "Either --move or --leave." },
    { args: ["transfer", "--wait", "--status"], says: "One of --wait, --status and --cancel." },
    { args: ["register"], says: "Which email address?" },
    { args: ["login", "a@mail.example"], says: "Say the password with --password" },
  ])("$args", async ({ args, says }) => {
    const { code, errors } = await demo(...args);
    expect(errors).toContain(says);
    expect(code).toBe(2);
  });

  test("a server that is not there", async () => {
    served.close();
    const { code, errors } = await demo("--to", "es", "bread");
    expect(errors).toBe(`No answer from ${served.url}. Is \`npm run dev\` running?\n`);
    expect(code).toBe(1);
  });

  test("a problem: title, code, detail, when to try again", async () => {
    edge.apiFaults = [() => problem(503, "translator_not_configured", { "Retry-After": "30" })];
    const { code, errors } = await demo("--to", "es", "bread");
    expect(errors).toBe(
      "(signed in)\nTitle of translator_not_configured (503, translator_not_configured)\n" +
        "Detail of translator_not_configured.\nTry again in 30 s.\nRequest r-1\n",
    );
    expect(code).toBe(1);
  });

  test("an account with too many devices, which are named", async () => {
    const devices = [{ id: "d-1", name: "Old\u001b phone", last_seen_at: "2026-05-01T00:00:00.000Z" }];
    const body = { error: "invalid_request", error_description: "d", error_code: "device_limit", devices };
    edge.tokenFaults = [() => Response.json(body, { status: 400 })];
    const { code, errors } = await demo("join", "ABCD-EFGH-1234");
    expect(errors).toBe(
      "That account has as many devices as it may. Remove one of them there:\n" +
        "  d-1  Old  phone, last seen 2026-05-01T00:00:00.000Z\n",
    );
    expect(code).toBe(1);
  });

  test("a blocked account", async () => {
    edge.tokenFaults = [() => oauthError(403, "access_denied")];
    expect((await demo("whoami")).errors).toContain("blocked this account (access_denied)");
  });

  test("a sign-in elsewhere, and the way on", async () => {
    await demo("whoami");
    for (const device of edge.devices.values()) device.displaced = true;
    for (const session of edge.sessions.values()) session.revoked = true;
    expect((await demo("whoami")).errors).toContain("say --take-over");
    expect((await demo("whoami", "--take-over")).code).toBe(0);
  });

  test("a damaged file, which is left as it is", async () => {
    writeFileSync(file, "{");
    const { code, errors } = await demo("whoami");
    expect(errors).toContain(`${file} cannot be used: it is not a JSON object. It is left as it is.`);
    expect({ code, content: readFileSync(file, "utf8") }).toEqual({ code: 1, content: "{" });
  });
});

describe("processes on one file", () => {
  test("end with the code of what came of them, and say what went wrong on the other stream", async () => {
    expect(await start("--to", "es").done).toMatchObject({
      code: 2,
      out: "",
      errors: expect.stringContaining("Which words?"),
    });
    served.close();
    expect(await start("--to", "es", "bread").done).toMatchObject({ code: 1, out: "" });
  });

  test("four at once, again and again with tokens always due, all work and keep one session", async () => {
    edge.accessTtlSeconds = 1;
    for (let round = 0; round < 3; round++) {
      const runs = await Promise.all([1, 2, 3, 4].map(() => start("--to", "es", "bread").done));
      expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    }
    expect(edge.devices.size).toBe(1);
    expect(grants(edge)).toEqual(["app", ...Array(11).fill("rotated")]);
  });

  test("one that is killed in the middle of its refresh loses nothing, and holds up nobody", async () => {
    await start("whoami").done;
    const kept = JSON.parse(readFileSync(file, "utf8"));
    writeFileSync(file, JSON.stringify({ ...kept, tokens: { ...kept.tokens, accessExpiresAt: 0 } }));
    const victim = start("whoami");
    edge.tokenFaults = [
      async () => {
        victim.process.kill("SIGKILL");
        await victim.done;
        return oauthError(500, "internal");
      },
    ];
    await victim.done;
    expect(existsSync(`${file}.lock`)).toBe(true);
    const startedAt = Date.now();
    const { code } = await start("whoami").done;
    expect(code).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(LOCK_STALE_MS);
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ appId: kept.appId });
    expect(grants(edge)).toEqual(["app", "rotated"]);
  });
});
