/** A pull: its order, its pages and their tokens, its tombstones, and when its cursor cannot be continued. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { startWorker } from "../worker.ts";
import { ids, joinAccount, newPhone, type Phone, phoneWith, type WireItem } from "./phone.ts";

const DAY_MS = 86_400_000;
const REVISIONS = 2 ** 32;

let now = Date.now();
let phone: Phone;
beforeEach(async () => {
  now = Date.now();
  await env.DB.prepare("UPDATE deployment SET epoch = 1").run();
  phone = await newPhone(startWorker({ clock: () => now }));
});

const idsOf = (items: readonly WireItem[]) => items.map(({ id }) => id);
const setFloor = (revision: number) =>
  env.DB.prepare("UPDATE accounts SET floor = ?2 WHERE id = ?1").bind(phone.tokens.account_id, revision).run();

describe("a listing", () => {
  test("of nothing is empty, and its cursor is good and not zero", async () => {
    const { items, more, cursor = 0 } = await phone.pull();
    expect({ items, more }).toEqual({ items: [], more: false });
    expect(cursor).toBeGreaterThan(0);
    expect(Number.isSafeInteger(cursor)).toBe(true);
    expect(await phone.pull({ since: cursor })).toEqual({ items: [], more: false, cursor });
  });

  test("is in the order of revisions, each item once and at its latest state", async () => {
    const [first = "", second = "", third = ""] = ids(3);
    await phone.fill([first, second, third]);
    await phone.pushOne({ id: first, base: (await phone.held(first))?.rev, note: "last" });
    const { items, cursor } = await phone.pull();
    expect(idsOf(items)).toEqual([second, third, first]);
    expect(items.map(({ rev }) => rev)).toEqual(items.map(({ rev }) => rev).toSorted((a, b) => a - b));
    expect(items[2]).toMatchObject({ note: "last", rev: cursor });
  });

  test("after a cursor tells what changed since, and only that", async () => {
    await phone.fill(ids(3));
    const { cursor = 0 } = await phone.pull();
    await phone.fill(ids(2, 3));
    expect(idsOf((await phone.pull({ since: cursor })).items)).toEqual(ids(2, 3));
  });

  test("has the tombstones, also from the start", async () => {
    const [kept = "", gone = ""] = ids(2);
    await phone.fill([kept, gone]);
    const { cursor = 0 } = await phone.pull();
    const { rev } = await phone.pushOne({ id: gone, base: cursor, deleted: true });
    const tombstone = { id: gone, rev, deleted: true };
    expect((await phone.pull({ since: cursor })).items).toEqual([tombstone]);
    expect((await phone.pull()).items.at(-1)).toEqual(tombstone);
  });
});

describe("pages", () => {
  test("come one after another with since as it was, and the cursor with the last", async () => {
    await phone.fill(ids(5));
    const first = await phone.pull({ limit: 2 });
    const second = await phone.pull({ limit: 2, page: first.page ?? "" });
    const third = await phone.pull({ limit: 2, page: second.page ?? "" });
    expect([first, second, third].map(({ more }) => more)).toEqual([true, true, false]);
    expect([first, second, third].map(({ cursor }) => cursor === undefined)).toEqual([true, true, false]);
    expect([first, second, third].flatMap(({ items }) => idsOf(items))).toEqual(ids(5));
  });

  test("end without an empty one where the last is just full", async () => {
    await phone.fill(ids(4));
    const first = await phone.pull({ limit: 2 });
    expect(await phone.pull({ limit: 2, page: first.page ?? "" })).toMatchObject({ more: false });
  });

  test("leave nothing out that changes between them: it comes again at the end", async () => {
    const [a = "", b = "", c = "", d = ""] = ids(4);
    await phone.fill([a, b, c, d]);
    const first = await phone.pull({ limit: 2 });
    const base = first.items[1]?.rev ?? 0;
    await phone.pushOne({ id: a, base, deleted: true });
    await phone.pushOne({ id: d, base: base + 2, note: "late" });
    const second = await phone.pull({ limit: 500, page: first.page ?? "" });
    expect(second.items.map(({ id, deleted, note }) => [id, deleted ?? note])).toEqual([
      [c, undefined],
      [a, true],
      [d, "late"],
    ]);
    expect((await phone.pull({ since: second.cursor ?? 0 })).items).toEqual([]);
  });

  test.each([
    ["none is said", {}, 200],
    ["1", { limit: 1 }, 1],
    ["500", { limit: 500 }, 500],
  ])("hold as many items as asked for: %s", async (_what, query, count) => {
    await phone.fill(ids(501));
    expect((await phone.pull(query)).items).toHaveLength(count);
  });

  test.each(["0", "501", "1.5", "-1", "many", ""])("cannot hold %j", async (limit) => {
    expect(await phone.pullRefused({ limit })).toMatchObject({ status: 400, code: "invalid_request" });
  });

  test("are good for 24 hours", async () => {
    await phone.fill(ids(3));
    const { page = "" } = await phone.pull({ limit: 1 });
    now += DAY_MS;
    const later = phoneWith(phone.worker, await signInAgain());
    expect(await later.pull({ limit: 1, page })).toMatchObject({ more: true });
    now += 1;
    expect(await later.pullRefused({ limit: 1, page })).toMatchObject({ status: 400, code: "invalid_request" });
  });

  test("do not live longer by being followed", async () => {
    await phone.fill(ids(3));
    const { page = "" } = await phone.pull({ limit: 1 });
    now += DAY_MS - 60_000;
    const later = phoneWith(phone.worker, await signInAgain());
    const second = await later.pull({ limit: 1, page });
    now += 60_001;
    expect(await later.pullRefused({ limit: 1, page: second.page ?? "" })).toMatchObject({ status: 400 });
  });

  test("belong to their since", async () => {
    await phone.fill(ids(3));
    const { page = "", items } = await phone.pull({ limit: 1 });
    expect(await phone.pullRefused({ since: items[0]?.rev ?? 0, page })).toMatchObject({ status: 400 });
  });

  test.each(["x", "W10", "WzAsMSwyLDNd", "bnVsbA", "%00"])("that this API never made are refused: %j", async (page) => {
    expect(await phone.pullRefused({ page })).toMatchObject({ status: 400, code: "invalid_request" });
  });

  test("of another account's listing are refused, or the entries before it would be missing", async () => {
    await phone.fill(ids(3));
    const { page = "" } = await phone.pull({ limit: 1 });
    const stranger = await newPhone(phone.worker);
    await stranger.fill(ids(3));
    expect(await stranger.pullRefused({ page })).toMatchObject({ status: 400, code: "invalid_request" });
    const sharing = await joinAccount(phone.worker, phone.tokens.account_id);
    expect(await sharing.pull({ page })).toMatchObject({ more: false });
  });

  test("from before a restore are refused", async () => {
    await phone.fill(ids(3));
    const { page = "" } = await phone.pull({ limit: 1 });
    await env.DB.prepare("UPDATE deployment SET epoch = 2").run();
    expect(await phone.pullRefused({ page })).toMatchObject({ status: 400, code: "invalid_request" });
  });

  test("are refused once a deletion that they missed may be gone, and not before", async () => {
    await phone.fill(ids(3));
    const { page = "" } = await phone.pull({ limit: 1 });
    await setFloor(3);
    expect(await phone.pull({ page })).toMatchObject({ more: false });
    await setFloor(4);
    expect(await phone.pullRefused({ page })).toMatchObject({ status: 400, code: "invalid_request" });
  });

  async function signInAgain() {
    const { tokens } = await joinAccount(phone.worker, phone.tokens.account_id);
    return tokens;
  }
});

describe("410 with", () => {
  let cursor = 0;
  beforeEach(async () => {
    await phone.fill(ids(3));
    cursor = (await phone.pull()).cursor ?? 0;
  });
  const reason = async (since: number) => {
    const refused = await phone.pullRefused({ since });
    expect(refused).toMatchObject({ status: 410, code: "resync_required" });
    return refused.reason;
  };

  test("floor: the cursor is below the floor, and not at it", async () => {
    await setFloor(3);
    expect(await reason(cursor - 1)).toBe("floor");
    expect(await phone.pull({ since: cursor })).toMatchObject({ items: [] });
  });

  test("epoch: the database was restored since, or never was so far", async () => {
    expect(await reason(cursor + 1)).toBe("epoch");
    await env.DB.prepare("UPDATE deployment SET epoch = 2").run();
    expect(await reason(cursor)).toBe("epoch");
    expect(await phone.pull({ since: cursor + 4096 * REVISIONS })).toMatchObject({ items: [] });
  });

  test("account: the cursor is another account's", async () => {
    const foreign = cursor + (cursor % (4096 * REVISIONS) < 4095 * REVISIONS ? REVISIONS : -REVISIONS);
    expect(await reason(foreign)).toBe("account");
  });

  test("nothing for a since of 0, which always lists everything", async () => {
    await setFloor(3);
    expect(idsOf((await phone.pull({ since: 0 })).items)).toEqual(ids(3));
    expect(idsOf((await phone.pull()).items)).toEqual(ids(3));
  });
});

test.each(["-1", "x", "1.5", "9007199254740992", "99999999999999999"])("a since of %s is no stamp", async (since) => {
  expect(await phone.pullRefused({ since })).toMatchObject({ status: 400, code: "invalid_request" });
});
