/**
 * Properties of rotation over random interleavings: two racing honest clients that share stored tokens, lost requests,
 * lost answers, delayed duplicates, and a thief who replays.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Action, createWorld } from "./honest-world.ts";

const RUNS = 60;
const ACTIONS = 40;
/** How long a client waits for an answer, and so how long the network may keep what it sent. */
const PATIENCE_MS = 60_000;

const at = fc.nat({ max: 7 });
const wait = (...ms: number[]): fc.Arbitrary<Action> =>
  fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(...ms) });
const weighted = (weight: number, arbitrary: fc.Arbitrary<Action>) => ({ weight, arbitrary });
const picking = (weight: number, what: Extract<Action, { at: number }>["do"]) =>
  weighted(weight, fc.record({ do: fc.constant(what), at }));

const badNetwork = [
  weighted(6, fc.record({ do: fc.constant("send" as const), client: fc.constantFrom(0 as const, 1 as const) })),
  picking(6, "deliver"),
  picking(5, "receive"),
  picking(1, "lose request"),
  picking(2, "lose answer"),
  picking(2, "duplicate"),
];

/** The actions that can change what is in the database. */
const REACHES_THE_SERVER: readonly Action["do"][] = ["deliver", "duplicate", "replay"];

/** The first sign-in has arrived, so that the random part starts with tokens. */
const SIGNED_IN: readonly Action[] = [
  { do: "send", client: 0 },
  { do: "deliver", at: 0 },
  { do: "receive", at: 0 },
];
const PATIENCE_IS_OVER: Action = { do: "wait", ms: PATIENCE_MS + 1 };
const sequence = (...kinds: { weight: number; arbitrary: fc.Arbitrary<Action> }[]) =>
  fc.array(fc.oneof(...kinds), { minLength: ACTIONS / 2, maxLength: ACTIONS });

it("on a bad network alone, what an honest client has stored is never refused", { timeout: 30_000 }, async () => {
  const waits = wait(0, 1000, 29_000, 31_000, 3_600_000, 86_400_000 / 2);
  await fc.assert(
    fc.asyncProperty(sequence(...badNetwork, weighted(3, waits)), async (actions) => {
      const world = await createWorld(PATIENCE_MS);
      // A duplicate of the sign-in would be a new one and end the session, so the network forgets that first.
      for (const action of [...SIGNED_IN, PATIENCE_IS_OVER, ...actions]) expect(await world.act(action)).toBe(true);
      expect(world.events.filter((kind) => kind !== "refresh_stale")).toEqual([]);
      expect(await world.stepsToTokens(1)).toBe(1);
    }),
    { numRuns: RUNS },
  );
});

it("whatever a thief and late duplicates do, there is a way on without a human, and never a fork", {
  timeout: 30_000,
}, async () => {
  const kinds = new Map<string, number>();
  const waits = wait(0, 29_000, 31_000, 119_000, 121_000, 86_400_000, 29 * 86_400_000);
  const theft = [weighted(2, fc.constant({ do: "steal" } as const)), picking(3, "replay")];
  await fc.assert(
    fc.asyncProperty(sequence(...badNetwork, ...theft, weighted(4, waits)), async (actions) => {
      const world = await createWorld(Number.POSITIVE_INFINITY);
      for (const action of [...SIGNED_IN, ...actions]) {
        await world.act(action);
        if (REACHES_THE_SERVER.includes(action.do)) expect((await world.liveTokens()).length).toBeLessThanOrEqual(1);
      }
      // A refresh; where that is refused, the app grant.
      await world.stepsToTokens(2);
      expect(await world.liveTokens()).toHaveLength(1);
      for (const kind of world.events) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }),
    { numRuns: RUNS },
  );
  // The runs went where it matters.
  expect([...kinds.keys()].sort()).toEqual(["refresh_reuse", "refresh_stale"]);
});
