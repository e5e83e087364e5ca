/** Erasing an account: nothing is left of it in any table, its tokens end, and its apps and its email may begin anew. */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { APP_GRANT } from "../../src/auth/token-request.ts";
import { DAY_MS, startEdge, tokensOf } from "../auth/edge.ts";
import { counting } from "../bindings.ts";
import { hot, isolate, refresh, told } from "../control/isolates.ts";
import { newApp } from "../worker.ts";
import { ABOUT_ACCOUNTS, ABOUT_NOBODY, mentions, setPassword, tables, tablesOf, wholeAccount } from "./erase-world.ts";

async function setUp() {
  const edge = startEdge();
  return { edge, ...(await wholeAccount(edge)) };
}

describe("an account", () => {
  test("can be known to these tables and to no others", async () => {
    expect(await tables()).toEqual([...ABOUT_ACCOUNTS, ...ABOUT_NOBODY].sort());
    const { knownBy, sessions } = await setUp();
    expect(tablesOf(await mentions([...knownBy, ...sessions]))).toEqual(ABOUT_ACCOUNTS);
  });

  test("that is erased stands in no column of any table; of its sessions the ids alone are told as ended", async () => {
    const { edge, erase, proving, knownBy, sessions } = await setUp();
    expect((await erase(await proving())).status).toBe(204);
    await edge.settled();
    expect(await mentions(knownBy)).toEqual({});
    expect(await mentions(sessions)).toEqual({ "ended_sessions.session_id": sessions.length });
  });

  test("that is erased leaves no id of a session that ended more than a day ago, whose tokens have all expired", async () => {
    const { edge, erase, proving, sessions } = await setUp();
    const [former] = sessions;
    const endedAt = (time: number) =>
      env.DB.prepare("UPDATE sessions SET revoked_at = ?2 WHERE id = ?1").bind(former, time).run();
    await endedAt(edge.now() - DAY_MS);
    await erase(await proving());
    expect(await mentions(sessions)).toEqual({ "ended_sessions.session_id": sessions.length - 1 });
  });

  test("that is erased takes nothing of another one along", async () => {
    const { edge, erase, proving } = await setUp();
    const other = await wholeAccount(edge);
    const before = await mentions([...other.knownBy, ...other.sessions]);
    await erase(await proving());
    expect(await mentions([...other.knownBy, ...other.sessions])).toEqual(before);
    expect((await other.owner.held("kept-entry"))?.text).toBe(other.word);
    const { results } = await env.DB.prepare("PRAGMA foreign_key_check").all();
    expect(results).toEqual([]);
  });

  test.each(["used_by", "device_id"])(
    "takes the code of another account along that a device of its own used or made there before: %s",
    async (column) => {
      const { edge, erase, proving, tablet, knownBy } = await setUp();
      const left = await wholeAccount(edge);
      await env.DB.prepare(`UPDATE transfer_codes SET ${column} = ?2 WHERE account_id = ?1`)
        .bind(left.account, tablet.device_id)
        .run();
      await erase(await proving());
      expect(await mentions(knownBy)).toEqual({});
    },
  );

  test("is erased in one batch", async () => {
    const { env: counted, take } = counting(env);
    const edge = startEdge(counted);
    const { access_token } = await edge.signIn();
    take();
    const headers = { Authorization: `Bearer ${access_token}` };
    expect((await edge.request("/v1/account", { method: "DELETE", headers })).status).toBe(204);
    expect(take()).toEqual({ d1Statements: 0, d1Batches: 1, kvGets: 0, kvPuts: 0, fetches: 0 });
  });
});

describe("after it", () => {
  test("a repeat is 401, which means done", async () => {
    const { erase, proving } = await setUp();
    const token = await proving();
    expect([(await erase(token)).status, await told(erase(token))]).toEqual([204, "401 invalid_token"]);
  });

  test("every token of every device is dead: refresh tokens, and access tokens on the account's rows", async () => {
    const { edge, erase, proving, phone, tablet } = await setUp();
    const elsewhere = startEdge();
    await erase(await proving());
    for (const worker of [edge, elsewhere])
      for (const tokens of [phone, tablet]) {
        expect(await told(refresh(worker, tokens.refresh_token))).toBe("400 invalid_grant");
        for (const path of ["/v1/account", "/v1/sessions/current", "/v1/vocabulary/sync", "/v1/account/export"])
          expect(await told(worker.get(path, tokens.access_token))).toBe("401 invalid_token");
      }
  });

  test("cached answers end at once in the isolate that erased, and within 60 s in another", async () => {
    const { edge, erase, proving, tablet } = await setUp();
    const clock = { now: edge.now() };
    const other = isolate(clock);
    for (const worker of [edge, other]) {
      expect(await hot(worker, tablet.access_token)).toBe("200");
      await worker.settled();
    }
    await erase(await proving());
    expect(await hot(edge, tablet.access_token)).toBe("401 invalid_token");
    clock.now += 60_000;
    expect(await hot(other, tablet.access_token)).toBe("401 invalid_token");
  });

  test("its apps enrol anew, the removed one too, each into an empty account of its own", async () => {
    const { edge, erase, proving, account, phoneApp, tabletApp, lostApp } = await setUp();
    await erase(await proving());
    const accounts = [account];
    for (const app of [phoneApp, tabletApp, lostApp]) {
      const tokens = await edge.signIn(app);
      accounts.push(tokens.account_id);
      const status = await (await edge.get("/v1/account", tokens.access_token)).json();
      expect(status).toMatchObject({ vocabulary: { entries: 0, bytes: 0 } });
    }
    expect(new Set(accounts).size).toBe(4);
  });

  test("its email is free", async () => {
    const { edge, erase, proving, email } = await setUp();
    const other = await edge.signIn();
    await expect(setPassword(other.account_id, email)).rejects.toThrow("UNIQUE");
    await erase(await proving());
    expect((await setPassword(other.account_id, email)).meta.changes).toBe(1);
  });
});

describe("nothing is erased", () => {
  const stillThere = async (edge: ReturnType<typeof startEdge>, token: string) =>
    (await edge.get("/v1/account", token)).status;

  test("301 s after the app proved its secret; a step-up is answered with 204 again", async () => {
    const edge = startEdge();
    const app = newApp();
    const tokens = await edge.signIn(app);
    const erase = (token: string) =>
      told(edge.request("/v1/account", { method: "DELETE", headers: { Authorization: `Bearer ${token}` } }));
    edge.advance(301_000);
    expect(await erase(tokens.access_token)).toBe("401 insufficient_user_authentication");
    expect(await stillThere(edge, tokens.access_token)).toBe(200);
    expect(await erase((await edge.refreshed(tokens.refresh_token, { ...app })).access_token)).toBe("204");
  });

  test("with the app secret alone where there is a password, and the challenge says what is missing", async () => {
    const { edge, erase, phone, phoneApp, word, owner } = await setUp();
    const { access_token } = await edge.refreshed(phone.refresh_token, { ...phoneApp });
    const answer = await erase(access_token);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("WWW-Authenticate")).toMatch(/max_age=300, acr_values="password"$/);
    expect((await owner.held("kept-entry"))?.text).toBe(word);
  });

  test("with the password, 301 s after it was proved", async () => {
    const { edge, erase, proving, account } = await setUp();
    const token = await proving();
    edge.advance(301_000);
    expect(await told(erase(token))).toBe("401 insufficient_user_authentication");
    expect(tablesOf(await mentions([account]))).toContain("accounts");
  });

  test("for a session that has ended, a removed device or a blocked account", async () => {
    const { edge, erase, proving, account, phone, lost } = await setUp();
    expect(await told(erase(lost.access_token))).toBe("401 invalid_token");
    const token = await proving();
    const block = (at: number | null) =>
      env.DB.prepare("UPDATE accounts SET blocked_at = ?2 WHERE id = ?1").bind(account, at).run();
    await block(1);
    expect(await told(erase(token))).toBe("401 invalid_token");
    await block(null);
    await edge.revoke(phone.refresh_token);
    expect(await told(erase(token))).toBe("401 invalid_token");
    expect(tablesOf(await mentions([account]))).toEqual(ABOUT_ACCOUNTS);
  });

  test("where the batch fails in the middle", async () => {
    const { erase, proving, knownBy, edge } = await setUp();
    const before = await mentions(knownBy);
    await env.DB.exec("CREATE TRIGGER refuse BEFORE DELETE ON devices BEGIN SELECT RAISE(ABORT, 'no'); END");
    expect((await erase(await proving())).status).toBe(500);
    await env.DB.exec("DROP TRIGGER refuse");
    expect(await mentions(knownBy)).toEqual(before);
    expect(
      (await tokensOf(await edge.post("/oauth/token", { grant_type: APP_GRANT, ...newApp() }))).session_id,
    ).toBeTruthy();
  });
});
