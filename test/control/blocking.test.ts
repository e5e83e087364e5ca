/** Blocking an account, by the statements that the operator's command runs: every grant refuses, live tokens die, and unblocking revives none. */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { blockingSql } from "../../scripts/account/command.ts";
import { APP_GRANT } from "../../src/auth/token-request.ts";
import { newApp } from "../worker.ts";
import { hot, isolate, NOON, refresh, told, twoDevices } from "./isolates.ts";

/** Runs the command's statements; the rows that its last one shows. */
async function run(act: "block" | "unblock", accountId: string, now: number): Promise<unknown[] | undefined> {
  const statements = blockingSql(act, accountId, now).split("; ");
  const answers = await env.DB.batch(statements.map((sql) => env.DB.prepare(sql)));
  return answers.at(-1)?.results;
}

async function owner() {
  const clock = { now: NOON };
  const worker = isolate(clock);
  const devices = await twoDevices(worker, clock);
  const accountId = devices.phone.account_id;
  const events = async () => {
    const { results } = await env.DB.prepare("SELECT kind, severity, at FROM events WHERE account_id = ?1 ORDER BY id")
      .bind(accountId)
      .all();
    return results;
  };
  return {
    clock,
    worker,
    ...devices,
    accountId,
    events,
    act: (what: "block" | "unblock") => run(what, accountId, clock.now),
  };
}

describe("a blocked account", () => {
  test("is refused by every grant, on every device", async () => {
    const { worker, phone, phoneApp, tablet, tabletApp, act } = await owner();
    await act("block");
    for (const app of [phoneApp, tabletApp]) {
      for (const more of [{}, { take_over: "true" }])
        expect(await told(worker.form("/oauth/token", { grant_type: APP_GRANT, ...app, ...more }))).toBe(
          "403 access_denied",
        );
    }
    for (const { refresh_token } of [phone, tablet])
      expect(await told(refresh(worker, refresh_token))).toBe("403 access_denied");
    expect(await told(refresh(worker, phone.refresh_token, { ...phoneApp }))).toBe("403 access_denied");
  });

  test("is refused at once where rows are touched, and within 60 s in a warm isolate elsewhere", async () => {
    const { clock, worker, phone, tablet, act } = await owner();
    expect(await hot(worker, phone.access_token)).toBe("200");
    await act("block");
    expect(await told(worker.get("/v1/account", phone.access_token))).toBe("401 invalid_token");
    expect(await hot(isolate(clock), tablet.access_token)).toBe("401 invalid_token");
    clock.now += 59_999;
    expect(await hot(worker, phone.access_token)).toBe("200");
    clock.now += 1;
    await worker.settled();
    expect(await hot(worker, phone.access_token)).toBe("401 invalid_token");
  });

  test("takes no other account along", async () => {
    const { worker, act } = await owner();
    const neighbour = await worker.signIn();
    await act("block");
    expect(await told(refresh(worker, neighbour.refresh_token))).toBe("200");
  });

  test("keeps the time of its first block, and each act is an event", async () => {
    const { clock, accountId, act, events } = await owner();
    await act("block");
    clock.now += 1000;
    await act("block");
    const blockedAt = env.DB.prepare("SELECT blocked_at FROM accounts WHERE id = ?1").bind(accountId);
    expect(await blockedAt.first("blocked_at")).toBe(NOON);
    await act("unblock");
    expect(await events()).toEqual([
      { kind: "account_blocked", severity: "info", at: NOON },
      { kind: "account_blocked", severity: "info", at: NOON + 1000 },
      { kind: "account_unblocked", severity: "info", at: NOON + 1000 },
    ]);
  });
});

describe("unblocking", () => {
  test("revives no session: neither refresh tokens nor access tokens", async () => {
    const { clock, worker, phone, tablet, act } = await owner();
    await act("block");
    await act("unblock");
    for (const { refresh_token, access_token } of [phone, tablet]) {
      expect(await told(refresh(worker, refresh_token))).toBe("400 invalid_grant");
      expect(await told(worker.get("/v1/sessions/current", access_token))).toBe("401 invalid_token");
      expect(await hot(isolate(clock), access_token)).toBe("401 invalid_token");
    }
  });

  test("lets the apps sign in again, to the account and devices that they had", async () => {
    const { worker, phone, phoneApp, act } = await owner();
    await act("block");
    await act("unblock");
    const again = await worker.signIn(phoneApp);
    expect(again).toMatchObject({ account_id: phone.account_id, device_id: phone.device_id });
    expect(await told(worker.get("/v1/account", again.access_token))).toBe("200");
  });
});

test("the command shows the account that it found, and nothing where there is none", async () => {
  const { accountId, act, clock } = await owner();
  expect(await act("block")).toEqual([{ id: accountId }]);
  expect(await act("unblock")).toEqual([{ id: accountId }]);
  const before = await env.DB.prepare("SELECT count(*) AS n FROM events").first("n");
  for (const what of ["block", "unblock"] as const)
    expect(await run(what, "AAAAAAAAAAAAAAAAAAAAAA", clock.now)).toEqual([]);
  expect(await env.DB.prepare("SELECT count(*) AS n FROM events").first("n")).toBe(before);
});

test("an unknown app ID enrols while an account is blocked", async () => {
  const { worker, act, accountId } = await owner();
  await act("block");
  expect((await worker.signIn(newApp())).account_id).not.toBe(accountId);
});
