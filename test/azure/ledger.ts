/**
 * What one emulated resource was asked: counters since its last reset, and the calls themselves. Texts are kept in
 * memory for tests to look at and never logged.
 */

import { type Meter, meteredCharacters, type TranslateCall } from "./answer.ts";
import type { FaultPlan } from "./fault-plans.ts";
import type { Refusal } from "./refusals.ts";

/** Calls that are kept; beyond it the oldest is forgotten, the counters go on. */
const RECORDED_CALLS_MAX = 1_000;

/** Numbers since the last reset. */
export interface Counters {
  /** Translate calls of every kind, refused ones too. */
  calls: number;
  /** Texts in the calls that were understood. */
  elements: number;
  /** UTF-16 length of those texts times their targets, whatever came of them. */
  characters: number;
  /** What `X-Metered-Usage` said in total. */
  meteredCharacters: number;
  /** How often each outcome came about: `200`, an error code, or the name of a fault. */
  readonly outcomes: Record<string, number>;
  /** Calls under way, and the most there ever were at once. */
  concurrent: number;
  concurrentMax: number;
}

/** One call that was understood, and what came of it. */
export interface RecordedCall extends TranslateCall {
  readonly characters: number;
  readonly outcome: string;
}

/** Counters and calls, the oldest call first. */
export interface Ledger {
  readonly counters: Counters;
  readonly calls: RecordedCall[];
}

/** An empty ledger. */
export function createLedger(): Ledger {
  return {
    counters: {
      calls: 0,
      elements: 0,
      characters: 0,
      meteredCharacters: 0,
      outcomes: {},
      concurrent: 0,
      concurrentMax: 0,
    },
    calls: [],
  };
}

/** Counts a call as under way; the returned function ends that. */
export function enterCall({ counters }: Ledger): () => void {
  counters.calls += 1;
  counters.concurrent += 1;
  counters.concurrentMax = Math.max(counters.concurrentMax, counters.concurrent);
  return () => {
    counters.concurrent -= 1;
  };
}

/** Counts a call that was not understood, and says so in a line. */
export function recordRefusal({ counters }: Ledger, refusal: Refusal): string {
  countOutcome(counters, String(refusal.code));
  return `azure emulator: refused with ${refusal.code}${refusal.detail === undefined ? "" : ` (${refusal.detail})`}`;
}

/** Records a call that was understood, and says so in a line: `azure emulator: 3 texts, en → es,ja, 45 characters: 200`. */
export function recordCall(ledger: Ledger, call: TranslateCall, fault: FaultPlan | null, meter: Meter): string {
  const outcome = outcomeOf(fault);
  const characters = meteredCharacters(call, "utf16");
  const { counters, calls } = ledger;
  counters.elements += call.texts.length;
  counters.characters += characters;
  if (fault?.as !== "error" && fault?.as !== "silent") counters.meteredCharacters += meteredCharacters(call, meter);
  countOutcome(counters, outcome);
  calls.push({ ...call, characters, outcome });
  if (calls.length > RECORDED_CALLS_MAX) calls.shift();

  const texts = call.texts.length === 1 ? "1 text" : `${call.texts.length} texts`;
  return `azure emulator: ${texts}, ${call.from ?? "auto"} → ${call.to.join(",")}, ${characters} characters: ${outcome}`;
}

function outcomeOf(fault: FaultPlan | null): string {
  if (fault === null || fault.as === "slow") return "200";
  return fault.as === "error" ? String(fault.code) : fault.as;
}

function countOutcome(counters: Counters, outcome: string): void {
  counters.outcomes[outcome] = (counters.outcomes[outcome] ?? 0) + 1;
}
