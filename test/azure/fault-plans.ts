/**
 * What the emulator can be told to do wrong, and when: for the next calls, for every call, or at random from a seed.
 * Declared once as a schema, which the control plane validates with and the types come from. Doing it is elsewhere.
 */

import * as v from "valibot";
import { AZURE_ERROR_CODES, type AzureErrorCode, isAzureErrorCode } from "./refusals.ts";

/** A delay longer than any time limit that a client of this service would have. */
const SLOW_MS_MAX = 600_000;
const TIMES_MAX = 1_000_000;

const occurrence = {
  times: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(TIMES_MAX))),
  always: v.optional(v.literal(true)),
  probability: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  seed: v.optional(v.pipe(v.number(), v.integer())),
};

const errorCode = v.custom<AzureErrorCode>(
  (code) => typeof code === "number" && isAzureErrorCode(code),
  `code is one of ${AZURE_ERROR_CODES.join(", ")}`,
);
const retryAfter = v.union(
  [v.pipe(v.number(), v.integer(), v.minValue(0)), v.pipe(v.string(), v.regex(/^[ -~]{1,64}$/))],
  "retryAfter is a whole number of seconds, or up to 64 ASCII characters to send as they are",
);

/** One fault and its occurrence; without `times`, `always` or `probability` it happens once. */
export const FAULT_PLAN = v.pipe(
  v.variant(
    "as",
    [
      v.strictObject({ as: v.literal("error"), code: errorCode, retryAfter: v.optional(retryAfter), ...occurrence }),
      v.strictObject({
        as: v.literal("slow"),
        ms: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(SLOW_MS_MAX)),
        ...occurrence,
      }),
      v.strictObject({ as: v.literal("silent"), ...occurrence }),
      v.strictObject({ as: v.literal("cut-off"), ...occurrence }),
      v.strictObject({ as: v.literal("too-few-results"), ...occurrence }),
      v.strictObject({ as: v.literal("too-many-results"), ...occurrence }),
      v.strictObject({ as: v.literal("wrong-targets"), ...occurrence }),
      v.strictObject({ as: v.literal("wrong-order"), ...occurrence }),
      v.strictObject({ as: v.literal("not-json"), ...occurrence }),
      v.strictObject({ as: v.literal("wrong-shape"), ...occurrence }),
    ],
    "as is one of error, slow, silent, cut-off, too-few-results, too-many-results, wrong-targets, wrong-order, not-json, wrong-shape",
  ),
  v.check(
    ({ times, always, probability }) => [times, always, probability].filter((value) => value !== undefined).length <= 1,
    "only one of times, always and probability",
  ),
  v.check(({ probability, seed }) => seed === undefined || probability !== undefined, "seed goes with probability"),
);

/** A fault with when it happens, as the control plane takes it. */
export type FaultPlan = v.InferOutput<typeof FAULT_PLAN>;

/** A plan at work: how often it can still happen, and its own dice where it has a probability. */
export interface ArmedPlan {
  readonly plan: FaultPlan;
  remaining: number;
  readonly random: (() => number) | null;
}

/** Puts a plan to work. Equal seeds give equal sequences. */
export function armPlan(plan: FaultPlan): ArmedPlan {
  const endless = plan.always === true || plan.probability !== undefined;
  return {
    plan,
    remaining: endless ? Number.POSITIVE_INFINITY : (plan.times ?? 1),
    random: plan.probability === undefined ? null : seededRandom(plan.seed ?? 1),
  };
}

/** The fault that this call meets, the first in order that happens, or null. Counts it down. */
export function nextFault(plans: readonly ArmedPlan[]): FaultPlan | null {
  for (const armed of plans) {
    if (armed.remaining === 0) continue;
    if (armed.random !== null && armed.random() >= (armed.plan.probability ?? 1)) continue;
    armed.remaining -= 1;
    return armed.plan;
  }
  return null;
}

/** The plans that can still happen, with what is left of `times`. */
export function remainingPlans(plans: readonly ArmedPlan[]): readonly FaultPlan[] {
  return plans
    .filter((armed) => armed.remaining > 0)
    .map(({ plan, remaining }) => (Number.isFinite(remaining) ? { ...plan, times: remaining } : plan));
}

/** Mulberry32: small, even enough for tests, and the same everywhere. */
function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
