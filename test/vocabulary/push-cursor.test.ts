/** What a push is held against: `base`, `since` in its place, and when the cursor cannot be continued. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { bread, figuresOf, joinAccount, newPhone, type Phone } from "./phone.ts";

const ID = "bread-001";
const REVISIONS = 2 ** 32;

let phone: Phone;
beforeEach(async () => {
  await env.DB.prepare("UPDATE deployment SET epoch = 1").run();
  phone = await newPhone();
});

const setEpoch = (epoch: number) => env.DB.prepare("UPDATE deployment SET epoch = ?1").bind(epoch).run();
const setFloor = (revision: number) =>
  env.DB.prepare("UPDATE accounts SET floor = ?2 WHERE id = ?1").bind(phone.tokens.account_id, revision).run();

describe("base", () => {
  test("is since where a change has none", async () => {
    const { cursor } = await phone.push([bread(ID)], { since: 0 });
    await phone.pushOne({ id: ID, base: cursor, note: "a" });
    expect((await phone.pushOne({ id: ID, note: "b" }, { since: cursor })).status).toBe("conflict");
    const { cursor: newer } = await phone.pull();
    expect((await phone.pushOne({ id: ID, note: "b" }, { since: newer })).status).toBe("applied");
  });

  test("is 0 where there is no since either, which meets anything that is there", async () => {
    await phone.pushOne(bread(ID));
    expect((await phone.pushOne({ id: ID, note: "b" })).status).toBe("conflict");
  });

  test("goes before since", async () => {
    const first = await phone.push([bread(ID)], { since: 0 });
    const second = await phone.push([{ id: ID, note: "a", base: first.cursor }]);
    const old = { id: ID, note: "b", base: first.cursor };
    expect((await phone.pushOne(old, { since: second.cursor })).status).toBe("conflict");
    const good = { id: ID, note: "b", base: second.cursor };
    expect((await phone.pushOne(good, { since: first.cursor })).status).toBe("applied");
  });

  test("of another entry's later revision takes in all before it", async () => {
    await phone.pushOne(bread(ID));
    const later = await phone.pushOne(bread("bread-002"));
    expect((await phone.pushOne({ id: ID, base: later.rev, note: "a" })).status).toBe("applied");
  });

  test("on an id that the server does not hold means deleted: a conflict with a tombstone at the floor", async () => {
    const { rev = 0 } = await phone.pushOne(bread(ID));
    await setFloor(7);
    const current = { id: "bread-002", deleted: true, rev: rev - 1 + 7 };
    expect(await phone.pushOne(bread("bread-002", { base: rev }))).toEqual({
      id: "bread-002",
      status: "conflict",
      current,
    });
    expect((await phone.pushOne(bread("bread-002", { base: 0 }))).status).toBe("applied");
  });

  test("of another epoch counts as 0: it makes what is not there, and meets what is", async () => {
    const { rev } = await phone.pushOne(bread(ID));
    await setEpoch(2);
    expect((await phone.pushOne({ id: ID, base: rev, note: "a" })).status).toBe("conflict");
    expect((await phone.pushOne(bread("bread-002", { base: rev }))).status).toBe("applied");
  });

  test("of another account counts as 0", async () => {
    const { rev = 0 } = await phone.pushOne(bread(ID));
    const foreign = rev + (rev % (4096 * REVISIONS) < 4095 * REVISIONS ? REVISIONS : -REVISIONS);
    expect((await phone.pushOne({ id: ID, base: foreign, note: "a" })).status).toBe("conflict");
    expect((await phone.pushOne(bread("bread-002", { base: foreign }))).status).toBe("applied");
  });
});

describe("contiguous", () => {
  test("is true where nothing foreign lay between, and the cursor then tells of nothing new", async () => {
    const first = await phone.push([bread(ID)], { since: 0 });
    expect(first.contiguous).toBe(true);
    const second = await phone.push([{ id: ID, note: "a" }], { since: first.cursor });
    expect(second.contiguous).toBe(true);
    expect(await phone.pull({ since: second.cursor })).toEqual({ items: [], more: false, cursor: second.cursor });
  });

  test("is false where another device pushed meanwhile", async () => {
    const { cursor } = await phone.push([bread(ID)], { since: 0 });
    const other = await joinAccount(phone.worker, phone.tokens.account_id);
    await other.push([bread("bread-002")], { since: 0 });
    expect((await phone.push([bread("bread-003")], { since: cursor })).contiguous).toBe(false);
    const { items } = await phone.pull({ since: cursor });
    expect(items.map(({ id }) => id)).toEqual(["bread-002", "bread-003"]);
  });

  test("is false without since, and with a since of 0 once there is anything", async () => {
    expect((await phone.push([bread(ID)])).contiguous).toBe(false);
    expect((await phone.push([bread("bread-002")], { since: 0 })).contiguous).toBe(false);
  });
});

describe("410", () => {
  /** Pushes with that cursor and applies nothing. */
  async function refused(since: number): Promise<string | undefined> {
    const before = await figuresOf(phone.tokens.account_id);
    const answer = await phone.pushRefused([bread("bread-002"), bread("bread-003", { base: 0 })], { since });
    expect(answer).toMatchObject({ status: 410, code: "resync_required" });
    expect(await figuresOf(phone.tokens.account_id)).toEqual(before);
    return answer.reason;
  }

  test("says epoch where the cursor is of another epoch, or ahead of the account", async () => {
    const { cursor } = await phone.push([bread(ID)], { since: 0 });
    expect(await refused(cursor + 1)).toBe("epoch");
    await setEpoch(2);
    expect(await refused(cursor)).toBe("epoch");
  });

  test("says account where the tag differs, whatever the epoch", async () => {
    const { cursor } = await phone.push([bread(ID)], { since: 0 });
    const foreign = cursor + (cursor % (4096 * REVISIONS) < 4095 * REVISIONS ? REVISIONS : -REVISIONS);
    expect(await refused(foreign)).toBe("account");
    await setEpoch(2);
    expect(await refused(foreign)).toBe("account");
  });

  test("says floor where the cursor is below it, and not where it is at it", async () => {
    const { cursor } = await phone.push([bread(ID), bread("bread-009")], { since: 0 });
    await setFloor(2);
    expect(await refused(cursor - 1)).toBe("floor");
    expect((await phone.push([bread("bread-002")], { since: cursor })).results[0]?.status).toBe("applied");
  });

  test("never comes where all changes carry base, or for a since of 0 or none", async () => {
    const { cursor } = await phone.push([bread(ID)], { since: 0 });
    await setEpoch(2);
    const based = await phone.push([bread("bread-002", { base: 0 }), { id: "bread-003", base: 0, deleted: true }], {
      since: cursor,
    });
    expect(based.results.map(({ status }) => status)).toEqual(["applied", "unchanged"]);
    expect(based.contiguous).toBe(false);
    await setFloor(3);
    expect((await phone.pushOne(bread("bread-004"))).status).toBe("applied");
    expect((await phone.pushOne(bread("bread-005"), { since: 0 })).status).toBe("applied");
  });
});
