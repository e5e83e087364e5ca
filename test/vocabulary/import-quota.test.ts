/** An import against the account's quotas: a file that does not fit whole is refused whole, and a dry run says so too. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { aroundDb } from "../bindings.ts";
import { startWorker } from "../worker.ts";
import { type Carrier, carrierWith, csvOf, done, newCarrier } from "./import-client.ts";
import { figuresOf } from "./phone.ts";

const MIB = 1024 * 1024;
const FULL = { status: 409, code: "vocabulary_full" };

let phone: Carrier;
beforeEach(async () => {
  phone = await newCarrier();
});

/** Says that the account keeps so much, as if there were more entries. */
const pretend = (column: "entry_count" | "entry_bytes", value: number, { tokens }: Carrier = phone) =>
  env.DB.prepare(`UPDATE accounts SET ${column} = ?2 WHERE id = ?1`).bind(tokens.account_id, value).run();

async function expectRefused(file: string): Promise<void> {
  const before = await figuresOf(phone.tokens.account_id);
  expect(await phone.imports(file, { dryRun: "true" })).toMatchObject(FULL);
  expect(await phone.imports(file)).toMatchObject(FULL);
  expect(await figuresOf(phone.tokens.account_id)).toEqual(before);
}

describe("an import into a vocabulary that is nearly full", () => {
  test("is taken up to the last entry, and refused whole beyond it", async () => {
    await pretend("entry_count", 9995);
    await expectRefused(csvOf(6));
    expect(await phone.imports(csvOf(6))).toMatchObject({ detail: expect.stringContaining("5 more entries") });
    expect(await phone.imports(csvOf(5), { dryRun: "true" })).toEqual(done(5, 0, 0));
    expect(await phone.imports(csvOf(5))).toEqual(done(5, 0, 0));
  });
  test("is taken up to the last byte, and refused whole beyond it", async () => {
    await phone.imports(csvOf(3));
    const { bytes } = await figuresOf(phone.tokens.account_id);
    const more = csvOf(3, { from: 3 });
    await pretend("entry_bytes", 4 * MIB - bytes + 1);
    await expectRefused(more);
    await pretend("entry_bytes", 4 * MIB - bytes);
    expect(await phone.imports(more, { dryRun: "true" })).toEqual(done(3, 0, 0));
    expect(await phone.imports(more)).toEqual(done(3, 0, 0));
    expect((await figuresOf(phone.tokens.account_id)).bytes).toBe(4 * MIB);
  });
  test("that grows beyond the quota before it shrinks again is refused, and says so", async () => {
    await phone.imports(csvOf(1, { from: 1, note: "a".repeat(1000) }));
    await pretend("entry_bytes", 4 * MIB - 10);
    const grows = csvOf(1, { note: "b".repeat(100) });
    const shrinks = csvOf(1, { from: 1, note: "c" }).split("\r\n")[1];
    await expectRefused(`${grows}${shrinks}\r\n`);
    const [header, line] = grows.split("\r\n");
    expect(await phone.imports(`${header}\r\n${shrinks}\r\n${line}\r\n`)).toEqual(done(1, 1, 0));
  });
  test("that is over its quotas already takes what needs no room", async () => {
    await phone.imports(csvOf(2, { note: "warm" }));
    await pretend("entry_count", 10_500);
    await pretend("entry_bytes", 5 * MIB);
    await expectRefused(csvOf(1, { from: 2 }));
    await expectRefused(csvOf(2, { note: "warmer" }));
    expect(await phone.imports(csvOf(2, { note: "hot" }))).toEqual(done(0, 2, 0));
    expect(await phone.imports(csvOf(2, { note: "hot" }))).toEqual(done(0, 0, 2));
  });
});

describe("a file that takes several statements", () => {
  // Three bytes a character: 2 MB as bytes are 700,000 characters.
  const note = "パ".repeat(1250);
  const file = csvOf(540, { note });

  test("hands D1 no string over 1 MB, in one batch", async () => {
    const lengths: number[] = [];
    let batches = 0;
    const bound = new Proxy(env.DB, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (name === "prepare")
          return (sql: string) => {
            const statement = target.prepare(sql);
            const bind = statement.bind.bind(statement);
            statement.bind = (...values: unknown[]) => {
              for (const value of values)
                if (typeof value === "string") lengths.push(new TextEncoder().encode(value).byteLength);
              return bind(...values);
            };
            return statement;
          };
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
    const worker = startWorker({
      env: {
        DB: aroundDb(bound, (make, { method }) => {
          batches += method === "batch" ? 1 : 0;
          return make();
        }),
      },
    });
    const large = await newCarrier(worker);
    batches = 0;
    expect(await large.imports(file)).toEqual(done(540, 0, 0));
    expect(batches).toBe(1);
    expect(Math.max(...lengths)).toBeGreaterThan(900_000);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1_000_000);
    const { entries, revision } = await figuresOf(large.tokens.account_id);
    expect([entries, revision]).toEqual([540, 540]);
  });

  test("and does not fit in its last one changes nothing", async () => {
    await pretend("entry_count", 10_000 - 539);
    await expectRefused(file);
    await pretend("entry_count", 10_000 - 540);
    expect(await phone.imports(file, { dryRun: "true" })).toEqual(done(540, 0, 0));
    expect(await phone.imports(file)).toEqual(done(540, 0, 0));
  });
});

test("a file that did not fit, and would when the reason is asked for, is refused all the same", async () => {
  let makeRoom = false;
  const db = aroundDb(env.DB, async (make, { args }) => {
    // Another device deletes something between the two batches.
    const isReason = makeRoom && !args.some((sql) => String(sql).includes("INSERT INTO entries"));
    if (isReason) await pretend("entry_count", 0, racing);
    return make();
  });
  const worker = startWorker({ env: { DB: db } });
  const racing: Carrier = carrierWith(worker, await worker.signIn());
  await pretend("entry_count", 10_000, racing);
  makeRoom = true;
  expect(await racing.imports(csvOf(2))).toMatchObject(FULL);
  makeRoom = false;
  expect((await figuresOf(racing.tokens.account_id)).revision).toBe(0);
  expect(await racing.imports(csvOf(2))).toEqual(done(2, 0, 0));
});
