/** The account's limits, 10,000 entries and 4 MiB, exactly at their bounds. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { bread, figuresOf, newPhone, type Phone } from "./phone.ts";

const ENTRIES = 10_000;
const BYTES = 4 * 1024 * 1024;

let phone: Phone;
beforeEach(async () => {
  phone = await newPhone();
});

/** As if there were so much more in the account. */
const pad = (entries: number, bytes: number) =>
  env.DB.prepare("UPDATE accounts SET entry_count = entry_count + ?2, entry_bytes = entry_bytes + ?3 WHERE id = ?1")
    .bind(phone.tokens.account_id, entries, bytes)
    .run();

const WHOLE = { favourite: false, createdAt: "2026-03-10T12:00:00Z", updatedAt: "2026-03-10T12:00:00Z" };
const { id: _, ...fields } = bread("bread-000", WHOLE);
/** What an entry of these fields takes. */
const SIZE = JSON.stringify(fields).length;

const outcomes = async (changes: readonly unknown[], more: object = {}) =>
  (await phone.push(changes, more)).results.map(({ status, code }) => code ?? status);

describe("10,000 entries", () => {
  test("the last one fits, the next does not", async () => {
    await pad(ENTRIES - 1, 0);
    expect(await outcomes([bread("bread-001"), bread("bread-002")])).toEqual(["applied", "quota_exceeded"]);
    expect(await outcomes([bread("bread-002")])).toEqual(["quota_exceeded"]);
    expect((await figuresOf(phone.tokens.account_id)).entries).toBe(ENTRIES);
  });

  test("of three in one push where there is room for one, that one is applied and the others are told so", async () => {
    await pad(ENTRIES - 1, 0);
    const { results } = await phone.push([bread("three-001"), bread("three-002"), bread("three-003")]);
    expect(results).toMatchObject([
      { status: "applied" },
      { status: "rejected", code: "quota_exceeded" },
      { status: "rejected", code: "quota_exceeded" },
    ]);
  });

  test("entries that are there can be edited and deleted, and a deletion makes room in the same push", async () => {
    const { rev } = await phone.pushOne(bread("bread-001"));
    await pad(ENTRIES - 1, 0);
    const edited = await phone.pushOne({ id: "bread-001", base: rev, note: "longer" });
    expect(edited.status).toBe("applied");
    const room = [{ id: "bread-001", base: edited.rev, deleted: true }, bread("bread-002"), bread("bread-003")];
    expect(await outcomes(room)).toEqual(["applied", "applied", "quota_exceeded"]);
  });

  test("a deleted entry that is made anew needs room again", async () => {
    const { rev } = await phone.pushOne(bread("bread-001"));
    const { rev: base } = await phone.pushOne({ id: "bread-001", base: rev, deleted: true });
    await pad(ENTRIES, 0);
    expect(await outcomes([bread("bread-001", { base })])).toEqual(["quota_exceeded"]);
  });
});

describe("4 MiB", () => {
  test("the last byte fits, the next does not", async () => {
    await pad(1, BYTES - SIZE);
    const longer = { ...WHOLE, translation: "pane" };
    expect(await outcomes([bread("bread-001", longer)])).toEqual(["quota_exceeded"]);
    expect(await outcomes([bread("bread-001", WHOLE)])).toEqual(["applied"]);
    expect((await figuresOf(phone.tokens.account_id)).bytes).toBe(BYTES);
  });

  test("what does not fit takes no room from what stands behind it", async () => {
    await pad(0, BYTES - 2000);
    const changes = [bread("bread-001", { note: "x".repeat(3000) }), bread("bread-002"), bread("bread-003")];
    expect(await outcomes(changes)).toEqual(["quota_exceeded", "applied", "applied"]);
  });

  test("what is full can be made shorter, and not longer", async () => {
    const { rev } = await phone.pushOne(bread("bread-001", WHOLE));
    await pad(1, BYTES - SIZE);
    const at = { id: "bread-001", base: rev, updatedAt: WHOLE.updatedAt };
    expect(await outcomes([{ ...at, translation: "pane" }])).toEqual(["quota_exceeded"]);
    expect(await outcomes([{ ...at, translation: "pa" }])).toEqual(["applied"]);
  });
});

describe("over quota, as after joining another account", () => {
  test("deletions are always accepted", async () => {
    const { rev } = await phone.pushOne(bread("bread-001"));
    await pad(2 * ENTRIES, 2 * BYTES);
    expect(await outcomes([{ id: "bread-001", base: rev, deleted: true }])).toEqual(["applied"]);
    expect((await figuresOf(phone.tokens.account_id)).entries).toBe(2 * ENTRIES);
  });

  test("an edit that makes an entry no longer is accepted", async () => {
    const { rev } = await phone.pushOne(bread("bread-001", WHOLE));
    await pad(2 * ENTRIES, 2 * BYTES);
    const change = { id: "bread-001", base: rev, translation: "piñ".slice(0, 2), updatedAt: WHOLE.updatedAt };
    expect(await outcomes([change])).toEqual(["applied"]);
  });

  test("atomic: the change that does not fit stops all", async () => {
    await pad(ENTRIES - 1, 0);
    const refused = await phone.pushRefused([bread("bread-001"), bread("bread-002")], { atomic: true });
    expect(refused).toMatchObject({ status: 409, code: "not_applied" });
    expect(refused.results?.map(({ code }) => code)).toEqual(["not_applied", "quota_exceeded"]);
    expect((await phone.pull()).items).toEqual([]);
  });
});
