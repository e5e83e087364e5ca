/**
 * A D1 that fails or is silent, and hot translates meanwhile: each is answered, waits are few and bounded, and nothing is
 * refused that the signature allows. Waits are counted by their timers, never measured.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Around, failing, silence } from "../bindings.ts";
import { hot, isolate, NOON, watched } from "./isolates.ts";
import { countWaits } from "./waits.ts";

afterEach(() => vi.restoreAllMocks());

/** A signed-in app, its token's time just begun. */
const signedIn = () => isolate({ now: NOON }).signIn();

/** An isolate whose D1 can fall silent or fail. */
function fragile() {
  const clock = { now: NOON };
  const quiet = silence();
  let fault: Around | undefined;
  const { db, calls } = watched((make, call) => (fault ?? quiet.around)(make, call));
  const worker = isolate(clock, { DB: db });
  return {
    clock,
    calls,
    quiet,
    worker,
    fails: (message: string) => {
      fault = failing(message);
    },
  };
}

/** One hot translate a second for `seconds`, with the seconds at which one waited. */
async function everySecond(
  { clock, worker }: ReturnType<typeof fragile>,
  token: string,
  seconds: number,
  waits: () => number,
) {
  const from = clock.now;
  const waited: number[] = [];
  for (let second = 1; second <= seconds; second += 1) {
    clock.now = from + second * 1000;
    expect(await hot(worker, token), `at ${second} s`).toBe("200");
    if (waits() > 0) waited.push(second);
  }
  return waited;
}

describe("D1 silent for 70 s takes no hot translate down", () => {
  test("in a warm isolate: one waits once, a minute on, and D1 is asked at most every 10 s", async () => {
    const { access_token } = await signedIn();
    const it = fragile();
    expect(await hot(it.worker, access_token)).toBe("200");
    await it.worker.settled();
    it.calls();
    it.quiet.begin();
    const waits = countWaits();
    expect(await everySecond(it, access_token, 70, waits)).toEqual([65]);
    expect(it.calls()).toBe(6);
  });

  test("in a fresh isolate: the first waits, then one in 11 s", async () => {
    const { access_token } = await signedIn();
    const it = fragile();
    it.quiet.begin();
    const waits = countWaits();
    expect(await hot(it.worker, access_token)).toBe("200");
    expect(waits()).toBe(1);
    expect(await everySecond(it, access_token, 70, waits)).toEqual([11, 22, 33, 44, 55, 66]);
  });

  test("and nobody waits within 10 s of a wait that was in vain, nor is D1 asked", async () => {
    const { access_token } = await signedIn();
    const it = fragile();
    it.quiet.begin();
    const waits = countWaits();
    await hot(it.worker, access_token);
    it.clock.now = NOON + 10_249;
    expect([waits(), it.calls()]).toEqual([1, 1]);
    expect(await hot(it.worker, access_token)).toBe("200");
    expect([waits(), it.calls()]).toEqual([0, 0]);
    it.clock.now = NOON + 10_250;
    expect(await hot(it.worker, access_token)).toBe("200");
    expect([waits(), it.calls()]).toEqual([1, 1]);
  });
});

describe("D1 failing for 70 s", () => {
  test("refuses nothing, and is asked every 10 s", async () => {
    const { access_token } = await signedIn();
    const it = fragile();
    it.fails("D1_ERROR: the network connection was lost");
    const waits = countWaits();
    expect(await hot(it.worker, access_token)).toBe("200");
    expect(waits()).toBe(1);
    expect(await everySecond(it, access_token, 70, waits)).toEqual([10, 20, 30, 40, 50, 60, 70]);
    expect(it.calls()).toBe(8);
  });

  test("lets the last snapshot serve, and the log says so", async () => {
    const [ended, living] = [await signedIn(), await signedIn()];
    await isolate({ now: NOON }).form("/oauth/revoke", { token: ended.access_token });
    const it = fragile();
    expect(await hot(it.worker, living.access_token)).toBe("200");
    await it.worker.settled();
    it.fails("D1_ERROR: the network connection was lost");
    it.clock.now = NOON + 59_999;
    expect(await hot(it.worker, living.access_token)).toBe("200");
    expect(it.worker.lines.join()).not.toContain('"snapshot":"stale"');
    it.clock.now = NOON + 70_000;
    for (const nth of ["first", "second"]) {
      expect(await hot(it.worker, living.access_token), nth).toBe("200");
      expect(it.worker.lines.at(-1), nth).toContain('"snapshot":"stale"');
    }
    expect(await hot(it.worker, ended.access_token)).toBe("401 invalid_token");
  });

  test("is over with the first read that is good", async () => {
    const { access_token } = await signedIn();
    const it = fragile();
    it.quiet.begin();
    const waits = countWaits();
    expect(await hot(it.worker, access_token)).toBe("200");
    vi.restoreAllMocks();
    expect(waits()).toBe(1);
    await isolate({ now: NOON }).form("/oauth/revoke", { token: access_token });
    it.quiet.end();
    it.clock.now = NOON + 10_250;
    expect(await hot(it.worker, access_token)).toBe("401 invalid_token");
  });
});

describe("fifty at once", () => {
  test("share one read, and one wait each, when the isolate is fresh", async () => {
    const { access_token } = await signedIn();
    const { worker, calls } = fragile();
    const answers = await Promise.all(Array.from({ length: 50 }, () => hot(worker, access_token)));
    expect(new Set(answers)).toEqual(new Set(["200"]));
    expect(calls()).toBe(1);
  });

  test("are all refused by the one read, when the session has ended", async () => {
    const { access_token } = await signedIn();
    await isolate({ now: NOON }).form("/oauth/revoke", { token: access_token });
    const { worker, calls } = fragile();
    const answers = await Promise.all(Array.from({ length: 50 }, () => hot(worker, access_token)));
    expect(new Set(answers)).toEqual(new Set(["401 invalid_token"]));
    expect(calls()).toBe(1);
  });

  test("share one read that never answers, and each is answered all the same", async () => {
    const { access_token } = await signedIn();
    const it = fragile();
    it.quiet.begin();
    countWaits();
    const answers = await Promise.all(Array.from({ length: 50 }, () => hot(it.worker, access_token)));
    expect(new Set(answers)).toEqual(new Set(["200"]));
    expect(it.calls()).toBe(1);
  });
});
