/** What becomes of entries, devices and accounts when a device joins another account. */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorOf, startEdge } from "../auth/edge.ts";
import { counting } from "../bindings.ts";
import { bread, ids } from "../vocabulary/phone.ts";
import { newApp } from "../worker.ts";
import { type OwnedPhone, phonesOf, RECOVERY, textsOf } from "./phones.ts";

function setUp(settings: Readonly<Record<string, unknown>> = {}) {
  const edge = startEdge(settings);
  return { edge, ...phonesOf(edge) };
}

const rowsOf = async (accountId: string) =>
  (await env.DB.prepare("SELECT count(*) AS n FROM accounts WHERE id = ?").bind(accountId).first<number>("n")) ?? 0;

const figuresOf = (accountId: string) =>
  env.DB.prepare(
    `SELECT a.entry_count AS count, a.entry_bytes AS bytes, a.revision, (SELECT count(*) FROM entries e WHERE e.account_id = a.id AND deleted = 0) AS held,
       (SELECT sum(bytes) FROM entries e WHERE e.account_id = a.id) AS heldBytes, (SELECT max(rev) FROM entries e WHERE e.account_id = a.id) AS latest
     FROM accounts a WHERE a.id = ?`,
  )
    .bind(accountId)
    .first<Record<"count" | "bytes" | "revision" | "held" | "heldBytes" | "latest", number>>();

const removeByHand = ({ tokens }: OwnedPhone) =>
  env.DB.prepare("UPDATE devices SET removed_at = 1, secret_hash = NULL WHERE id = ?").bind(tokens.device_id).run();

describe("entries that nobody could reach any more", () => {
  test("need a choice, and nothing is consumed until it is made", async () => {
    const { phone, codeOf, redeem, redeemed } = setUp();
    const old = await phone({ device_name: "Old phone" });
    const mine = await phone();
    await mine.fill(ids(3));
    const code = await codeOf(old);
    const asked = await redeem(code, mine.app);
    expect(asked.status).toBe(400);
    expect(await asked.json()).toMatchObject({
      error: "invalid_request",
      error_code: "entries_choice_required",
      entries_count: 3,
      device_name: "Old phone",
    });
    expect((await mine.pull()).items).toHaveLength(3);
    expect((await redeemed(code, mine.app, { entries: "move" })).joined).toEqual({
      moved: 3,
      equal: 0,
      renamed: 0,
      left: 0,
    });
  });

  test("come along, under their ids where these are free or equal, else under new ones", async () => {
    const { phone, codeOf, redeemed, withTokens } = setUp();
    const [old, mine] = [await phone(), await phone()];
    const times = { createdAt: "2026-03-01T00:00:00Z", updatedAt: "2026-03-01T00:00:00Z" };
    await old.push([bread("same-0001", times), bread("other-001", { text: "theirs" }), bread("deleted-1")]);
    await old.push([{ id: "deleted-1", base: 0, deleted: true }], { since: (await old.pull()).cursor });
    await old.push([{ id: "deleted-1", deleted: true }], { since: (await old.pull()).cursor });
    await mine.push([
      bread("same-0001", times),
      bread("other-001", { text: "mine" }),
      bread("deleted-1"),
      bread("free-0001"),
    ]);
    const { cursor } = await old.pull();
    const tokens = await redeemed(await codeOf(old), mine.app, { entries: "move" });
    expect(tokens.joined).toEqual({ moved: 2, equal: 1, renamed: 1, left: 0 });
    const held = await textsOf(withTokens(mine.app, tokens));
    const renamed = [...held].find(([, text]) => text === "mine")?.[0];
    expect(renamed).toMatch(/^[0-9a-f]{32}$/);
    expect([...held].filter(([id]) => id !== renamed).sort()).toEqual([
      ["deleted-1", "bread"],
      ["free-0001", "bread"],
      ["other-001", "theirs"],
      ["same-0001", "bread"],
    ]);
    // The other device hears of just what came.
    const heard = await old.pull({ since: cursor ?? 0 });
    expect(heard.items.map(({ id }) => id).sort()).toEqual(["deleted-1", "free-0001", renamed ?? ""].sort());
    const figures = await figuresOf(tokens.account_id);
    expect([figures?.count, figures?.bytes, figures?.revision]).toEqual([5, figures?.heldBytes, figures?.latest]);
    expect(figures?.held).toBe(5);
  });

  test("are erased with the account where the client leaves them", async () => {
    const { edge, phone, codeOf, redeemed, withTokens } = setUp();
    const [old, mine] = [await phone(), await phone()];
    await mine.fill(ids(2));
    const tokens = await redeemed(await codeOf(old), mine.app, { entries: "leave" });
    expect(tokens.joined).toEqual({ moved: 0, equal: 0, renamed: 0, left: 2 });
    expect((await textsOf(withTokens(mine.app, tokens))).size).toBe(0);
    expect(await rowsOf(mine.tokens.account_id)).toBe(0);
    expect(await edge.status(mine.tokens.access_token)).toBe(401);
    expect((await edge.refresh(mine.tokens.refresh_token)).status).toBe(400);
  });

  test("need no choice where there are none", async () => {
    const { phone, codeOf, redeemed } = setUp();
    const mine = await phone();
    const { joined } = await redeemed(await codeOf(await phone()), mine.app);
    expect(joined).toEqual({ moved: 0, equal: 0, renamed: 0, left: 0 });
    expect(await rowsOf(mine.tokens.account_id)).toBe(0);
  });

  test("may exceed the quota, and nothing new is taken until there is room", async () => {
    const { phone, codeOf, redeemed, withTokens } = setUp();
    const [old, mine] = [await phone(), await phone()];
    await Promise.all([old.fill(ids(6000)), mine.fill(ids(6000, 50_000))]);
    const tokens = await redeemed(await codeOf(old), mine.app, { entries: "move" });
    expect(tokens.joined.moved).toBe(6000);
    expect(await figuresOf(tokens.account_id)).toMatchObject({ count: 12_000, held: 12_000, revision: 12_000 });
    const there = withTokens(mine.app, tokens);
    expect(await there.pushOne(bread("new-entry-1", { base: 0 }))).toMatchObject({ code: "quota_exceeded" });
    expect((await there.pushOne({ id: "entry-00000", deleted: true, base: tokens.joined.moved })).status).toBe(
      "conflict",
    );
  });
});

describe("an account that others can reach", () => {
  test.each([
    [
      "another device",
      async (mine: OwnedPhone, { codeOf, redeemed }: ReturnType<typeof setUp>) => {
        await redeemed(await codeOf(mine), newApp());
      },
    ],
    [
      "a recovery code",
      async (mine: OwnedPhone, { setRecovery }: ReturnType<typeof setUp>) => {
        await setRecovery(mine);
      },
    ],
    [
      "an email",
      async ({ tokens }: OwnedPhone) => {
        await env.DB.prepare("UPDATE accounts SET email = id || '@example.org', password = 'x' WHERE id = ?")
          .bind(tokens.account_id)
          .run();
      },
    ],
  ])("by %s stays with its entries, whatever the client chose", async (_, reach) => {
    const world = setUp();
    const { edge, phone, codeOf, redeemed } = world;
    const [old, mine] = [await phone(), await phone()];
    await mine.fill(ids(2));
    await reach(mine, world);
    const tokens = await redeemed(await codeOf(old), mine.app, { entries: "leave" });
    expect(tokens.joined).toEqual({ moved: 0, equal: 0, renamed: 0, left: 2 });
    expect(await figuresOf(mine.tokens.account_id)).toMatchObject({ count: 2, held: 2 });
    expect(await edge.status(mine.tokens.access_token)).toBe(401);
    expect((await edge.refresh(mine.tokens.refresh_token)).status).toBe(400);
  });

  test("has its other device signed in as before, and so has the account that is joined", async () => {
    const { edge, phone, codeOf, redeemed } = setUp();
    const [old, mine] = [await phone(), await phone()];
    const sibling = await redeemed(await codeOf(mine), newApp());
    await redeemed(await codeOf(old), mine.app);
    for (const { access_token } of [sibling, old.tokens]) expect(await edge.status(access_token)).toBe(200);
  });

  test("is not reached by a device that was removed", async () => {
    const { phone, codeOf, redeemed, redeem, withTokens } = setUp();
    const [old, mine] = [await phone(), await phone()];
    await mine.fill(ids(1));
    const app = newApp();
    await removeByHand(withTokens(app, await redeemed(await codeOf(mine), app)));
    expect(await errorOf(await redeem(await codeOf(old), mine.app))).toEqual([
      400,
      "invalid_request",
      "entries_choice_required",
    ]);
  });
});

test("joining the account that one is in changes nothing, but for the session", async () => {
  const { edge, phone, codeOf, redeemed, redeem } = setUp();
  const old = await phone();
  await old.fill(ids(2));
  const code = await codeOf(old);
  const tokens = await redeemed(code, old.app);
  expect([tokens.account_id, tokens.device_id]).toEqual([old.tokens.account_id, old.tokens.device_id]);
  expect(tokens.joined).toEqual({ moved: 0, equal: 0, renamed: 0, left: 0 });
  expect(await figuresOf(tokens.account_id)).toMatchObject({ count: 2 });
  expect(await edge.status(old.tokens.access_token)).toBe(401);
  expect((await redeem(code, newApp())).status).toBe(200);
});

describe("who may not join", () => {
  test("a removed device, a blocked account, another secret: as from the app grant, and the code stays good", async () => {
    const { edge, phone, codeOf, redeem } = setUp();
    const code = await codeOf(await phone());
    const [removed, blocked, known] = [await phone(), await phone(), await phone()];
    await removeByHand(removed);
    await env.DB.prepare("UPDATE accounts SET blocked_at = 1 WHERE id = ?").bind(blocked.tokens.account_id).run();
    expect(await errorOf(await redeem(code, removed.app))).toEqual([400, "invalid_grant", "device_removed"]);
    expect(await errorOf(await redeem(code, blocked.app))).toEqual([403, "access_denied"]);
    const wrong = { ...known.app, app_secret: newApp().app_secret };
    expect(await errorOf(await redeem(code, wrong))).toEqual([400, "invalid_grant", "app_secret_mismatch"]);
    expect(edge.events()).toEqual(["app_secret_mismatch warning"]);
    expect((await redeem(code, newApp())).status).toBe(200);
  });

  test("anybody, where the account itself is blocked, or the device that made the code is removed", async () => {
    const { phone, codeOf, redeem } = setUp();
    const [blocked, removed] = [await phone(), await phone()];
    const codes = [await codeOf(blocked), await codeOf(removed)];
    await env.DB.prepare("UPDATE accounts SET blocked_at = 1 WHERE id = ?").bind(blocked.tokens.account_id).run();
    await removeByHand(removed);
    expect(await errorOf(await redeem(codes[0] ?? "", newApp()))).toEqual([403, "access_denied"]);
    expect(await errorOf(await redeem(codes[1] ?? "", newApp()))).toEqual([400, "invalid_grant"]);
  });

  test("a twenty-first device: it is told the others, and the code stays good", async () => {
    const { edge, phone, codeOf, redeemed, redeem } = setUp();
    const old = await phone({ device_name: "Old phone" });
    for (let count = 1; count < 20; count += 1) await redeemed(await codeOf(old), newApp());
    const code = await codeOf(old);
    const refused = await redeem(code, newApp());
    const body = await refused.json<{ error_code: string; devices: Record<string, string>[] }>();
    expect([refused.status, body.error_code, body.devices.length]).toEqual([400, "device_limit", 20]);
    expect(body.devices).toContainEqual({
      id: old.tokens.device_id,
      name: "Old phone",
      last_seen_at: new Date(edge.now()).toISOString(),
    });
    expect((await redeem(code, old.app)).status).toBe(200);
    await env.DB.prepare("UPDATE devices SET removed_at = 1, secret_hash = NULL WHERE id = ?")
      .bind(body.devices.find(({ id }) => id !== old.tokens.device_id)?.id)
      .run();
    expect((await redeem(code, newApp())).status).toBe(200);
  });
});

test("codes bring a new phone in while enrolment is paused, and count as no enrolment", async () => {
  const counted = () => env.DB.prepare("SELECT coalesce(sum(count), 0) AS n FROM enrolments").first<number>("n");
  const open = setUp();
  const code = await open.codeOf(await open.phone());
  const before = await counted();
  const paused = phonesOf(startEdge({ ENROLMENT: "paused" }));
  expect((await paused.redeem(code, newApp())).status).toBe(200);
  expect(await counted()).toBe(before);
});

test("under SESSION_POLICY=one the device that joins takes over, and a displaced one may come back so", async () => {
  const { edge, phone, codeOf, redeemed } = setUp({ SESSION_POLICY: "one" });
  const old = await phone();
  const code = await codeOf(old);
  const tokens = await redeemed(code, newApp());
  expect(await edge.status(old.tokens.access_token)).toBe(401);
  expect(await errorOf(await edge.appGrant(old.app))).toEqual([400, "invalid_grant", "signed_in_elsewhere"]);
  const third = phonesOf(edge).withTokens(old.app, tokens);
  const back = await redeemed(await codeOf(third), old.app);
  expect([await edge.status(back.access_token), await edge.status(tokens.access_token)]).toEqual([200, 401]);
});

test("a recovery code serves any number of devices, until it is replaced or deleted", async () => {
  const { edge, phone, setRecovery, recovered, recover, withTokens, delete: remove } = setUp();
  const code = () =>
    [...crypto.getRandomValues(new Uint8Array(26))]
      .map((byte) => "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[byte % 32])
      .join("");
  const [first, second] = [code(), code()];
  const old = await phone();
  expect([await setRecovery(old, first), await setRecovery(old, first.toLowerCase())]).toEqual([204, 204]);
  const app = newApp();
  const tokens = [await recovered(first, app), await recovered(first, newApp()), await recovered(first, app)];
  expect(new Set(tokens.map(({ account_id }) => account_id))).toEqual(new Set([old.tokens.account_id]));
  expect(await setRecovery(old, second)).toBe(204);
  expect(await errorOf(await recover(first, newApp()))).toEqual([400, "invalid_grant"]);
  expect((await recover(second, newApp())).status).toBe(200);
  expect(await remove("/v1/account/recovery-code", withTokens(app, await recovered(second, app)))).toBe(204);
  expect(await errorOf(await recover(second, newApp()))).toEqual([400, "invalid_grant"]);
  const { results } = await env.DB.prepare("SELECT * FROM accounts WHERE id = ?").bind(old.tokens.account_id).all();
  expect(JSON.stringify(results)).not.toContain(second);
  expect(edge.lines.join()).not.toContain(second);
});

test.each(["", "0", RECOVERY.slice(1), `${RECOVERY}0`, RECOVERY.replace("7", "U"), 26, null])(
  "%j is no recovery code",
  async (code) => {
    const { edge, phone } = setUp();
    const { tokens } = await phone();
    const response = await edge.request("/v1/account/recovery-code", {
      method: "PUT",
      headers: { Authorization: `Bearer ${tokens.access_token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ code }),
    });
    const { errors } = await response.json<{ errors: { path: string }[] }>();
    expect([response.status, errors[0]?.path]).toEqual([400, "code"]);
  },
);

test("a recovery code that two accounts set, which chance never does, opens neither", async () => {
  const { phone, setRecovery, recover } = setUp();
  const code = "ZZZZZZZZZZZZZZZZZZZZZZZZZZ";
  for (const one of [await phone(), await phone()]) expect(await setRecovery(one, code)).toBe(204);
  expect(await errorOf(await recover(code, newApp()))).toEqual([400, "invalid_grant"]);
});

test("none is lost and none is doubled, whatever two vocabularies have in common", async () => {
  const text = fc.constantFrom("bread", "milk", "tea");
  const vocabulary = fc.dictionary(fc.constantFrom(...ids(6)), text, { maxKeys: 6 });
  const times = { createdAt: "2026-03-01T00:00:00Z", updatedAt: "2026-03-01T00:00:00Z", favourite: false };
  await fc.assert(
    fc.asyncProperty(vocabulary, vocabulary, async (theirs, mine) => {
      const { phone, codeOf, redeemed, withTokens } = setUp();
      const [old, own] = [await phone(), await phone()];
      const changes = (of: Record<string, string>) =>
        Object.entries(of).map(([id, value]) => bread(id, { text: value, ...times }));
      if (Object.keys(theirs).length > 0) await old.push(changes(theirs));
      if (Object.keys(mine).length > 0) await own.push(changes(mine));
      const tokens = await redeemed(await codeOf(old), own.app, { entries: "move" });
      const held = await textsOf(withTokens(own.app, tokens));
      const clash = Object.entries(mine).filter(([id, value]) => id in theirs && theirs[id] !== value);
      const equal = Object.entries(mine).filter(([id, value]) => theirs[id] === value).length;
      const moved = Object.keys(mine).length - equal - clash.length;
      expect(tokens.joined).toEqual({ moved, equal, renamed: clash.length, left: 0 });
      const expected = new Map(Object.entries({ ...mine, ...theirs }));
      const known = [...held].filter(([id]) => expected.has(id));
      expect(new Map(known)).toEqual(expected);
      const renamed = [...held].filter(([id]) => !expected.has(id)).map(([, value]) => value);
      expect(renamed.sort()).toEqual(clash.map(([, value]) => value).sort());
    }),
    { numRuns: 25 },
  );
});

test("`joined` is told to whoever repeats the redemption, and not to who comes in by another code", async () => {
  const { phone, codeOf, setRecovery, redeemed, recovered } = setUp();
  const [old, mine] = [await phone(), await phone()];
  await mine.fill(ids(2));
  const recovery = Array.from(crypto.getRandomValues(new Uint8Array(26)), (byte) => "0123456789ABCDEF"[byte % 16]).join(
    "",
  );
  await setRecovery(old, recovery);
  const moved = { moved: 2, equal: 0, renamed: 0, left: 0 };
  expect((await recovered(recovery, mine.app, { entries: "move" })).joined).toEqual(moved);
  expect((await redeemed(await codeOf(old), mine.app)).joined).toEqual({ ...moved, moved: 0 });
  expect((await recovered(recovery, mine.app)).joined).toEqual(moved);
});

test("a code goes with the device that made it, where that leaves the account", async () => {
  const { edge, phone, codeOf, redeemed, redeem, withTokens } = setUp();
  const [old, elsewhere] = [await phone(), await phone()];
  const app = newApp();
  const tablet = withTokens(app, await redeemed(await codeOf(old), app));
  const code = await codeOf(tablet);
  await redeemed(await codeOf(elsewhere), app);
  expect((await edge.get("/v1/transfer-codes/current", old.tokens.access_token)).status).toBe(404);
  expect(await errorOf(await redeem(code, newApp()))).toEqual([400, "invalid_grant"]);
});

test("with email accounts switched off, an email leads nobody back: the choice is asked, and the last device stays", async () => {
  const { edge, phone, codeOf, redeem } = setUp({ EMAIL_ACCOUNTS: "off" });
  const mine = await phone();
  await mine.fill(ids(1));
  await env.DB.prepare("UPDATE accounts SET email = id || '@example.org', password = 'x' WHERE id = ?")
    .bind(mine.tokens.account_id)
    .run();
  const asked = await redeem(await codeOf(await phone()), mine.app);
  expect(await errorOf(asked)).toEqual([400, "invalid_request", "entries_choice_required"]);
  const init = { method: "DELETE", headers: { Authorization: `Bearer ${mine.tokens.access_token}` } };
  expect((await edge.request("/v1/devices/current", init)).status).toBe(409);
});

test("a redemption takes one batch", async () => {
  const { env: bindings, take } = counting(env);
  const edge = startEdge(bindings);
  const { phone, codeOf, redeem } = phonesOf(edge);
  const [old, mine] = [await phone(), await phone()];
  await mine.fill(ids(2));
  const code = await codeOf(old);
  await edge.settled();
  take();
  expect((await redeem(code, mine.app, { entries: "move" })).status).toBe(200);
  expect((await redeem(code, mine.app)).status).toBe(200);
  expect((await redeem("0000-0000-0000", mine.app)).status).toBe(400);
  await edge.settled();
  expect(take()).toMatchObject({ d1Batches: 3, d1Statements: 0, kvGets: 0, fetches: 0 });
});
