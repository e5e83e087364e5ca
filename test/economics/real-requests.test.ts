/**
 * Joining as the runtime has it: requests that go through the Worker's own entry, each in a context of its own, whose
 * client can leave. Within one context, as everywhere else in these tests, a lost leader could not be told from a good one.
 */
import { env, exports } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { emulated } from "../provider/emulated.ts";
import { read } from "../translate/traveller.ts";
import { ORIGIN, startWorker, type Tokens } from "../worker.ts";

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      mainModule: typeof import("../../src/index.ts");
    }
  }
}

const azure = emulated("economics-real-requests");

let tokens: Tokens;

// The entry reads its settings at its first request, from the environment itself.
beforeAll(async () => {
  Object.assign(env, azure.env);
  tokens = await startWorker().signIn();
});

beforeEach(() => azure.tell({ reset: true }));

function ask(text: string, signal: AbortSignal | null = null): Promise<Response> {
  return exports.default.fetch(
    new Request(`${ORIGIN}/v1/translate`, {
      method: "POST",
      headers: { Authorization: `Bearer ${tokens.access_token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ text, to: "es" }),
      signal,
    }),
  );
}

const calls = async () => (await azure.status()).counters.calls;

test("twenty equal requests at once, each in its own context, make one upstream call", async () => {
  await azure.tell({ fail: { as: "slow", ms: 300 } });
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask("twenty")));
  const units = await Promise.all(answers.map(async (answer) => read(await answer.json())));
  expect(new Set(units.flat())).toEqual(new Set(["azure: [es] twenty"]));
  expect(await calls()).toBe(1);
});

test("joiners are answered, by the same call, where their leader's client has left", async () => {
  await azure.tell({ fail: { as: "slow", ms: 400 } });
  const client = new AbortController();
  const left = ask("left behind", client.signal).catch((error: Error) => error.name);
  await vi.waitUntil(async () => (await calls()) === 1, { interval: 20 });
  const joiners = Array.from({ length: 3 }, () => ask("left behind"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  client.abort();
  expect(await left).toBe("AbortError");
  for (const joiner of joiners) expect(read(await (await joiner).json())).toEqual(["azure: [es] left behind"]);
  expect(await calls()).toBe(1);
});
