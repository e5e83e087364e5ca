/** The snapshot by itself, on real D1 with a clock that is moved: when it reads, what it reads, and who waits. */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { SessionId } from "../../src/auth/ids.ts";
import { newId } from "../../src/auth/ids.ts";
import { createRevocations, type Revocations } from "../../src/auth/revocation.ts";
import { readEndedSince } from "../../src/auth/revocation-store.ts";
import { ENDED_SESSIONS_KNOWN } from "../../src/bounds.ts";
import { type Around, failing, hanging } from "../bindings.ts";
import { isolate, NOON, watched } from "./isolates.ts";

const TTL_SECONDS = 900;
const WINDOW_MS = (TTL_SECONDS + 120) * 1000;

/** Writes a session that ended `at`, its row gone. */
async function ended(at: number): Promise<SessionId> {
  const id = newId<SessionId>();
  await env.DB.prepare("INSERT INTO ended_sessions (session_id, ended_at) VALUES (?1, ?2)").bind(id, at).run();
  return id;
}

/** A snapshot whose database can be swapped. `at` asks it to be fresh, and tells whether the answer has to wait. */
function snapshot() {
  let around: Around = (make) => make();
  const { db, calls } = watched((make, call) => around(make, call));
  const revocations: Revocations = createRevocations();
  const background: Promise<unknown>[] = [];
  const at = (now: number) => {
    const waitUntil = (work: Promise<unknown>) => void background.push(work);
    return revocations.refresh({ db, now, accessTtlSeconds: TTL_SECONDS, waitUntil });
  };
  return {
    ...revocations,
    at,
    reads: calls,
    background,
    through: (next: Around) => {
      around = next;
    },
    /** Brings it up to `now`, whatever it takes. */
    async read(now: number) {
      await at(now);
      await Promise.all(background);
      calls();
    },
  };
}

describe("the snapshot is read", () => {
  test("before the first answer, which waits for it", async () => {
    const id = await ended(NOON);
    const { at, isEnded, age } = snapshot();
    expect(age(NOON)).toBe(Number.POSITIVE_INFINITY);
    const wait = at(NOON);
    expect(wait).toBeInstanceOf(Promise);
    expect(isEnded(id)).toBe(false);
    await wait;
    expect(isEnded(id)).toBe(true);
    expect(age(NOON + 5)).toBe(5);
  });

  test("not at 14,999 ms of age, and in the background at 15,000", async () => {
    const one = snapshot();
    await one.read(NOON);
    expect(one.at(NOON + 14_999)).toBeUndefined();
    expect(one.reads()).toBe(0);
    expect(one.at(NOON + 15_000)).toBeUndefined();
    expect(one.reads()).toBe(1);
  });

  test("without a wait at 59,999 ms of age, and with one at 60,000", async () => {
    for (const [age, waits] of [
      [59_999, false],
      [60_000, true],
    ] as const) {
      const one = snapshot();
      await one.read(NOON);
      const wait = one.at(NOON + age);
      expect(wait !== undefined, `at ${age} ms`).toBe(waits);
      expect(one.reads()).toBe(1);
      await wait;
    }
  });

  test("once for fifty that ask at once, and the one that began it hands it to its own request to keep", async () => {
    const one = snapshot();
    const waits = Array.from({ length: 50 }, () => one.at(NOON));
    expect(one.reads()).toBe(1);
    expect(one.background).toHaveLength(1);
    await Promise.all(waits);
    expect(one.age(NOON)).toBe(0);
  });
});

describe("a read covers", () => {
  test("at first the access TTL and 120 s, to the millisecond", async () => {
    const inside = await ended(NOON - WINDOW_MS);
    const outside = await ended(NOON - WINDOW_MS - 1);
    const one = snapshot();
    await one.read(NOON);
    expect([one.isEnded(inside), one.isEnded(outside)]).toEqual([true, false]);
  });

  test("later only what is newer than the read before it less 30 s, for clocks that are behind", async () => {
    const one = snapshot();
    await one.read(NOON);
    const inside = await ended(NOON - 30_000);
    const outside = await ended(NOON - 30_001);
    await one.read(NOON + 60_000);
    expect([one.isEnded(inside), one.isEnded(outside)]).toEqual([true, false]);
  });

  test("never more than the window, however long the isolate was idle", async () => {
    const one = snapshot();
    await one.read(NOON);
    const outside = await ended(NOON + 1);
    await one.read(NOON + 2 + WINDOW_MS);
    expect(one.isEnded(outside)).toBe(false);
  });

  test("sessions that were revoked as well as those whose rows are gone, and none that live", async () => {
    const worker = isolate({ now: NOON });
    const [live, revoked] = [await worker.signIn(), await worker.signIn()];
    await env.DB.prepare("UPDATE sessions SET revoked_at = ?2 WHERE id = ?1").bind(revoked.session_id, NOON).run();
    const gone = await ended(NOON);
    const ids = (await readEndedSince(env.DB, NOON)).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining([revoked.session_id, gone]));
    expect(ids).not.toContain(live.session_id);
  });
});

describe("what ended is forgotten", () => {
  test("with the first read after the access TTL and 120 s, and not before", async () => {
    const one = snapshot();
    const id = await ended(NOON);
    await one.read(NOON);
    await one.read(NOON + WINDOW_MS);
    expect(one.isEnded(id)).toBe(true);
    await one.read(NOON + WINDOW_MS + 60_000);
    expect(one.isEnded(id)).toBe(false);
  });

  test("beyond the bound, the oldest first: in the isolate", async () => {
    const one = snapshot();
    const ids = Array.from({ length: ENDED_SESSIONS_KNOWN }, () => newId<SessionId>());
    one.markEnded(ids, NOON);
    const latest = await ended(NOON + 1);
    await one.read(NOON + 1);
    expect([...ids.slice(-2), latest].map(one.isEnded)).toEqual([true, true, true]);
    expect(ids.slice(0, 1).map(one.isEnded)).toEqual([false]);
  });

  test("beyond the bound, the oldest first: in the read", async () => {
    const from = NOON + 86_400_000;
    await env.DB.prepare(
      `INSERT INTO ended_sessions WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
       SELECT printf('%022d', i), ?1 + i FROM n`,
    )
      .bind(from, ENDED_SESSIONS_KNOWN)
      .run();
    const read = await readEndedSince(env.DB, from);
    expect(read).toHaveLength(ENDED_SESSIONS_KNOWN);
    expect(read.at(0)?.endedAt).toBe(from + ENDED_SESSIONS_KNOWN);
    expect(read.at(-1)?.endedAt).toBe(from + 1);
    await env.DB.prepare("DELETE FROM ended_sessions WHERE ended_at >= ?1").bind(from).run();
  });
});

describe("a D1 that fails", () => {
  test("is asked again, and waited for, after 10 s and not at 9,999 ms", async () => {
    const one = snapshot();
    one.through(failing("the network connection was lost"));
    await expect(one.at(NOON)).resolves.toBeUndefined();
    expect(one.reads()).toBe(1);
    expect(one.at(NOON + 9_999)).toBeUndefined();
    expect(one.reads()).toBe(0);
    one.through((make) => make());
    const id = await ended(NOON);
    await one.at(NOON + 10_000);
    expect(one.isEnded(id)).toBe(true);
  });

  test("takes nothing of what was known", async () => {
    const one = snapshot();
    const id = await ended(NOON);
    await one.read(NOON);
    one.through(failing("the network connection was lost"));
    await one.read(NOON + 60_000);
    expect(one.isEnded(id)).toBe(true);
    expect(one.age(NOON + 60_000)).toBe(60_000);
  });
});

// The wait of 250 ms is the subject of these: each takes it once or twice.
describe("a D1 that is silent", () => {
  test("is waited for 250 ms, then by nobody for 10 s", async () => {
    const one = snapshot();
    one.through(hanging);
    await Promise.all([one.at(NOON), one.at(NOON)]);
    expect(one.reads()).toBe(1);
    expect(one.at(NOON + 10_249)).toBeUndefined();
    expect(one.reads()).toBe(0);
    one.through((make) => make());
    const wait = one.at(NOON + 10_250);
    expect(wait).toBeInstanceOf(Promise);
    await wait;
    expect(one.age(NOON + 10_250)).toBe(0);
  });

  test("is not waited for where a read in the background was silent for 250 ms, but where it was for 249", async () => {
    for (const [silentMs, waits] of [
      [249, true],
      [250, false],
      [9_999, false],
      [10_000, true],
    ] as const) {
      const one = snapshot();
      await one.read(NOON);
      one.through(hanging);
      one.at(NOON + 60_000 - silentMs);
      expect(one.at(NOON + 60_000) !== undefined, `silent for ${silentMs} ms`).toBe(waits);
    }
  });

  test("has its lost read replaced after 10 s, and not before", async () => {
    const one = snapshot();
    await one.read(NOON);
    one.through(hanging);
    one.at(NOON + 15_000);
    one.at(NOON + 24_999);
    expect(one.reads()).toBe(1);
    one.through((make) => make());
    const id = await ended(NOON + 20_000);
    one.at(NOON + 25_000);
    expect(one.reads()).toBe(1);
    await one.background.at(-1);
    expect(one.isEnded(id)).toBe(true);
  });
});
