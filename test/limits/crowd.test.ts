/**
 * A hotel, a campus or a carrier's NAT: hundreds of phones behind one address, and somebody there who sends junk. Whoever
 * proves a session is counted by it, so that neither the crowd nor the junk stands in anybody's way.
 */
import { expect, it } from "vitest";
import { ANONYMOUS_LIMIT } from "../../src/bounds.ts";
import { startEdge } from "../auth/edge.ts";

const PHONES = 300;
const JUNK = 1000;
const AT_ONCE = 20;
const address = { "CF-Connecting-IP": "198.51.100.77" };

/** Does each piece of work, some at once, in order of beginning. */
async function inTurn(works: readonly (() => Promise<void>)[]): Promise<void> {
  const rest = works.values();
  const lane = async () => {
    for (const work of rest) await work();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

it("300 devices refresh behind one address while a bad client there sends 1,000 junk tokens: all 300 succeed", async () => {
  const open = startEdge({ RATE_LIMITS: "off", DAILY_ENROLMENTS_PER_IP: String(PHONES) });
  const tokens: string[] = [];
  const enrolling = Array.from({ length: PHONES }, () => async () => {
    tokens.push((await open.signIn()).refresh_token);
  });
  await inTurn(enrolling);

  const edge = startEdge({ RATE_LIMITS: "on" });
  const refreshes = new Map<number, number>();
  const junk = new Map<number, number>();
  const send = (token: string, statuses: Map<number, number>) => async () => {
    const { status } = await edge.refresh(token, {}, address);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  };
  // Every other one has a good form, and fails at its signature only.
  const junkToken = (index: number) =>
    index % 2 === 0
      ? `junk-${index}`
      : (tokens[index % PHONES] ?? "").replace(/.$/, (last) => (last === "A" ? "B" : "A"));
  const spread = (count: number, sendOne: (index: number) => () => Promise<void>) =>
    Array.from({ length: count }, (_, index) => ({ at: index / count, work: sendOne(index) }));
  const mixed = [
    ...spread(JUNK, (index) => send(junkToken(index), junk)),
    ...spread(PHONES, (index) => send(tokens[index] ?? "", refreshes)),
  ];
  await inTurn(mixed.toSorted((one, other) => one.at - other.at).map(({ work }) => work));

  expect(refreshes).toEqual(new Map([[200, PHONES]]));
  expect([...junk.keys()].toSorted()).toEqual([400, 429]);
  // The window of a minute may end once in between.
  expect(junk.get(400)).toBeLessThanOrEqual(2 * ANONYMOUS_LIMIT + AT_ONCE);
}, 30_000);
