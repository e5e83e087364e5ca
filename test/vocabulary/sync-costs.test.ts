/** What sync costs in D1, as D1 itself counts it: one batch a request, and rows read and written. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { aroundDb, counting } from "../bindings.ts";
import { startWorker } from "../worker.ts";
import { bread, ids, newPhone, type Phone, phoneWith } from "./phone.ts";

/** Rows of the batches since it was last set to none, summed over their statements. */
const rows = { read: 0, written: 0 };

const watched = aroundDb(env.DB, async (make, { method }) => {
  const answer = await make();
  if (method !== "batch") return answer;
  // What a batch resolves to.
  for (const { meta } of answer as unknown as D1Result[]) {
    rows.read += meta.rows_read;
    rows.written += meta.rows_written;
  }
  return answer;
});
const { env: bindings, take } = counting({ DB: watched, TRANSLATIONS: env.TRANSLATIONS });

let phone: Phone;
beforeEach(async () => {
  const { tokens } = await newPhone();
  phone = phoneWith(startWorker({ env: bindings }), tokens);
});

/** The rows that a request cost; it must take one batch, and nothing else. */
async function costOf(request: () => Promise<unknown>) {
  await phone.worker.settled();
  take();
  Object.assign(rows, { read: 0, written: 0 });
  await request();
  expect(take()).toEqual({ d1Statements: 0, d1Batches: 1, kvGets: 0, kvPuts: 0, fetches: 0 });
  return { ...rows };
}

const fresh = (count: number) => ids(count, 90_000).map((id) => bread(id));

/** Session, device, account and deployment, and what a statement looks them up by. */
const OWNER_ROWS = 8;

/** Rows that judging one change may read: its fields, those of the entry, and the steps that they pass. */
const ROWS_PER_CHANGE = 45;
/** What was not applied is judged once more, to be told. */
const ROWS_PER_UNCHANGED = 60;

describe.each([0, 5000])("in an account of %i entries", (held) => {
  beforeEach(() => phone.fill(ids(held)));

  test("100 new entries write their rows, the index's and the account's, and read in proportion to themselves", async () => {
    const cost = await costOf(() => phone.push(fresh(100)));
    expect(cost.written).toBe(201);
    expect(cost.read).toBeLessThan(100 * ROWS_PER_CHANGE);
  });

  test("the same again writes nothing", async () => {
    await phone.push(fresh(100));
    const cost = await costOf(() => phone.push(fresh(100)));
    expect(cost.written).toBe(0);
    expect(cost.read).toBeLessThan(100 * ROWS_PER_UNCHANGED);
  });

  test("five times as many read five times as much", async () => {
    const hundred = await costOf(() => phone.push(fresh(100)));
    const more = await costOf(() => phone.push(ids(500, 95_000).map((id) => bread(id))));
    expect(more.read / hundred.read).toBeGreaterThan(4.5);
    expect(more.read / hundred.read).toBeLessThan(5.5);
    expect(more.written).toBe(1001);
  });

  test("nothing new reads the account, and writes nothing", async () => {
    const { cursor } = await phone.push([]);
    const cost = await costOf(() => phone.pull({ since: cursor }));
    expect(cost.written).toBe(0);
    expect(cost.read).toBeLessThanOrEqual(OWNER_ROWS);
  });
});

test("a pull of 50 out of 5,000 reads 51, to know of the next page, and writes nothing", async () => {
  await phone.fill(ids(5000));
  const first = await costOf(() => phone.pull({ limit: 50 }));
  expect(first.written).toBe(0);
  expect(first.read - 51).toBeGreaterThanOrEqual(0);
  expect(first.read - 51).toBeLessThanOrEqual(2 * OWNER_ROWS);
  const { page = "" } = await phone.pull({ limit: 50 });
  const second = await costOf(() => phone.pull({ limit: 50, page }));
  expect(second).toEqual(first);
});

test("a deletion writes its row, the tombstone's place in both indexes, and the account's", async () => {
  const { cursor } = await phone.push(fresh(1), { since: 0 });
  const cost = await costOf(() => phone.push(fresh(1).map(({ id }) => ({ id, base: cursor, deleted: true }))));
  expect(cost.written).toBe(4);
});
