/**
 * Minutes of the mix against an emulator that fails one call in ten. Every text of every answer is held against what it
 * must be; no device and no day may pass its characters; the runtime's memory must stay flat.
 */
import { setTimeout as pause } from "node:timers/promises";
import { type Client, createClient } from "../client/client.ts";
import { makeCredentials } from "../client/credentials.ts";
import { ClientError } from "../client/failure.ts";
import { memoryStore } from "../client/store.ts";
import { type Translated, translate } from "../client/translate.ts";
import { SoakMisuse, type SoakOptions } from "./arguments.ts";
import { readCounters, startFailing, stopFailing } from "./azure.ts";
import { watchMemory } from "./memory.ts";
import { createMix, type Mix, type MixRequest } from "./mix.ts";
import { forEachAtOnce } from "./pool.ts";
import type { SoakReport } from "./refreshes.ts";

const SIGN_INS_AT_ONCE = 16;
const REQUESTS_AT_ONCE = 64;

/** What a failing provider and a spent limit may be answered with. */
const EXPECTED_CODES = [
  "translator_busy",
  "translator_unavailable",
  "translator_refused",
  "quota_exceeded",
  "budget_exhausted",
];
/** The server's default for all new accounts behind one address; a run that cannot get past it proves nothing. */
const CHARACTERS_PER_ADDRESS = 3000;

/** What has been seen so far. */
interface Tally {
  readonly units: Map<string, number>;
  readonly refusals: Map<string, number>;
  readonly billed: Map<number, number>;
  readonly violations: string[];
  requests: number;
}

function add<Key>(counts: Map<Key, number>, key: Key, more: number): void {
  counts.set(key, (counts.get(key) ?? 0) + more);
}

/** Holds an answer against what was asked. */
function check(mix: Mix, request: MixRequest, answer: Translated, { units, refusals, violations }: Tally): void {
  if (answer.translations.length !== request.texts.length)
    violations.push(`${request.texts.length} texts had ${answer.translations.length} translations`);
  for (const [row, { text, results }] of answer.translations.entries()) {
    if (text !== request.texts[row]) violations.push(`text ${row} came back as another`);
    if (results.map(({ to }) => to).join() !== request.to.join()) violations.push(`text ${row} has other targets`);
    for (const result of results) {
      if (result.error !== undefined) {
        add(refusals, result.error.code, 1);
        if (!EXPECTED_CODES.includes(result.error.code)) violations.push(`a unit failed with ${result.error.code}`);
        continue;
      }
      const source = result.source ?? "none";
      add(units, source, 1);
      const right = mix.rightAnswers(request.texts[row] ?? "", request.from, result.to);
      if (result.text !== (source === "phrasebook" ? right.phrasebook : right.provider))
        violations.push(
          `wrong pairing from ${source}: ${request.from} to ${result.to}, ${JSON.stringify(text)} is ${JSON.stringify(result.text)}`,
        );
    }
  }
}

async function ask(client: Client, mix: Mix, request: MixRequest, tally: Tally): Promise<void> {
  tally.requests += 1;
  try {
    const answer = await translate(client, request.texts, request.from, request.to);
    add(tally.billed, request.device, answer.usage.charactersBilled);
    check(mix, request, answer, tally);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    const { failure } = error;
    const code = failure.kind === "problem" ? failure.problem.code : failure.kind;
    if (code === "rate_limited") throw new SoakMisuse("The server limits rates.");
    add(tally.refusals, code, request.texts.length * request.to.length);
    if (!EXPECTED_CODES.includes(code)) tally.violations.push(`a request failed: ${JSON.stringify(failure)}`);
  }
}

/** Sends the mix at an even rate. Where the server falls behind, fewer are sent: at most so many wait at once. */
async function send(options: SoakOptions, mix: Mix, clients: readonly Client[], tally: Tally): Promise<void> {
  const startedAt = Date.now();
  const until = startedAt + options.minutes * 60_000;
  let turn = 0;
  await Promise.all(
    Array.from({ length: REQUESTS_AT_ONCE }, async () => {
      while (Date.now() < until) {
        const due = startedAt + (1000 * turn) / options.rate;
        turn += 1;
        if (due > until) return;
        await pause(Math.max(0, due - Date.now()));
        const request = mix.next();
        const client = clients[request.device];
        if (client !== undefined) await ask(client, mix, request, tally);
      }
    }),
  );
}

const listed = (counts: ReadonlyMap<string, number>) =>
  [...counts].map(([name, count]) => `${name} ${count}`).join(", ") || "none";

/** Runs it. */
export async function soakTranslations(options: SoakOptions, random: () => number): Promise<SoakReport> {
  const clients = Array.from({ length: options.devices }, () =>
    createClient({ baseUrl: options.url, store: memoryStore(makeCredentials()), fetch, now: Date.now }),
  );
  await startFailing(options.azureUrl, options.seed);
  await forEachAtOnce(clients, SIGN_INS_AT_ONCE, async (client) => {
    await client.request("/v1/sessions/current");
  });
  const [first] = clients;
  if (first === undefined) throw new Error("There are no devices");
  const mix = await createMix(first, options.devices, random);
  const tally: Tally = { units: new Map(), refusals: new Map(), billed: new Map(), violations: [], requests: 0 };

  const firstDay = new Date().getUTCDate();
  const endWatch = watchMemory(options.url);
  await send(options, mix, clients, tally);
  const memory = endWatch();
  // A day's limit holds twice where midnight came in between.
  const days = new Date().getUTCDate() === firstDay ? 1 : 2;
  const azure = await readCounters(options.azureUrl);
  await stopFailing(options.azureUrl);

  const { violations, refusals } = tally;
  if (azure.meteredCharacters > days * options.charactersTotal)
    violations.push(`${azure.meteredCharacters} characters were billed, over the limit of ${options.charactersTotal}`);
  const most = Math.max(0, ...tally.billed.values());
  if (most > days * options.charactersPerDevice) violations.push(`one device had ${most} characters, over its limit`);
  if (refusals.has("quota_exceeded") && azure.meteredCharacters <= CHARACTERS_PER_ADDRESS)
    throw new SoakMisuse("The server lets the new accounts of one address have too few characters for a soak.");
  violations.push(...memory.violations);
  return {
    lines: [
      `${tally.requests} requests of ${options.devices} devices; units answered: ${listed(tally.units)}; not answered: ${listed(refusals)}`,
      `the emulator had ${azure.calls} calls (${listed(new Map(Object.entries(azure.outcomes)))})`,
      `${azure.meteredCharacters} of ${options.charactersTotal} characters billed, by one device at most ${most} of ${options.charactersPerDevice}`,
      memory.line,
    ],
    violations,
  };
}
