/** Importing over HTTP: what is taken and refused, all or nothing, and 10,000 entries in several requests. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { utf8 } from "../../src/encoding.ts";
import { aroundDb } from "../bindings.ts";
import { startWorker } from "../worker.ts";
import { type Carrier, csvOf, done, newCarrier } from "./import-client.ts";
import { figuresOf } from "./phone.ts";

let phone: Carrier;
beforeEach(async () => {
  phone = await newCarrier();
});

const LINE = "text,language,translation,translationLanguage\r\nbread,en,pan,es\r\n";
const revisionOf = async ({ tokens }: Carrier) => (await figuresOf(tokens.account_id)).revision;

describe("an import", () => {
  test("adds what is new, changes what is not the same, and leaves the rest", async () => {
    expect(await phone.imports(csvOf(3))).toEqual(done(3, 0, 0));
    const changed = csvOf(4).replace("entry-00001,bread", "entry-00001,loaf");
    expect(await phone.imports(changed)).toEqual(done(1, 1, 2));
    expect((await phone.entries()).map(({ text }) => text)).toEqual(["bread", "loaf", "bread", "bread"]);
  });
  test("again changes nothing, not even the account's revision", async () => {
    await phone.imports(LINE);
    const before = await revisionOf(phone);
    expect(await phone.imports(LINE)).toEqual(done(0, 0, 1));
    expect(await revisionOf(phone)).toBe(before);
  });
  test("keeps what the file does not speak of, and brings back what was deleted", async () => {
    await phone.imports(csvOf(2, { note: "warm" }));
    expect(await phone.imports(csvOf(2).replaceAll("pan", "el pan"))).toEqual(done(0, 2, 0));
    expect(await phone.entries()).toMatchObject([{ note: "warm", translation: "el pan" }, { note: "warm" }]);
    const path = "/v1/vocabulary/entry-00000";
    const authorization = { Authorization: `Bearer ${phone.tokens.access_token}` };
    expect((await phone.worker.request(path, { method: "DELETE", headers: authorization })).status).toBe(204);
    expect(await phone.imports(csvOf(2))).toEqual(done(1, 1, 0));
    expect((await phone.entries())[0]).not.toHaveProperty("note");
  });
  test("is told to other devices by their next pull", async () => {
    await phone.imports(csvOf(2));
    const answer = await phone.worker.get("/v1/vocabulary/sync", phone.tokens.access_token);
    const { items } = await answer.json<{ items: { id: string }[] }>();
    expect(items.map(({ id }) => id)).toEqual(["entry-00000", "entry-00001"]);
  });
  test.each([
    "text/csv; charset=utf-8",
    "text/plain",
    "text/tab-separated-values",
    "application/octet-stream",
    "application/vnd.ms-excel",
  ])("takes a file that is sent as %s", async (type) =>
    expect((await phone.post(`\uFEFF${LINE}`, {}, type)).status).toBe(200),
  );
  test("takes languages from the query, where the file does not say", async () => {
    const file = "text;translation\r\nbread;pan\r\n";
    expect(await phone.imports(file)).toMatchObject({ status: 400, faults: ["line 2, column 1: language is missing"] });
    expect(await phone.imports(file, { language: "en", translationLanguage: "es" })).toEqual(done(1, 0, 0));
    expect(await phone.entries()).toMatchObject([{ language: "en", translationLanguage: "es" }]);
    const wrong = await phone.imports(file, { language: "en us", translationLanguage: "es" });
    expect(wrong).toMatchObject({ status: 400, faults: ["query.language: must be a language tag"] });
  });
});

describe("a file that is refused changes nothing:", () => {
  test.each([
    ["one with a fault on its last line", `${csvOf(3)}entry-9,bread,en,pan,es\r\n`, "line 5, column 1: id: invalid id"],
    ["one with an entry too large", csvOf(2, { note: "a".repeat(4100) }), "line 2, column 1: the entry: too large"],
  ])("%s", async (_, file, fault) => {
    const { status, code, faults } = await phone.imports(file);
    expect([status, code, faults?.[0]]).toEqual([400, "invalid_request", fault]);
    expect(await revisionOf(phone)).toBe(0);
  });
  test("one in another encoding, which is named", async () => {
    const bytes = new Uint8Array([...utf8(LINE), 0xe9]);
    expect(await phone.imports(bytes)).toMatchObject({ status: 400, detail: expect.stringContaining("Windows-1252") });
    const utf16 = new Uint8Array([0xff, 0xfe, ...new Uint8Array(new Uint16Array([116, 101]).buffer)]);
    expect(await phone.imports(utf16)).toMatchObject({ status: 400, detail: expect.stringContaining("UTF-16") });
  });
  test("one of another type", async () => {
    expect((await phone.post(LINE, {}, "application/vnd.oasis.opendocument.spreadsheet")).status).toBe(415);
  });
  test("one over 2 MiB, one of 2 MiB is taken", async () => {
    const limit = 2 * 1024 * 1024;
    const padded = (bytes: number) => LINE + "\n".repeat(bytes - LINE.length);
    expect(await phone.imports(padded(limit + 1))).toMatchObject({ status: 413, code: "payload_too_large" });
    expect(await phone.imports(padded(limit))).toEqual(done(1, 0, 0));
  });
  test("one whose entries would be too large together with what is held, with other entries that would not", async () => {
    await phone.imports(csvOf(2, { note: "a".repeat(3900) }));
    const category = `id,text,language,translation,translationLanguage,category\nentry-00001,b,en,p,es,${"b".repeat(300)}\n`;
    const file = `${category}entry-00002,milk,en,leche,es,drinks\n`;
    const before = await revisionOf(phone);
    for (const dryRun of ["true", "false"])
      expect(await phone.imports(file, { dryRun })).toMatchObject({
        status: 400,
        faults: ["entry-00001: would be too large"],
      });
    expect(await revisionOf(phone)).toBe(before);
  });
});

test("a dry run tells the same counts, and changes nothing", async () => {
  await phone.imports(csvOf(3));
  const file = csvOf(5).replace("entry-00001,bread", "entry-00001,loaf");
  const before = await figuresOf(phone.tokens.account_id);
  const told = await phone.post(file, { dryRun: "true" });
  expect(await told.json()).toEqual({ created: 2, updated: 1, unchanged: 2, dryRun: true });
  expect(await figuresOf(phone.tokens.account_id)).toEqual(before);
  expect(await phone.imports(file)).toEqual(done(2, 1, 2));
});

describe("a session that ended", () => {
  const end = (sessionId: string) =>
    env.DB.prepare("UPDATE sessions SET revoked_at = 1 WHERE id = ?1").bind(sessionId).run();

  test.each(["false", "true"])("imports nothing (dry run %s)", async (dryRun) => {
    await end(phone.tokens.session_id);
    expect(await phone.imports(LINE, { dryRun })).toMatchObject({ status: 401, code: "invalid_token" });
    expect(await revisionOf(phone)).toBe(0);
  });
  test("while the request is under way imports nothing", async () => {
    let endFirst = "";
    const db = aroundDb(env.DB, async (make) => {
      if (endFirst !== "") await end(endFirst);
      return make();
    });
    const late = await newCarrier(startWorker({ env: { DB: db } }));
    endFirst = late.tokens.session_id;
    expect(await late.imports(LINE)).toMatchObject({ status: 401, code: "invalid_token" });
    endFirst = "";
    expect(await revisionOf(late)).toBe(0);
  });
});

test("10,000 entries come in as two files, each in one batch, and one more finds no room", async () => {
  const batches: number[] = [];
  const db = aroundDb(env.DB, (make, { args }) => {
    batches.push(args.length);
    return make();
  });
  const full = await newCarrier(startWorker({ env: { DB: db } }));
  batches.length = 0;
  expect(await full.imports(csvOf(5000, { note: "ü".repeat(50) }))).toEqual(done(5000, 0, 0));
  expect(batches).toHaveLength(1);
  expect(await full.imports(csvOf(5000, { from: 5000 }))).toEqual(done(5000, 0, 0));
  expect((await figuresOf(full.tokens.account_id)).entries).toBe(10_000);
  expect(await full.imports(csvOf(1, { from: 10_000 }))).toMatchObject({ status: 409, code: "vocabulary_full" });
  expect(await full.imports(csvOf(5000))).toEqual(done(0, 0, 5000));
  expect((await full.file("csv")).split("\r\n")).toHaveLength(10_002);
});
