/** The Azure emulator beside the edge, told to fail now and then and asked what it was sent. */
import * as v from "valibot";
import { SoakMisuse } from "./arguments.ts";

/** Each way to fail, at random. Together they come to one call in ten. */
const FAULTS = [
  { as: "error", code: 500000 },
  { as: "error", code: 503000, retryAfter: 1 },
  { as: "error", code: 429001, retryAfter: 1 },
  { as: "slow", ms: 3000 },
  { as: "silent" },
  { as: "cut-off" },
  { as: "too-few-results" },
  { as: "too-many-results" },
  { as: "wrong-targets" },
  { as: "wrong-order" },
  { as: "not-json" },
  { as: "wrong-shape" },
];
const FAILING = 0.1;

const Status = v.object({
  counters: v.object({
    calls: v.number(),
    meteredCharacters: v.number(),
    outcomes: v.record(v.string(), v.number()),
  }),
});

/** What the emulator has counted since it was reset. */
export type AzureCounters = v.InferOutput<typeof Status>["counters"];

async function ask(url: string, init: RequestInit): Promise<AzureCounters> {
  const body: unknown = await fetch(`${url}/__emulator`, init)
    .then((response) => response.json())
    .catch(() => undefined);
  if (!v.is(Status, body)) throw new SoakMisuse(`No Azure emulator answers at ${url}; --azure says where it is.`);
  return body.counters;
}

/** Sets the counters to nought and lets one call in ten fail, from this seed. */
export async function startFailing(url: string, seed: number): Promise<void> {
  // The first plan that happens counts: so the chance of each is that of the later ones left over.
  const probability = 1 - (1 - FAILING) ** (1 / FAULTS.length);
  const fail = FAULTS.map((fault, index) => ({ ...fault, probability, seed: seed + index }));
  await ask(url, { method: "POST", body: JSON.stringify({ reset: true, fail }) });
}

/** What it was asked so far. */
export function readCounters(url: string): Promise<AzureCounters> {
  return ask(url, {});
}

/** Lets it be: no more faults. */
export async function stopFailing(url: string): Promise<void> {
  await ask(url, { method: "POST", body: JSON.stringify({ fail: null }) });
}
