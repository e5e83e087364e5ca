/** The reference client's sync against the Worker and its database: two devices, and bad networks. */
import { beforeEach, describe, expect, test } from "vitest";
import { countPending } from "../../scripts/client/vocabulary.ts";
import { failureOf } from "./fixture.ts";
import { BREAD, type Device, expectEqual, newDevice, secondDeviceOf, shownBy } from "./vocabulary-device.ts";

let a: Device;
let b: Device;
beforeEach(async () => {
  a = newDevice();
  b = await secondDeviceOf(a);
});

describe("two devices", () => {
  test("end equal after additions, edits of the same entry, and removals", async () => {
    const [kept, removed] = [await a.add(), await a.add({ text: "milk" })];
    await a.sync();
    await b.sync();
    expect(await a.sync()).toEqual({ pulled: 0, pushed: 0, refused: [], pending: 0 });
    await a.edit(kept, { note: "warm" });
    await b.edit(kept, { category: "food" });
    await b.remove(removed);
    expect(await b.sync()).toEqual({ pulled: 0, pushed: 2, refused: [], pending: 0 });
    expect(await a.sync()).toEqual({ pulled: 2, pushed: 1, refused: [], pending: 0 });
    await b.sync();
    await expectEqual(a, b);
    expect((await shownBy(a)).get(kept)).toMatchObject({ note: "warm", category: "food" });
    expect((await shownBy(a)).has(removed)).toBe(false);
  });

  test("an edit that meets a newer one after the pull is merged and pushed again", async () => {
    const id = await a.add();
    await a.sync();
    await b.sync();
    await a.edit(id, { note: "warm" });
    await b.edit(id, { category: "food" });
    await b.add({ text: "milk" });
    a.faults.push(undefined, async () => {
      await b.sync();
      return undefined;
    });
    await a.sync();
    await b.sync();
    // What lay between its cursor and its push is still told to it.
    await a.sync();
    await expectEqual(a, b);
    expect((await shownBy(b)).get(id)).toMatchObject({ note: "warm", category: "food" });
  });

  test("an edit made while a push is on its way is pushed next", async () => {
    const id = await a.add();
    a.faults.push(undefined, async () => {
      await a.edit(id, { note: "warm" });
      return undefined;
    });
    expect(await a.sync()).toMatchObject({ pushed: 2, pending: 0 });
    await b.sync();
    expect((await shownBy(b)).get(id)).toMatchObject({ note: "warm" });
  });

  test("a listing of several pages, and more changes than one push takes", async () => {
    await a.addMany(601);
    expect(await a.sync()).toMatchObject({ pushed: 601 });
    expect(await b.sync()).toMatchObject({ pulled: 601 });
    expect(a.asked).toEqual(["since 0", "push", "push", "push", "push"]);
    expect(b.asked).toEqual(["since 0", "since 0"]);
    await expectEqual(a, b);
  });
});

describe("a bad network", () => {
  test.each(["request lost", "answer lost"] as const)(
    "%s for good: nothing is lost, nothing doubled",
    async (fault) => {
      const id = await a.add();
      a.faults.push(undefined, fault, fault, fault, fault);
      expect(await failureOf(a.sync())).toMatchObject({ kind: "unreachable" });
      expect(countPending(await a.vocabulary.read())).toBe(1);
      await b.sync();
      if (fault === "answer lost") await b.edit(id, { category: "food" });
      await b.sync();
      await a.edit(id, { note: "warm" });
      expect(await a.sync()).toMatchObject({ refused: [], pending: 0 });
      await b.sync();
      await expectEqual(a, b);
      expect([...(await shownBy(a)).keys()]).toEqual([id]);
      if (fault === "answer lost") expect((await shownBy(a)).get(id)).toMatchObject({ note: "warm", category: "food" });
    },
  );

  test("a listing that breaks off is begun anew from the cursor before", async () => {
    await a.addMany(501);
    await a.sync();
    b.faults.push(undefined, ...Array(4).fill("request lost"));
    expect(await failureOf(b.sync())).toMatchObject({ kind: "unreachable" });
    expect((await b.vocabulary.read()).cursor).toBe(0);
    await b.sync();
    await expectEqual(a, b);
  });
});

test("what the server does not take stays, is told, and does not hold up the rest", async () => {
  const bad = await a.add({ language: "no language" });
  const good = await a.add();
  expect(await a.sync()).toEqual({ pulled: 0, pushed: 1, refused: [{ id: bad, code: "invalid_field" }], pending: 1 });
  expect(a.asked).toEqual(["since 0", "push"]);
  await b.sync();
  expect([...(await shownBy(b)).keys()]).toEqual([good]);
});

test("an entry may have any id that the server takes", async () => {
  await a.client.requestJson({} as never, "/v1/vocabulary/__proto__", { method: "PUT", body: BREAD }).catch(() => 0);
  await a.sync();
  expect([...(await shownBy(a)).keys()]).toEqual(["__proto__"]);
});
