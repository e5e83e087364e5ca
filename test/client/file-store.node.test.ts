/** The file: private, whole, never replaced behind its owner's back, and shared by two processes. */
import { chmodSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { LOCK_HEARTBEAT_MS, LOCK_STALE_MS } from "../../scripts/client/bounds.ts";
import { makeCredentials } from "../../scripts/client/credentials.ts";
import { withFileLock } from "../../scripts/client/file-lock.ts";
import { openFileStore } from "../../scripts/client/file-store.ts";
import { failureOf, fixture, grants, sessionSeenBy, UNTIL_DUE_MS } from "./fixture.ts";
import { emptyFolder } from "./served.ts";

const SERVER = "http://edge.test";

const newPath = () => join(emptyFolder(), "kept", "edge.json");
const contentOf = (path: string) => JSON.parse(readFileSync(path, "utf8"));

describe("the file", () => {
  test("is made once, with a UUID v4 and 32 random bytes, for its owner's eyes only", async () => {
    const path = newPath();
    const first = await (await openFileStore(path, SERVER)).read();
    expect(first.appId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Buffer.from(first.appSecret, "base64url")).toHaveLength(32);
    expect(await (await openFileStore(path, SERVER)).read()).toEqual(first);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("is made by one of many who open it at once", async () => {
    const path = newPath();
    const openAndRead = async () => (await (await openFileStore(path, SERVER)).read()).appId;
    const appIds = await Promise.all(Array.from({ length: 8 }, openAndRead));
    expect(new Set(appIds).size).toBe(1);
  });

  test("keeps the tokens over a restart, stays private, and leaves nothing beside it", async () => {
    const path = newPath();
    const { newClient } = fixture();
    const session = await sessionSeenBy(newClient({ store: await openFileStore(path, SERVER) }));
    chmodSync(path, 0o644);
    const store = await openFileStore(path, SERVER);
    expect((await store.read()).tokens?.sessionId).toBe(session);
    const saved = await store.read();
    await store.replace(saved, { ...saved, tokens: undefined });
    expect((await (await openFileStore(path, SERVER)).read()).tokens).toBeUndefined();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(path, ".."))).toEqual(["edge.json"]);
  });

  test("keeps what else it holds when the app ID is replaced", async () => {
    const path = newPath();
    const store = await openFileStore(path, SERVER);
    const { appId } = await store.read();
    writeFileSync(path, JSON.stringify({ ...contentOf(path), entries: ["bread"] }));
    const { edge, newClient } = fixture();
    edge.devices.set(appId, { secret: "", removed: true, displaced: false });
    await sessionSeenBy(newClient({ store }));
    expect(contentOf(path)).toMatchObject({ entries: ["bread"], tokens: {} });
    expect(contentOf(path).appId).not.toBe(appId);
  });

  test.each([
    ["", "it is not a JSON object"],
    ['{"server": "http://edge.te', "it is not a JSON object"],
    ["{}", 'its "server" is missing or not what it should be'],
    [{ appId: "not-a-uuid" }, 'its "appId" is missing or not what it should be'],
    [{ appSecret: "tooshort" }, 'its "appSecret" is missing or not what it should be'],
    [{ tokens: { accessToken: 5 } }, 'its "tokens.accessToken" is missing or not what it should be'],
    [{ server: "http://other.test" }, "it belongs to http://other.test, not to http://edge.test"],
  ])("damaged as %j, is reported and not touched", async (damage, reason) => {
    const path = newPath();
    await openFileStore(path, SERVER);
    const damaged = typeof damage === "string" ? damage : JSON.stringify({ ...contentOf(path), ...damage });
    writeFileSync(path, damaged);
    expect(await failureOf(openFileStore(path, SERVER))).toEqual({ kind: "unusable_file", path, reason });
    expect(readFileSync(path, "utf8")).toBe(damaged);
  });
});

describe("replacing", () => {
  test("gives way to what another process has put there", async () => {
    const path = newPath();
    const [one, other] = [await openFileStore(path, SERVER), await openFileStore(path, SERVER)];
    const start = await one.read();
    const withToken = (refreshToken: string) => ({
      ...start,
      tokens: { accessToken: "a", accessExpiresAt: 1, refreshToken, sessionId: "s", deviceId: "d", accountId: "c" },
    });
    await other.replace(start, withToken("theirs"));
    expect(await one.replace(start, withToken("ours"))).toEqual(withToken("theirs"));
    expect(await one.read()).toEqual(withToken("theirs"));
  });

  test("gives way to another process's new app ID, though neither holds tokens", async () => {
    const path = newPath();
    const store = await openFileStore(path, SERVER);
    const start = await store.read();
    const theirs = { ...makeCredentials(), tokens: undefined };
    await store.replace(start, theirs);
    expect(await store.replace(start, { ...makeCredentials(), tokens: undefined })).toEqual(theirs);
  });
});

describe("two clients on one file", () => {
  /** As two processes: each its own store, the same file. `locked: false` is what a lock that was taken over leaves. */
  async function twoClients(locked: boolean) {
    const path = newPath();
    const it = fixture();
    const open = async () => {
      const store = await openFileStore(path, SERVER);
      return it.newClient({ store: locked ? store : { ...store, exclusively: (work) => work() } });
    };
    return { ...it, clients: [await open(), await open()] };
  }

  test("share one sign-in and each refresh", async () => {
    const { edge, clock, clients } = await twoClients(true);
    for (let round = 0; round < 5; round++) {
      const seen = await Promise.all(clients.map(sessionSeenBy));
      expect(new Set(seen).size).toBe(1);
      clock.now += UNTIL_DUE_MS;
    }
    expect(grants(edge)).toEqual(["app", "rotated", "rotated", "rotated", "rotated"]);
  });

  test("both work in the end even where the lock fails them", async () => {
    const { edge, clock, clients } = await twoClients(false);
    for (let round = 0; round < 10; round++) {
      await Promise.all(clients.map(sessionSeenBy));
      clock.now += UNTIL_DUE_MS;
    }
    expect(grants(edge)).not.toContain("reuse");
    expect(edge.devices.size).toBe(1);
  });
});

describe("the lock", () => {
  test("lets one in at a time", async () => {
    const path = join(emptyFolder(), "edge.json");
    let inside = 0;
    const most: number[] = [];
    const work = async () => {
      most.push(++inside);
      await new Promise((resolve) => setTimeout(resolve, 2));
      inside--;
    };
    await Promise.all(Array.from({ length: 20 }, () => withFileLock(path, work)));
    expect(most).toEqual(Array(20).fill(1));
  });

  test("is let go when the work fails", async () => {
    const path = join(emptyFolder(), "edge.json");
    await expect(withFileLock(path, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(readdirSync(join(path, ".."))).toEqual([]);
  });

  test("shows that its holder lives, however long the work takes", async () => {
    const path = join(emptyFolder(), "edge.json");
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      await withFileLock(path, async () => {
        utimesSync(`${path}.lock`, new Date(0), new Date(0));
        vi.advanceTimersByTime(LOCK_HEARTBEAT_MS);
        await expect.poll(() => Date.now() - statSync(`${path}.lock`).mtimeMs).toBeLessThan(LOCK_STALE_MS);
      });
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    { owner: "a process that died", content: "4194303 gone", silentSeconds: 0 },
    { owner: "a process that was stopped", content: `${process.pid} stopped`, silentSeconds: 11 },
  ])("of $owner is taken over at once", async ({ content, silentSeconds }) => {
    const path = join(emptyFolder(), "edge.json");
    writeFileSync(`${path}.lock`, content);
    const then = new Date(Date.now() - silentSeconds * 1000);
    utimesSync(`${path}.lock`, then, then);
    const startedAt = Date.now();
    await withFileLock(path, async () => undefined);
    expect(Date.now() - startedAt).toBeLessThan(1000);
  });

  test("of a process that lives is waited for, and not removed by one that lost its own", async () => {
    const path = join(emptyFolder(), "edge.json");
    const late = withFileLock(path, async () => {
      // Taken over while this one was stopped.
      writeFileSync(`${path}.lock`, `${process.pid} the next owner`);
    });
    await late;
    expect(readFileSync(`${path}.lock`, "utf8")).toBe(`${process.pid} the next owner`);
    let entered = false;
    const waiting = withFileLock(path, async () => {
      entered = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(entered).toBe(false);
    const then = new Date(0);
    utimesSync(`${path}.lock`, then, then);
    await waiting;
    expect(entered).toBe(true);
  });
});
