// The lock of the preparing steps: one holder at a time, and a dead holder is in nobody's way.

import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { withLock } from "../../scripts/dev/lock.ts";

let directory = "";
let lock = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "pidging-test-"));
  lock = join(directory, "made", "preparing.lock");
});
afterEach(() => rm(directory, { recursive: true }));

it("lets one after the other in, after a failure too", async () => {
  const order: string[] = [];
  const failing = withLock(lock, async () => {
    order.push("first in");
    await wait(150);
    order.push("first out");
    throw new Error("failed");
  });
  await wait(20);
  const second = withLock(lock, async () => order.push("second in"));
  await expect(failing).rejects.toThrow("failed");
  await second;
  expect(order).toEqual(["first in", "first out", "second in"]);
  expect(await readdir(join(directory, "made"))).toEqual([]);
});

it("is taken over from a process that is gone", async () => {
  const gone = spawnSync(process.execPath, ["-e", ""]).pid;
  await withLock(lock, async () => undefined);
  await writeFile(lock, String(gone));
  expect(await withLock(lock, async () => "in")).toBe("in");
});
