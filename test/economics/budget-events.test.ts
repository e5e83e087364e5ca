/** When the operator is told of the day's budget: once near its end, once at it, and not by every request that meets it. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { emulated } from "../provider/emulated.ts";
import { traveller } from "../translate/traveller.ts";
import type { Tokens } from "../worker.ts";
import { createdAt, LONG_AGO, NEW_ACCOUNT_LIMITS, NOON, nothingSpent, setSpent } from "./account.ts";

const azure = emulated("economics-budget-events");
const BUDGET = 100;

beforeEach(async () => {
  await nothingSpent();
  await azure.tell({ reset: true });
  await env.DB.prepare("DELETE FROM events").run();
});

let number = 0;
/** A text of so many characters that nobody has asked for. */
function text(characters: number): string {
  number += 1;
  return String.fromCharCode(0x4e00 + number).padEnd(characters, "x");
}

/** An isolate with a budget of a hundred characters, and an account that is not new. */
async function isolate(known?: Tokens, settings: Record<string, number> = {}) {
  let now = NOON;
  const one = await traveller(
    { env: { ...azure.env, ...NEW_ACCOUNT_LIMITS, DAILY_CHARACTERS_TOTAL: BUDGET, ...settings }, clock: () => now },
    known,
  );
  if (known === undefined) await createdAt(one.tokens.account_id, LONG_AGO);
  return {
    ...one,
    spend: (characters: number) => one.translate({ text: text(characters), to: "es" }),
    over: async () => expect((await one.refused({ text: text(BUDGET), to: "es" })).code).toBe("budget_exhausted"),
    moveTo(time: number) {
      now = time;
    },
    /** The events that were recorded, as `kind severity: cause`. */
    async events(): Promise<readonly string[]> {
      await one.worker.settled();
      const sql = "SELECT kind || ' ' || severity || ': ' || cause FROM events ORDER BY id";
      return (await env.DB.prepare(sql).raw<[string]>()).flat();
    },
  };
}

const near = (spent: number) => `budget_near warning: ${spent} of the day's 100 characters are spent`;
const EXHAUSTED = "budget_exhausted alarm: the day's characters are used up";

describe("at eighty in a hundred", () => {
  test("the reserve that reaches it tells, the one before and the one after do not", async () => {
    const { spend, events } = await isolate();
    await spend(79);
    expect(await events()).toEqual([]);
    await spend(1);
    expect(await events()).toEqual([near(80)]);
    await spend(1);
    expect(await events()).toEqual([near(80)]);
  });

  test("an isolate that comes after it does not tell", async () => {
    const one = await isolate();
    await one.spend(80);
    await one.events();
    const other = await isolate(one.tokens);
    await other.spend(1);
    expect(await other.events()).toEqual([near(80)]);
  });

  test("a reserve that leaps over it tells, too", async () => {
    const { spend, events } = await isolate();
    await spend(100);
    expect(await events()).toEqual([near(100)]);
  });

  test("one of many reserves at once tells", async () => {
    const { spend, events } = await isolate();
    await Promise.all(Array.from({ length: 10 }, () => spend(10)));
    expect(await events()).toEqual([near(80)]);
  });

  test("it is told once, however often it is reached again after characters were given back", async () => {
    const { ask, events } = await isolate();
    await setSpent("total", 75);
    await azure.tell({ fail: { as: "error", code: 400000, always: true } });
    for (const _ of [1, 2, 3]) await ask({ text: text(10), to: "es" });
    expect(await events()).toEqual([near(85)]);
  });

  test("it is told again the next day", async () => {
    const { spend, events, moveTo, worker, tokens } = await isolate();
    await spend(90);
    const tomorrow = NOON + 86_400_000;
    moveTo(tomorrow);
    const refreshed = await worker.form("/oauth/token", {
      grant_type: "refresh_token",
      refresh_token: tokens.refresh_token,
    });
    const { access_token } = await refreshed.json<Tokens>();
    await worker.post("/v1/translate", { text: text(95), to: "es" }, access_token);
    expect(await events()).toEqual([near(90), near(95)]);
  });

  test("a refused reserve does not tell", async () => {
    const { spend, over, events } = await isolate();
    await spend(79);
    await over();
    expect(await events()).toEqual([EXHAUSTED]);
  });
});

describe("at the end of the budget", () => {
  test("the first refusal of the day tells, once an isolate", async () => {
    const one = await isolate();
    await setSpent("total", BUDGET);
    for (const _ of [1, 2, 3]) await one.over();
    expect(await one.events()).toEqual([EXHAUSTED]);
    const other = await isolate(one.tokens);
    for (const _ of [1, 2]) await other.over();
    expect(await other.events()).toEqual([EXHAUSTED, EXHAUSTED]);
  });

  test("the new accounts' share is told apart, and tells once, too", async () => {
    const { tokens, over, events } = await isolate(undefined, { NEW_ACCOUNT_SHARE: 0.1 });
    await createdAt(tokens.account_id, NOON);
    for (const _ of [1, 2]) await over();
    const share = "budget_exhausted alarm: the new accounts' share of the day's characters is used up";
    expect(await events()).toEqual([share]);
    await createdAt(tokens.account_id, LONG_AGO);
    await setSpent("total", BUDGET);
    await over();
    expect(await events()).toEqual([share, EXHAUSTED]);
  });

  test("is told of nobody: no account, no session, and the log has it with the request's id", async () => {
    const { worker, over, events } = await isolate();
    await setSpent("total", BUDGET);
    await over();
    await events();
    expect(await env.DB.prepare("SELECT account_id, session_id, at FROM events").first()).toEqual({
      ...{ account_id: null, session_id: null, at: NOON },
    });
    const [line] = worker.lines.map((each) => JSON.parse(each)).filter(({ event }) => event !== undefined);
    expect(line).toMatchObject({ event: "budget_exhausted", severity: "alarm", requestId: expect.any(String) });
  });

  test("an account over its own limit tells nothing", async () => {
    const { tokens, refused, events } = await isolate();
    await setSpent(`account:${tokens.account_id}`, 5000);
    expect((await refused({ text: text(1), to: "es" })).code).toBe("quota_exceeded");
    expect(await events()).toEqual([]);
  });
});
