/** What `GET /v1/usage` and `GET /v1/account` tell of an account's characters, and what that costs. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { counting } from "../bindings.ts";
import { emulated } from "../provider/emulated.ts";
import { spent, traveller } from "../translate/traveller.ts";
import { createdAt, LONG_AGO, NEW_ACCOUNT_LIMITS, NOON, nothingSpent, setSpent, TODAY } from "./account.ts";

const azure = emulated("economics-usage");
const MIDNIGHT = "2026-11-26T00:00:00.000Z";

interface Told {
  readonly days?: readonly { readonly day: string; readonly characters: number }[];
  readonly characters: { readonly perDay: number; readonly left: number; readonly resetsAt: string };
}

beforeEach(async () => {
  await nothingSpent();
  await azure.tell({ reset: true });
});

/** An account of an age, and what the two routes tell it. */
async function account(made: number, settings: Record<string, unknown> = {}) {
  const { env: bindings, take } = counting(env);
  const one = await traveller({
    env: { ...azure.env, ...NEW_ACCOUNT_LIMITS, ...bindings, ...settings },
    clock: () => NOON,
  });
  await createdAt(one.tokens.account_id, made);
  const told = async (path: string): Promise<Told> => {
    const response = await one.worker.get(path, one.tokens.access_token);
    expect(response.status).toBe(200);
    return response.json();
  };
  return {
    ...one,
    take,
    usage: () => told("/v1/usage"),
    status: () => told("/v1/account"),
    left: async () => [(await told("/v1/usage")).characters.left, (await told("/v1/account")).characters.left],
  };
}

describe("an account's characters", () => {
  test("are five thousand a day, all left, and new at midnight", async () => {
    const { usage, status } = await account(LONG_AGO);
    const characters = { perDay: 5000, left: 5000, resetsAt: MIDNIGHT };
    expect(await usage()).toEqual({ days: [], characters });
    expect((await status()).characters).toEqual(characters);
  });

  test("are a thousand in its first 24 hours, and five thousand from then on", async () => {
    for (const [made, perDay] of [
      [NOON - 86_399_999, 1000],
      [NOON - 86_400_000, 5000],
    ] as const) {
      const { usage, status } = await account(made);
      for (const { characters } of [await usage(), await status()])
        expect(characters).toEqual({ perDay, left: perDay, resetsAt: MIDNIGHT });
    }
  });

  test("are fewer by what it had translated, as the translate answer says, too", async () => {
    const { translate, usage, left } = await account(LONG_AGO);
    const answer = await translate({ text: "twelve chars", to: ["es", "ja"] });
    expect(answer.usage.charactersLeft).toBe(4976);
    expect(await left()).toEqual([4976, 4976]);
    await translate({ text: "twelve chars", to: ["es", "ja"] });
    expect((await usage()).days).toEqual([{ day: TODAY, characters: 24 }]);
  });

  test("are at most what the total has left", async () => {
    const { left } = await account(LONG_AGO);
    await setSpent("total", 59_990);
    expect(await left()).toEqual([10, 10]);
    await setSpent("total", 60_000);
    expect(await left()).toEqual([0, 0]);
  });

  test("are none, not fewer, where a limit was lowered below what is spent", async () => {
    const { tokens, left } = await account(LONG_AGO);
    await setSpent(`account:${tokens.account_id}`, 7000);
    expect(await left()).toEqual([0, 0]);
  });

  test("are, while it is new, at most what its prefix and all new accounts have left; an older one's are not", async () => {
    const newcomer = await account(NOON);
    const regular = await account(LONG_AGO);
    await newcomer.translate({ text: "x", to: "es" });
    const prefix = Object.keys(await spent(TODAY)).find((subject) => subject.startsWith("new-ip:"));
    await setSpent(prefix ?? "", 2995);
    expect([await newcomer.left(), await regular.left()]).toEqual([
      [5, 5],
      [5000, 5000],
    ]);
    await setSpent("new", 14_998);
    expect([await newcomer.left(), await regular.left()]).toEqual([
      [2, 2],
      [5000, 5000],
    ]);
  });
});

test("a new account's IPv6 prefix is the /48, as it is when it translates", async () => {
  const { worker, tokens, translate } = await account(NOON);
  await translate({ text: "six", to: "es" }, { "CF-Connecting-IP": "2001:db8:7::1" });
  const prefix = Object.keys(await spent(TODAY)).find((subject) => subject.startsWith("new-ip:"));
  await setSpent(prefix ?? "", 2991);
  const left = async (path: string, address: string) => {
    const response = await worker.get(path, tokens.access_token, { "CF-Connecting-IP": address });
    return (await response.json<Told>()).characters.left;
  };
  for (const path of ["/v1/usage", "/v1/account"]) {
    expect(await left(path, "2001:db8:7:ffff::9")).toBe(9);
    expect(await left(path, "2001:db8:8::1")).toBe(997);
  }
});

describe("the days of `GET /v1/usage`", () => {
  test("are the latest thirty, the latest first, without those that had none and without other accounts'", async () => {
    const { tokens, usage } = await account(LONG_AGO);
    const own = `account:${tokens.account_id}`;
    await setSpent(own, 1, "2026-10-26");
    await setSpent(own, 2, "2026-10-27");
    await setSpent(own, 3, "2026-11-24");
    await setSpent(own, 4, TODAY);
    await setSpent("account:another", 5);
    expect((await usage()).days).toEqual([
      { day: TODAY, characters: 4 },
      { day: "2026-11-24", characters: 3 },
      { day: "2026-10-27", characters: 2 },
    ]);
  });
});

describe("each route", () => {
  test.each(["/v1/usage", "/v1/account"])("%s costs one batch", async (path) => {
    const { worker, tokens, take } = await account(LONG_AGO);
    await worker.settled();
    take();
    await worker.get(path, tokens.access_token);
    await worker.settled();
    expect(take()).toEqual({ d1Statements: 0, d1Batches: 1, kvGets: 0, kvPuts: 0, fetches: 0 });
  });

  test.each(["/v1/usage", "/v1/account"])("%s is 401 as soon as the session is over", async (path) => {
    const { worker, tokens } = await account(LONG_AGO);
    await env.DB.prepare("UPDATE sessions SET revoked_at = ?2 WHERE id = ?1").bind(tokens.session_id, NOON).run();
    const response = await worker.get(path, tokens.access_token);
    expect([response.status, (await response.json<{ code: string }>()).code]).toEqual([401, "invalid_token"]);
  });
});
