/** One entry at a time, by route: made, read, replaced, changed and deleted, on the same revisions as sync. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { counting } from "../bindings.ts";
import { startWorker } from "../worker.ts";
import { BREAD, bread, figuresOf, newPhone, type Phone, phoneWith, type WireItem, type WireRefusal } from "./phone.ts";

const ID = "bread-001";
const PATH = `/v1/vocabulary/${ID}`;

let phone: Phone;
beforeEach(async () => {
  phone = await newPhone();
});

function send(method: string, path: string, body?: object, headers: Record<string, string> = {}, one = phone) {
  return one.worker.request(path, {
    method,
    headers: { Authorization: `Bearer ${one.tokens.access_token}`, "Content-Type": "application/json", ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
}
const entry = (response: Response) => response.json<WireItem>();
const codeOf = async (response: Response) => (await response.json<WireRefusal>()).code;
const etag = (rev: number | undefined) => `"${rev}"`;

describe("POST", () => {
  test("makes an entry with an id, and says where it is", async () => {
    const response = await send("POST", "/v1/vocabulary", BREAD);
    expect(response.status).toBe(201);
    const { id, rev, ...fields } = await entry(response);
    expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(fields).toMatchObject({ ...BREAD, favourite: false });
    expect(response.headers.get("Location")).toBe(`/v1/vocabulary/${id}`);
    expect(response.headers.get("ETag")).toBe(etag(rev));
    expect(await phone.held(id)).toEqual({ id, rev, ...fields });
  });

  test("with the client's id is safe to repeat: 201, then 200 with the same revision", async () => {
    const first = await send("POST", "/v1/vocabulary", bread(ID, { note: "a" }));
    const again = await send("POST", "/v1/vocabulary", bread(ID, { note: "a" }));
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.headers.get("ETag")).toBe(first.headers.get("ETag"));
    expect(again.headers.has("Location")).toBe(false);
  });

  test("does not touch another entry under that id", async () => {
    await phone.pushOne(bread(ID, { note: "first" }));
    const refused = await send("POST", "/v1/vocabulary", bread(ID, { note: "second" }));
    expect([refused.status, await codeOf(refused)]).toEqual([412, "precondition_failed"]);
    expect(await phone.held(ID)).toMatchObject({ note: "first" });
  });

  test("makes a deleted entry anew", async () => {
    const { rev } = await phone.pushOne(bread(ID, { note: "old" }));
    await phone.pushOne({ id: ID, base: rev, deleted: true });
    const response = await send("POST", "/v1/vocabulary", bread(ID));
    expect(response.status).toBe(201);
    expect(await entry(response)).not.toHaveProperty("note");
  });

  test.each([
    [{ ...BREAD, id: "short" }, "", "invalid id"],
    [{ ...BREAD, id: 12345678 }, "", "invalid id"],
    [{ ...BREAD, id: null }, "", "invalid id"],
    [[], "", "must be an object of fields"],
    [{ ...BREAD, language: "?" }, "language", "invalid field"],
    [{ ...BREAD, colour: "red" }, "colour", "invalid field"],
    [{ text: "a", language: "en", translation: "b" }, "translationLanguage", "missing field"],
    [{ ...BREAD, note: "n".repeat(4096) }, "", "too large"],
  ])("refuses %j, and says why", async (body, path, message) => {
    const response = await send("POST", "/v1/vocabulary", body);
    expect(response.status).toBe(400);
    expect((await response.json<WireRefusal>()).errors).toEqual([{ path, message }]);
  });

  test("refuses what does not fit into the account", async () => {
    await env.DB.prepare("UPDATE accounts SET entry_count = 9999 WHERE id = ?1").bind(phone.tokens.account_id).run();
    expect((await send("POST", "/v1/vocabulary", BREAD)).status).toBe(201);
    const refused = await send("POST", "/v1/vocabulary", BREAD);
    expect([refused.status, await codeOf(refused)]).toEqual([409, "vocabulary_full"]);
  });
});

describe("GET", () => {
  test("reads one with its revision, and 304 while it is the same", async () => {
    const { rev } = await phone.pushOne(bread(ID));
    const response = await send("GET", PATH);
    expect([response.status, response.headers.get("ETag")]).toEqual([200, etag(rev)]);
    expect(await entry(response)).toEqual(await phone.held(ID));
    const unchanged = await send("GET", PATH, undefined, { "If-None-Match": etag(rev) });
    expect([unchanged.status, await unchanged.text(), unchanged.headers.get("ETag")]).toEqual([304, "", etag(rev)]);
    await phone.pushOne({ id: ID, base: rev, note: "a" });
    expect((await send("GET", PATH, undefined, { "If-None-Match": etag(rev) })).status).toBe(200);
  });

  test("404 for what never was, what is deleted, what is another account's, and what is no id", async () => {
    expect(await codeOf(await send("GET", PATH))).toBe("not_found");
    const { rev } = await phone.pushOne(bread(ID));
    const stranger = await newPhone(phone.worker);
    expect((await send("GET", PATH, undefined, {}, stranger)).status).toBe(404);
    await phone.pushOne({ id: ID, base: rev, deleted: true });
    expect((await send("GET", PATH)).status).toBe(404);
    expect((await send("GET", "/v1/vocabulary/%20")).status).toBe(404);
  });
});

describe("PUT", () => {
  test("makes an entry, then replaces it whole: what is not named is cleared", async () => {
    const made = await send("PUT", PATH, { ...BREAD, note: "a", favourite: true });
    expect(made.status).toBe(201);
    const { createdAt } = await entry(made);
    const replaced = await send("PUT", PATH, { ...BREAD, category: "food" });
    expect(replaced.status).toBe(200);
    const now = await entry(replaced);
    expect(now).toMatchObject({ ...BREAD, category: "food", favourite: false, createdAt });
    expect(now).not.toHaveProperty("note");
  });

  test("takes back what GET gave, unchanged", async () => {
    const { rev } = await phone.pushOne(bread(ID, { tags: ["a"], practice: { level: 1 } }));
    const response = await send("PUT", PATH, await entry(await send("GET", PATH)));
    expect([response.status, response.headers.get("ETag")]).toEqual([200, etag(rev)]);
  });

  test("needs every field that an entry must have, also where one is there", async () => {
    await phone.pushOne(bread(ID));
    const { text: _, ...rest } = BREAD;
    const refused = await send("PUT", PATH, rest);
    expect(refused.status).toBe(400);
    expect((await refused.json<WireRefusal>()).errors).toEqual([{ path: "text", message: "missing field" }]);
  });

  test("brings a deleted entry back", async () => {
    const { rev } = await phone.pushOne(bread(ID));
    await phone.pushOne({ id: ID, base: rev, deleted: true });
    expect((await send("PUT", PATH, BREAD)).status).toBe(201);
    expect((await figuresOf(phone.tokens.account_id)).entries).toBe(1);
  });
});

describe("PATCH", () => {
  test("changes what is named, and null clears", async () => {
    await phone.pushOne(bread(ID, { note: "a", category: "food" }));
    const response = await send("PATCH", PATH, { note: null, translation: "el pan" });
    expect(response.status).toBe(200);
    const now = await entry(response);
    expect(now).toMatchObject({ ...BREAD, translation: "el pan", category: "food" });
    expect(now).not.toHaveProperty("note");
  });

  test("404 where there is none, with all fields as well, and makes none", async () => {
    expect((await send("PATCH", PATH, { note: "a" })).status).toBe(404);
    expect((await send("PATCH", PATH, BREAD)).status).toBe(404);
    const { rev } = await phone.pushOne(bread(ID));
    await phone.pushOne({ id: ID, base: rev, deleted: true });
    expect((await send("PATCH", PATH, BREAD)).status).toBe(404);
    expect((await figuresOf(phone.tokens.account_id)).entries).toBe(0);
  });

  test("refuses what would be too large", async () => {
    await phone.pushOne(bread(ID, { note: "n".repeat(2500) }));
    const refused = await send("PATCH", PATH, { transliteration: "t".repeat(2500) });
    expect((await refused.json<WireRefusal>()).errors).toEqual([{ path: "", message: "too large" }]);
  });
});

describe("DELETE", () => {
  test("leaves a tombstone for the other devices, and is 204 again while that is kept", async () => {
    const { rev } = await phone.pushOne(bread(ID));
    expect((await send("DELETE", PATH)).status).toBe(204);
    expect((await send("DELETE", PATH)).status).toBe(204);
    expect((await phone.pull({ since: rev ?? 0 })).items).toMatchObject([{ id: ID, deleted: true }]);
  });

  test("404 for what never was", async () => {
    expect((await send("DELETE", PATH)).status).toBe(404);
  });
});

test.each(["PUT", "PATCH"])("%s refuses a list in place of fields", async (method) => {
  await phone.pushOne(bread(ID, { note: "a" }));
  for (const body of [[], [BREAD]]) {
    const response = await send(method, PATH, body);
    expect([response.status, (await response.json<WireRefusal>()).errors]).toEqual([
      400,
      [{ path: "", message: "must be an object of fields" }],
    ]);
  }
  expect(await phone.held(ID)).toMatchObject({ note: "a" });
});

test.each([
  ["POST", "/v1/vocabulary", BREAD],
  ["PUT", "/v1/vocabulary/bread-002", BREAD],
  ["PUT", PATH, BREAD],
  ["GET", PATH, undefined],
  ["GET", "/v1/vocabulary?q=bread", undefined],
  ["PATCH", PATH, { note: "a" }],
  ["DELETE", PATH, undefined],
])("%s %s takes one batch", async (method, path, body) => {
  await phone.pushOne(bread(ID));
  const { env: bindings, take } = counting(env);
  const one = phoneWith(startWorker({ env: bindings }), phone.tokens);
  await one.pull();
  await one.worker.settled();
  take();
  expect((await send(method, path, body, {}, one)).ok).toBe(true);
  expect(take()).toEqual({ d1Statements: 0, d1Batches: 1, kvGets: 0, kvPuts: 0, fetches: 0 });
});
