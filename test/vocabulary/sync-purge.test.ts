/** The purge of tombstones, at its bounds, and what a phone that was off for too long then meets. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { TOMBSTONES_PER_ACCOUNT } from "../../src/bounds.ts";
import { purgeTombstones } from "../../src/vocabulary/tombstone-store.ts";
import { startWorker } from "../worker.ts";
import { bread, figuresOf, ids, newPhone, type Phone } from "./phone.ts";

const DAY_MS = 86_400_000;
const KEPT_MS = 180 * DAY_MS;

let now = Date.now();
let phone: Phone;
beforeEach(async () => {
  await env.DB.batch([env.DB.prepare("DELETE FROM entries"), env.DB.prepare("UPDATE accounts SET floor = 0")]);
  now = Date.now();
  phone = await newPhone(startWorker({ clock: () => now }));
});

const remove = async (id: string) => phone.pushOne({ id, base: (await phone.held(id))?.rev ?? 0, deleted: true });
const idsHeld = async () => (await phone.pull({ limit: 500 })).items.map(({ id }) => id);

describe("by age", () => {
  test("a tombstone is kept for 180 days, and then goes with the floor at its revision", async () => {
    const [kept = "", gone = ""] = ids(2);
    await phone.fill([gone, kept]);
    await remove(gone);
    expect(await purgeTombstones(env.DB, now + KEPT_MS)).toBe(0);
    expect(await idsHeld()).toEqual([kept, gone]);
    expect(await purgeTombstones(env.DB, now + KEPT_MS + 1)).toBe(1);
    expect(await idsHeld()).toEqual([kept]);
    expect(await figuresOf(phone.tokens.account_id)).toMatchObject({ revision: 3, floor: 3, entries: 1 });
  });

  test("younger ones stay, and entries are never touched", async () => {
    const [old = "", young = "", entry = ""] = ids(3);
    await phone.fill([old, young, entry]);
    await remove(old);
    const removedAt = now;
    now += 1000;
    await remove(young);
    expect(await purgeTombstones(env.DB, removedAt + KEPT_MS + 1)).toBe(1);
    expect(await idsHeld()).toEqual([entry, young]);
    expect((await figuresOf(phone.tokens.account_id)).floor).toBe(4);
  });

  test("an entry that was made anew is no tombstone any more", async () => {
    const [id = ""] = ids(1);
    await phone.fill([id]);
    const { rev } = await remove(id);
    await phone.pushOne(bread(id, { base: rev }));
    expect(await purgeTombstones(env.DB, now + 2 * KEPT_MS)).toBe(0);
    expect((await figuresOf(phone.tokens.account_id)).floor).toBe(0);
  });

  test("a second run finds nothing, and moves no floor", async () => {
    const [id = ""] = ids(1);
    await phone.fill([id]);
    await remove(id);
    await purgeTombstones(env.DB, now + KEPT_MS + 1);
    const before = await figuresOf(phone.tokens.account_id);
    expect(await purgeTombstones(env.DB, now + 2 * KEPT_MS)).toBe(0);
    expect(await figuresOf(phone.tokens.account_id)).toEqual(before);
  });
});

describe("by number", () => {
  /** Tombstones with revisions from 1. */
  const plant = (accountId: string, count: number) =>
    env.DB.batch([
      env.DB.prepare(`
        INSERT INTO entries (account_id, id, rev, deleted, content, bytes, change_count, change_bytes, changed_at)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
        SELECT ?1, 'gone-' || i, i, 1, '{}', 0, -1, 0, ?3 FROM n`).bind(accountId, count, now),
      env.DB.prepare("UPDATE accounts SET revision = ?2 WHERE id = ?1").bind(accountId, count),
    ]);

  test("an account keeps 20,000, and the oldest go first", async () => {
    await plant(phone.tokens.account_id, TOMBSTONES_PER_ACCOUNT);
    expect(await purgeTombstones(env.DB, now)).toBe(0);
    await plant((await newPhone(phone.worker)).tokens.account_id, 3);
    await phone.pushOne(bread("bread-001"));
    await remove("bread-001");
    expect(await purgeTombstones(env.DB, now)).toBe(1);
    const { floor } = await figuresOf(phone.tokens.account_id);
    expect(floor).toBe(1);
    const { items } = await phone.pull({ limit: 1 });
    expect(items.map(({ id }) => id)).toEqual(["gone-2"]);
  });
});

describe("a phone that was off for too long", () => {
  test("gets 410 floor, lists everything and finds no trace of what was deleted; its cursor is then good", async () => {
    const [kept = "", gone = ""] = ids(2);
    await phone.fill([kept, gone]);
    const { cursor = 0 } = await phone.pull();
    await remove(gone);
    await purgeTombstones(env.DB, now + KEPT_MS + 1);
    expect(await phone.pullRefused({ since: cursor })).toMatchObject({ status: 410, reason: "floor" });
    const fresh = await phone.pull();
    expect(fresh.items.map(({ id }) => id)).toEqual([kept]);
    expect(await phone.pull({ since: fresh.cursor ?? 0 })).toMatchObject({ items: [] });
  });

  test("cannot bring a deleted entry back by an edit, and can by saying base 0", async () => {
    const [gone = ""] = ids(1);
    await phone.fill([gone]);
    const { rev } = (await phone.held(gone)) ?? {};
    const tombstone = await remove(gone);
    await purgeTombstones(env.DB, now + KEPT_MS + 1);
    expect(await phone.pushOne(bread(gone, { base: rev }))).toEqual({
      id: gone,
      status: "conflict",
      current: { id: gone, rev: tombstone.rev, deleted: true },
    });
    expect((await phone.pushOne(bread(gone, { base: 0 }))).status).toBe("applied");
  });
});
