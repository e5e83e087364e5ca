/** Concurrent requests for the same units in one isolate: who fetches, who joins, who pays, and whose errors are whose. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { aroundDb, aroundKv } from "../bindings.ts";
import { emulated } from "../provider/emulated.ts";
import { read, spent, traveller, type WireAnswer } from "../translate/traveller.ts";
import type { Tokens } from "../worker.ts";
import { LONG_AGO, NOON, nothingSpent, setSpent, TODAY, createdAt as was } from "./account.ts";
import { createGate } from "./gate.ts";

const azure = emulated("economics-coalescing");
const RESERVE = "INSERT INTO spent";

beforeEach(async () => {
  await nothingSpent();
  await azure.tell({ reset: true });
});

/** An isolate whose reserves can be held back, so that its leader is known before anybody joins. */
async function isolate() {
  const gate = createGate();
  let looked = 0;
  const bindings = {
    DB: aroundDb(env.DB, gate.around),
    TRANSLATIONS: aroundKv(env.TRANSLATIONS, {
      async get(make) {
        const found = await make();
        looked += 1;
        return found;
      },
    }),
  };
  const { worker, tokens } = await traveller({ env: { ...azure.env, ...bindings }, clock: () => NOON });
  await was(tokens.account_id, LONG_AGO);
  const post = (by: Tokens, body: unknown, headers = {}) =>
    worker.post("/v1/translate", body, by.access_token, headers);
  return {
    worker,
    gate,
    first: tokens,
    post,
    async another(): Promise<Tokens> {
      const other = await worker.signIn();
      await was(other.account_id, LONG_AGO);
      return other;
    },
    /** One request that is about to reserve, and the others after it, joined; all go on when the gate is opened. */
    async behind(leader: Tokens, joiners: readonly Tokens[], body: unknown) {
      gate.close(RESERVE);
      const leading = post(leader, body);
      await vi.waitUntil(() => gate.held() === 1, { interval: 5 });
      const before = looked;
      const joining = joiners.map((joiner) => post(joiner, body));
      await vi.waitUntil(() => looked === before + joiners.length, { interval: 5 });
      return { leading, joining };
    },
  };
}

const answerOf = async (response: Promise<Response>) => read(await (await response).json<WireAnswer>());
const codeOf = async (response: Promise<Response>) => (await (await response).json<{ code: string }>()).code;
const calls = async () => (await azure.status()).calls;

describe("equal requests at once", () => {
  test("a hundred on a cold isolate make one upstream call and one charge, to the leader", async () => {
    const { first, post } = await isolate();
    const body = { text: "hundred of us", to: "es" };
    const responses = await Promise.all(Array.from({ length: 100 }, () => post(first, body)));
    const answers = await Promise.all(responses.map((response) => response.json<WireAnswer>()));
    expect(new Set(answers.flatMap(read))).toEqual(new Set(["azure: [es] hundred of us"]));
    expect(await calls()).toHaveLength(1);
    expect(answers.map(({ usage }) => usage.charactersBilled).filter((billed) => billed > 0)).toEqual([13]);
    expect(await spent(TODAY)).toEqual({ total: 13, [`account:${first.account_id}`]: 13 });
  });

  test("with overlapping texts fetch each unit once, and each request has all of its own", async () => {
    await azure.tell({ fail: { as: "slow", ms: 100 } });
    const { first, post } = await isolate();
    const answers = await Promise.all(
      [
        ["text a", "text b"],
        ["text b", "text c"],
      ].map((texts) => answerOf(post(first, { texts, to: ["es", "ja"] }))),
    );
    expect(answers).toEqual([
      ["azure: [es] text a", "azure: [ja] text a", "azure: [es] text b", "azure: [ja] text b"],
      ["azure: [es] text b", "azure: [ja] text b", "azure: [es] text c", "azure: [ja] text c"],
    ]);
    expect((await calls()).flatMap(({ texts }) => texts).sort()).toEqual(["text a", "text b", "text c"]);
    expect((await spent(TODAY)).total).toBe(3 * 2 * 6);
  });

  test("that differ in an option are not joined", async () => {
    await azure.tell({ fail: { as: "slow", ms: 50 } });
    const { first, post } = await isolate();
    const body = { text: "as it is", to: "ja" };
    await Promise.all(
      [body, { ...body, from: "en" }, { ...body, textType: "html" }, { ...body, pronunciation: true }].map((each) =>
        answerOf(post(first, each)),
      ),
    );
    expect(await calls()).toHaveLength(4);
  });

  test("of which some forbid storing: those fetch for themselves and are not joined", async () => {
    const { first, post, gate, worker } = await isolate();
    const body = { text: "mine alone", to: "es" };
    gate.close(RESERVE);
    const noStore = { "Cache-Control": "no-store" };
    const asked = [noStore, {}, noStore, {}].map((headers) => answerOf(post(first, body, headers)));
    await vi.waitUntil(() => gate.held() === 3, { interval: 5 });
    gate.open();
    for (const answer of asked) expect(await answer).toEqual(["azure: [es] mine alone"]);
    expect(await calls()).toHaveLength(3);
    await worker.settled();
  });
});

describe("a leader that is refused for its own account's reasons", () => {
  test("for its quota, keeps its error; one of its joiners fetches, and pays, for the rest", async () => {
    const { first, another, behind, gate } = await isolate();
    await setSpent(`account:${first.account_id}`, 5000);
    const joiners = [await another(), await another(), await another()];
    const { leading, joining } = await behind(first, joiners, { text: "leader has no room", to: "es" });
    gate.open();
    expect(await codeOf(leading)).toBe("quota_exceeded");
    for (const joiner of joining) expect(await answerOf(joiner)).toEqual(["azure: [es] leader has no room"]);
    expect(await calls()).toHaveLength(1);
    const { total, ...each } = await spent(TODAY);
    expect(total).toBe(18);
    expect(joiners.flatMap(({ account_id }) => each[`account:${account_id}`] ?? [])).toEqual([18]);
  });

  test("for its session, which ended meanwhile, is told so alone", async () => {
    const { first, another, behind, gate } = await isolate();
    const joiners = [await another(), await another()];
    const { leading, joining } = await behind(first, joiners, { text: "leader signed out", to: "es" });
    await env.DB.prepare("UPDATE sessions SET revoked_at = ?2 WHERE id = ?1").bind(first.session_id, NOON).run();
    gate.open();
    expect((await leading).status).toBe(401);
    for (const joiner of joining) expect(await answerOf(joiner)).toEqual(["azure: [es] leader signed out"]);
    expect(await calls()).toHaveLength(1);
  });

  test("where all are out of quota, leaves each its own refusal", async () => {
    const { first, behind, gate } = await isolate();
    await setSpent(`account:${first.account_id}`, 5000);
    const { leading, joining } = await behind(first, Array(6).fill(first), { text: "nobody has room", to: "es" });
    gate.open();
    for (const each of [leading, ...joining]) expect(await codeOf(each)).toBe("quota_exceeded");
    expect(await calls()).toHaveLength(0);
  });
});

describe("a failure of the provider is shared", () => {
  test("a text that it refuses is sent once, and nobody pays", async () => {
    await azure.tell({ fail: { as: "error", code: 400000, always: true } });
    const { first, another, behind, gate } = await isolate();
    const { leading, joining } = await behind(first, [await another(), await another()], { text: "no", to: "es" });
    gate.open();
    for (const each of [leading, ...joining]) expect(await codeOf(each)).toBe("translator_refused");
    expect(await calls()).toHaveLength(1);
    expect((await spent(TODAY)).total).toBe(0);
  });

  test("an answer that is malformed is asked for once", async () => {
    await azure.tell({ fail: { as: "too-few-results", always: true } });
    const { first, behind, gate } = await isolate();
    const { leading, joining } = await behind(first, [first, first], { text: "malformed", to: "es" });
    gate.open();
    for (const each of [leading, ...joining]) expect(await codeOf(each)).toBe("translator_unavailable");
    expect(await calls()).toHaveLength(1);
  });
});
