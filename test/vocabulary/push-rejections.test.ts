/** Why a change is rejected, at its bounds, and what `atomic` makes of it. */
import { beforeEach, describe, expect, test } from "vitest";
import { bread, figuresOf, ids, newPhone, type Phone, type WirePush } from "./phone.ts";

let phone: Phone;
beforeEach(async () => {
  phone = await newPhone();
});

const ID = "bread-001";

describe("a change is rejected", () => {
  test.each([
    ["no object", [1, "text", null, [], true], "invalid_change", null],
    ["an id that is no text", [{ id: 12345678 }, {}], "invalid_id", null],
  ])("where it has %s, and has then no id", async (_what, changes, code, id) => {
    const { results } = await phone.push(changes);
    for (const result of results) expect(result).toEqual({ id, status: "rejected", code });
  });

  test("where its id is not 8 to 64 letters, digits, hyphens or underscores", async () => {
    const good = ["a".repeat(8), "a".repeat(64), "A_z-0123"];
    const bad = ["a".repeat(7), "a".repeat(65), "bread 001", "bröt-0001", "bread-001\n", ""];
    const { results } = await phone.push([...good, ...bad].map((id) => bread(id)));
    expect(results.slice(0, 3).map(({ status }) => status)).toEqual(["applied", "applied", "applied"]);
    expect(results.slice(3)).toEqual(bad.map((id) => ({ id, status: "rejected", code: "invalid_id" })));
  });

  test.each([
    ["text", ""],
    ["text", null],
    ["text", 1],
    ["language", "not a tag"],
    ["translation", null],
    ["translationLanguage", "e"],
    ["note", 1],
    ["category", []],
    ["tags", "a"],
    ["tags", [1]],
    ["tags", Array.from({ length: 51 }, (_, index) => `t${index}`)],
    ["favourite", 1],
    ["favourite", null],
    ["phraseId", {}],
    ["practice", []],
    ["practice", "x"],
    ["createdAt", "yesterday"],
    ["updatedAt", null],
    ["base", -1],
    ["base", 1.5],
    ["base", "1"],
    ["deleted", "true"],
    ["colour", "red"],
    ["__proto__", {}],
  ])("where its %s is %j, and says which field", async (field, value) => {
    const change = Object.fromEntries([...Object.entries(bread(ID)), [field, value]]);
    expect(await phone.pushOne(change)).toEqual({ id: ID, status: "rejected", code: "invalid_field", field });
  });

  test("not for 50 tags, or a language in any spelling of a tag", async () => {
    const tags = Array.from({ length: 50 }, (_, index) => `t${index}`);
    expect((await phone.pushOne(bread(ID, { tags, language: "zh-Hant-TW" }))).status).toBe("applied");
  });

  test.each(["text", "language", "translation", "translationLanguage"])(
    "where a new entry has no %s",
    async (field) => {
      const { [field]: _, ...fields } = bread(ID) as Record<string, unknown>;
      expect(await phone.pushOne(fields)).toEqual({ id: ID, status: "rejected", code: "missing_field" });
    },
  );

  test("where a text holds half of a character or a NUL, in a name or deep inside as well", async () => {
    const half = "\ud83e";
    const bad = [{ note: half }, { note: "a\0" }, { tags: ["a", half] }, { practice: { a: [{ [half]: 1 }] } }];
    const { results } = await phone.push(bad.map((fields, index) => bread(`text-000${index}`, fields)));
    expect(results.map(({ code }) => code)).toEqual(Array(4).fill("invalid_text"));
  });

  test("where a field is nested more than 32 levels, and the other changes go through", async () => {
    const nested = (levels: number) => ({ practice: JSON.parse(`${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`) });
    const { results } = await phone.push([
      bread(ID, nested(32)),
      bread("bread-002", nested(33)),
      bread("bread-003", { practice: { a: JSON.parse("[".repeat(1500) + "]".repeat(1500)) } }),
      bread("bread-004", { practice: JSON.parse(`${'{"a":'.repeat(90_000)}1${"}".repeat(90_000)}`) }),
      bread("bread-005"),
    ]);
    const refused = "invalid_field";
    expect(results.map(({ status, code }) => code ?? status)).toEqual([
      "applied",
      refused,
      refused,
      refused,
      "applied",
    ]);
  });

  test("where the id was in this push before, even as a change that was not taken", async () => {
    const { results } = await phone.push([{ id: ID, text: "only" }, bread(ID), bread("bread-002")]);
    expect(results.map(({ status, code }) => code ?? status)).toEqual(["missing_field", "duplicate_id", "applied"]);
  });

  test("where the entry would take more than 4,096 bytes, and not where it takes just these", async () => {
    const whole = { favourite: false, createdAt: "2026-03-10T12:00:00Z", updatedAt: "2026-03-10T12:00:00Z" };
    const { id: _, ...fields } = bread(ID, { ...whole, note: "" });
    const room = 4096 - JSON.stringify(fields).length;
    const letters = "é".repeat(Math.floor(room / 2)) + "n".repeat(room % 2);
    const { results } = await phone.push([
      bread(ID, { ...whole, note: letters }),
      bread("bread-002", { ...whole, note: `${letters}n` }),
    ]);
    expect(results.map(({ status, code }) => code ?? status)).toEqual(["applied", "too_large"]);
    expect(await figuresOf(phone.tokens.account_id)).toMatchObject({ entries: 1, bytes: 4096 });
  });

  test("where an edit would make it more than 4,096 bytes, and not where it makes it just these", async () => {
    const updatedAt = "2026-03-10T12:00:00Z";
    const { rev } = await phone.pushOne(bread(ID, { createdAt: updatedAt, updatedAt, transliteration: "t", note: "" }));
    const room = 4096 - (await figuresOf(phone.tokens.account_id)).bytes;
    const edit = (length: number) => ({ id: ID, base: rev, updatedAt, note: "n".repeat(length) });
    expect(await phone.pushOne(edit(room + 1))).toEqual({ id: ID, status: "rejected", code: "too_large" });
    expect((await phone.pushOne(edit(room))).status).toBe("applied");
  });

  test("where the server's own time, which is longer, would make it more than 4,096 bytes", async () => {
    const short = "2026-03-10T12:00:00Z";
    const { rev } = await phone.pushOne(bread(ID, { createdAt: short, updatedAt: short, note: "" }));
    const { bytes } = await figuresOf(phone.tokens.account_id);
    const note = "n".repeat(4096 - bytes);
    const full = await phone.pushOne({ id: ID, base: rev, updatedAt: short, note });
    expect([full.status, (await figuresOf(phone.tokens.account_id)).bytes]).toEqual(["applied", 4096]);
    const renamed = { id: ID, base: full.rev, translation: "PAN" };
    expect(await phone.pushOne(renamed)).toMatchObject({ status: "rejected", code: "too_large" });
    expect((await phone.pushOne({ ...renamed, updatedAt: short })).status).toBe("applied");
  });

  test("where short numbers become long ones, without giving D1 more than it takes", async () => {
    const whole = JSON.stringify({ changes: [bread(ID, { practice: { numbers: "HERE" } }), bread("bread-002")] });
    const response = await phone.worker.request("/v1/vocabulary/sync", {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${phone.tokens.access_token}` },
      body: whole.replace('"HERE"', `[${Array(200_000).fill("1e20").join()}]`),
    });
    const { results } = await response.json<WirePush>();
    expect(results.map(({ status, code }) => code ?? status)).toEqual(["too_large", "applied"]);
  });
});

describe("a whole push is refused", () => {
  test("with 501 changes, and not with 500", async () => {
    const changes = ids(501).map((id) => ({ id, deleted: true }));
    expect(await phone.pushRefused(changes)).toMatchObject({ status: 400, code: "invalid_request" });
    expect((await phone.push(changes.slice(1))).results).toHaveLength(500);
  });

  test("with more than 1 MiB, and not with 1 MiB", async () => {
    const send = (size: number) => {
      const body = JSON.stringify({ changes: [{ id: "x" }] });
      return phone.worker.request("/v1/vocabulary/sync", {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${phone.tokens.access_token}` },
        body: body + " ".repeat(size - body.length),
      });
    };
    expect((await send(1024 * 1024)).status).toBe(200);
    expect((await send(1024 * 1024 + 1)).status).toBe(413);
  });

  test("without changes, or with a since that is no stamp", async () => {
    const { worker, tokens } = phone;
    const status = async (body: unknown) =>
      (await worker.post("/v1/vocabulary/sync", body, tokens.access_token)).status;
    expect(
      await Promise.all([{}, { changes: {} }, { changes: [], since: -1 }, { changes: [], since: "0" }].map(status)),
    ).toEqual([400, 400, 400, 400]);
    expect(await status({ changes: [], since: 2 ** 53 })).toBe(400);
    expect(await status({ changes: [] })).toBe(200);
  });
});

describe("atomic", () => {
  test("applies all where every change is taken, and is safe to repeat", async () => {
    const changes = [bread(ID), bread("bread-002"), { id: "never-was", deleted: true }];
    const first = await phone.push(changes, { atomic: true });
    expect(first.results.map(({ status }) => status)).toEqual(["applied", "applied", "unchanged"]);
    const again = await phone.push(changes, { atomic: true });
    expect(again.results.map(({ status }) => status)).toEqual(["unchanged", "unchanged", "unchanged"]);
  });

  test.each([
    ["a bad change", { id: "x" }, "invalid_id"],
    ["an id twice", bread("bread-002"), "duplicate_id"],
    ["a conflict", { id: "held-0001", base: 0, note: "b" }, "conflict"],
    ["an entry that lacks a field", { id: "bread-003", text: "only" }, "missing_field"],
  ])("applies nothing where there is %s, and says of each why", async (_what, change, code) => {
    await phone.pushOne(bread("held-0001"));
    const before = await figuresOf(phone.tokens.account_id);
    const refused = await phone.pushRefused([bread("bread-002"), change, { id: "held-0001", deleted: true, base: 0 }], {
      atomic: true,
    });
    expect(refused).toMatchObject({ status: 409, code: "not_applied" });
    const outcomes = refused.results?.map((result) => result.code ?? result.status);
    expect(outcomes?.slice(0, 2)).toEqual(["not_applied", code]);
    expect(await figuresOf(phone.tokens.account_id)).toEqual(before);
    expect((await phone.pull()).items.map(({ id }) => id)).toEqual(["held-0001"]);
  });
});
