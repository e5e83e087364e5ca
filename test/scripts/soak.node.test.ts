/** What a soak stands on: that its chance is what it claims, its network loses answers and no acts, and it meets no stranger. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { readSoakOptions, SoakMisuse, serverCommand } from "../../scripts/soak/arguments.ts";
import { badNetwork, withoutAttemptIds } from "../../scripts/soak/bad-network.ts";
import { judgeMemory } from "../../scripts/soak/memory.ts";
import { forEachAtOnce } from "../../scripts/soak/pool.ts";
import { seededRandom, zipfRanks } from "../../scripts/soak/random.ts";

afterEach(() => vi.unstubAllGlobals());

describe("the arguments", () => {
  test("are those that the contract asks for, unless given", () => {
    expect(readSoakOptions([])).toMatchObject({ sessions: 200, minutes: 10, devices: 1000 });
    expect(readSoakOptions(["--sessions", "0", "--minutes=2"])).toMatchObject({ sessions: 0, minutes: 2 });
  });

  test.each([
    ["--url", "http://edge.example.org"],
    ["--url", "http://127.0.0.1.example.org"],
    ["--azure", "https://api.cognitive.microsofttranslator.com"],
    ["--sessions", "5001"],
    ["--sessions", "1.5"],
    ["--sessions", ""],
    ["--rounds", "1"],
    ["--unknown", "1"],
  ])("%s %s is refused", (name, value) => {
    expect(() => readSoakOptions([name, value])).toThrow(SoakMisuse);
  });

  test("tell how to start the server for them", () => {
    const command = serverCommand(readSoakOptions(["--characters-total", "7"]));
    expect(command).toContain("RATE_LIMITS:off");
    expect(command).toContain("DAILY_CHARACTERS_TOTAL:7");
    expect(command).not.toContain("--port");
    expect(serverCommand(readSoakOptions(["--url", "http://127.0.0.1:8801"]))).toContain("-- --port 8801 --");
  });
});

describe("chance", () => {
  const numbers = (seed: number) => Array.from({ length: 1000 }, seededRandom(seed));

  test("is the same for the same seed, and even", () => {
    expect(numbers(7)).toEqual(numbers(7));
    expect(numbers(7)).not.toEqual(numbers(8));
    const halves = numbers(7).filter((number) => number < 0.5).length;
    expect(halves).toBeGreaterThan(400);
    expect(halves).toBeLessThan(600);
  });

  test("by Zipf's law favours the first: twice as often as the second, ten times as often as the tenth", () => {
    const next = zipfRanks(100, seededRandom(1));
    const counts = Array<number>(100).fill(0);
    for (let turn = 0; turn < 100_000; turn += 1) {
      const rank = next();
      counts[rank] = (counts[rank] ?? 0) + 1;
    }
    const [first = 0, second = 1] = counts;
    expect(first / second).toBeCloseTo(2, 0);
    expect(first / (counts[9] ?? 1)).toBeGreaterThan(8);
    expect(first / (counts[9] ?? 1)).toBeLessThan(12);
    expect(counts.every((count) => count > 0)).toBe(true);
  });
});

describe("the bad network", () => {
  /** A server that counts what arrives. */
  function served() {
    const bodies: string[] = [];
    vi.stubGlobal("fetch", async (_url: string, init: RequestInit) => {
      bodies.push(String(init.body));
      return new Response("answer");
    });
    return bodies;
  }

  test("delivers every request, loses a fifth of the answers, and delivers a tenth a second time later", async () => {
    const bodies = served();
    const later = Promise.withResolvers<void>();
    const network = badNetwork(seededRandom(3), () => later.promise);
    let answered = 0;
    for (let sent = 0; sent < 1000; sent += 1)
      await network.fetch("http://localhost", { body: String(sent) }).then(
        () => {
          answered += 1;
        },
        () => undefined,
      );
    expect(new Set(bodies).size).toBe(1000);
    expect(network.lost()).toBe(1000 - answered);
    expect(network.lost()).toBeGreaterThan(150);
    expect(network.lost()).toBeLessThan(250);
    expect(network.duplicated()).toBeGreaterThan(60);
    expect(network.duplicated()).toBeLessThan(140);
    expect(bodies).toHaveLength(1000);
    setImmediate(later.resolve);
    await network.quiet();
    expect(bodies).toHaveLength(1000 + network.duplicated());
  });

  test("of a client without attempt IDs leaves them out, and nothing else", async () => {
    const bodies = served();
    const fetchWithout = withoutAttemptIds((url, init) => fetch(url, init));
    await fetchWithout("http://localhost", { body: "grant_type=refresh_token&attempt_id=a1&refresh_token=v1.x%2B" });
    await fetchWithout("http://localhost", { body: '{"text":"attempt"}' });
    expect(bodies).toEqual(["grant_type=refresh_token&refresh_token=v1.x%2B", '{"text":"attempt"}']);
  });
});

describe("memory", () => {
  const samples = (...thirds: readonly number[]) => thirds.flatMap((megabytes) => Array<number>(60).fill(megabytes));

  test("may grow while it warms up, and is flat from then on", () => {
    expect(judgeMemory(samples(100, 500, 540)).violations).toEqual([]);
    expect(judgeMemory(samples(100, 500, 560)).violations).toHaveLength(1);
  });

  test("of a short run, or of no process, is told without a verdict", () => {
    expect(judgeMemory(Array<number>(119).fill(100).fill(200, 80)).violations).toEqual([]);
    expect(judgeMemory([]).line).toContain("unknown");
  });
});

test("work is done so many at a time", async () => {
  let running = 0;
  let most = 0;
  const done: number[] = [];
  await forEachAtOnce([...Array(20).keys()], 4, async (item) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise(setImmediate);
    running -= 1;
    done.push(item);
  });
  expect(most).toBe(4);
  expect(done.toSorted((a, b) => a - b)).toEqual([...Array(20).keys()]);
});
