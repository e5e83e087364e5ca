/** The reference client where its cursor cannot be continued: each reason of a 410, and a page that is refused. */
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { listDevices, removeDevice } from "../../scripts/client/owner.ts";
import { type OtherAccountChoice, syncVocabulary } from "../../scripts/client/vocabulary-sync.ts";
import { failureOf } from "./fixture.ts";
import { BREAD, type Device, expectEqual, newDevice, secondDeviceOf, shownBy } from "./vocabulary-device.ts";

const AT = "2026-05-01T00:00:00.000Z";
const WHOLE = { ...BREAD, favourite: false, createdAt: AT, updatedAt: AT };

let a: Device;
let b: Device;
beforeEach(async () => {
  a = newDevice();
  b = await secondDeviceOf(a);
});

const problem = (status: number, code: string, more: object) =>
  Response.json(
    { type: `/problems/${code}`, title: "t", status, detail: "d", code, requestId: "r", ...more },
    { status, headers: { "Content-Type": "application/problem+json" } },
  );

/** A second device's client, after the first has synced one entry to it. */
async function shared(): Promise<string> {
  const id = await a.add();
  await a.sync();
  await b.sync();
  return id;
}

test("floor: what was deleted meanwhile is deleted here", async () => {
  await shared();
  const accountId = await a.client.accountId();
  await env.DB.batch([
    env.DB.prepare("DELETE FROM entries WHERE account_id = ?1").bind(accountId),
    env.DB.prepare("UPDATE accounts SET revision = revision + 2, floor = revision + 2 WHERE id = ?1").bind(accountId),
  ]);
  const own = await b.add({ text: "milk" });
  expect(await b.sync()).toMatchObject({ pulled: 0, pushed: 1 });
  expect([...(await shownBy(b)).keys()]).toEqual([own]);
  expect(b.asked.slice(-3)).toEqual([expect.stringMatching(/since [1-9]/), "since 0", "push"]);
});

test("epoch: what the server lost is pushed again, and what was deleted stays so", async () => {
  const [kept, deleted] = [await shared(), await a.add({ text: "milk" })];
  await a.sync();
  await a.remove(deleted);
  await a.sync();
  await env.DB.batch([
    env.DB.prepare("UPDATE entries SET deleted = 0, content = ?2 WHERE id = ?1").bind(deleted, JSON.stringify(WHOLE)),
    env.DB.prepare("DELETE FROM entries WHERE id = ?1").bind(kept),
    env.DB.prepare("UPDATE deployment SET epoch = epoch + 1"),
  ]);
  await a.sync();
  await b.sync();
  await expectEqual(a, b);
  expect([...(await shownBy(a)).keys()]).toEqual([kept]);
});

test("account: asks first, then keeps or drops as it is told", async () => {
  const id = await shared();
  const elsewhere = newDevice();
  await b.vocabulary.change((kept) => Object.assign(kept, { accountId: undefined }));
  const stranger = {
    ...b,
    sync: (choice?: OtherAccountChoice) => syncVocabulary(elsewhere.client, b.vocabulary, choice),
  };
  expect(await failureOf(stranger.sync())).toEqual({ kind: "other_account", entries: 1 });
  expect((await shownBy(b)).has(id)).toBe(true);
  expect(await stranger.sync("keep")).toMatchObject({ pushed: 1 });
  await elsewhere.sync();
  expect(await shownBy(elsewhere)).toEqual(await shownBy(b));
  await b.vocabulary.change((kept) => Object.assign(kept, { accountId: "another" }));
  const pushes = b.asked.length;
  expect(await b.sync("drop")).toMatchObject({ pulled: 1, pushed: 0 });
  expect(b.asked.slice(pushes)).toEqual(["since 0"]);
});

test("account: a device that is removed meanwhile tells its next account nothing before it was asked", async () => {
  const id = await shared();
  const removed = (await listDevices(b.client)).find(({ current }) => current);
  if (removed === undefined) throw new Error("A device is in its own list");
  await removeDevice(a.client, { ...removed, current: false }, async () => undefined);
  const { cursor } = await b.vocabulary.read();
  await b.edit(id, { note: "warm" });
  b.asked.length = 0;
  expect(await failureOf(b.sync())).toEqual({ kind: "other_account", entries: 1 });
  expect(b.asked).toEqual([`since ${cursor}`]);
  expect(await b.sync("keep")).toMatchObject({ pushed: 1, pending: 0 });
  expect((await shownBy(b)).get(id)).toMatchObject({ ...BREAD, note: "warm" });
  await a.sync();
  expect((await shownBy(a)).get(id)).not.toHaveProperty("note");
});

test("a page that is refused leads back to the old cursor, whose reason may be another", async () => {
  await a.addMany(501);
  await b.sync();
  await a.sync();
  const badPage = problem(400, "invalid_request", { errors: [{ path: "query.page", message: "is not good" }] });
  b.faults.push(
    () => problem(410, "resync_required", { reason: "floor" }),
    undefined,
    () => badPage,
  );
  const { cursor } = await b.vocabulary.read();
  await b.sync();
  expect(b.asked.slice(1)).toEqual([`since ${cursor}`, "since 0", "since 0", `since ${cursor}`, `since ${cursor}`]);
  await expectEqual(a, b);
});

test("for ever: a sync gives up after three listings", async () => {
  const refusal = () => problem(410, "resync_required", { reason: "floor" });
  a.faults.push(refusal, refusal, refusal, refusal);
  expect(await failureOf(a.sync())).toMatchObject({ kind: "problem" });
  expect(a.asked).toHaveLength(3);
});
