// What the phrasebook's routes cost, counted around the bindings, and what they answer when D1 is silent.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { D1_WAIT_MS } from "../../src/bounds.ts";
import { aroundDb, counting, failing, hanging } from "../bindings.ts";
import { startWorker } from "../worker.ts";
import { plantReal } from "./seeding.ts";

const NOTHING = { d1Statements: 0, d1Batches: 0, kvGets: 0, kvPuts: 0, fetches: 0 };
const PACK = "/v1/phrasebook/packs/en/ja";

let token: string;

beforeAll(async () => {
  await plantReal(env.DB);
  token = (await startWorker().signIn()).access_token;
});

describe("a cold isolate", () => {
  test.each([
    ["a pack", PACK, 3],
    ["a page", "/v1/phrasebook?from=en&to=ja&q=tea", 3],
    ["the languages", "/v1/phrasebook/languages", 2],
    ["the categories", "/v1/phrasebook/categories", 1],
  ])("answers %s (%s) with %i reads, and the same again with none", async (_what, path, reads) => {
    const counted = counting(env);
    const worker = startWorker({ env: counted.env });
    expect((await worker.get(path, token)).status).toBe(200);
    expect(counted.take()).toEqual({ ...NOTHING, d1Statements: reads });
    expect((await worker.get(path, token)).status).toBe(200);
    await worker.settled();
    expect(counted.take()).toEqual(NOTHING);
  });
});

describe("a warm isolate", () => {
  test("answers 304, other pages, searches and categories from memory", async () => {
    const counted = counting(env);
    const worker = startWorker({ env: counted.env });
    const etag = (await worker.get(PACK, token)).headers.get("ETag") ?? "";
    counted.take();
    expect((await worker.get(PACK, token, { "If-None-Match": etag })).status).toBe(304);
    for (const path of [
      "?from=ja&to=en",
      "?from=en&to=ja&category=food&limit=2",
      "?from=en&to=ja&q=ぱん",
      "/categories",
    ])
      expect((await worker.get(`/v1/phrasebook${path}`, token)).status).toBe(200);
    await worker.settled();
    expect(counted.take()).toEqual(NOTHING);
  });
});

describe("when D1 is silent", () => {
  test("a cold isolate answers 503 within the bound, on every route at once", async () => {
    const worker = startWorker({ env: { DB: aroundDb(env.DB, hanging) } });
    const before = performance.now();
    const responses = await Promise.all(
      [PACK, "/v1/phrasebook?from=en&to=ja", "/v1/phrasebook/languages", "/v1/phrasebook/categories"].map((path) =>
        worker.get(path, token),
      ),
    );
    expect(performance.now() - before).toBeLessThan(D1_WAIT_MS + 1000);
    for (const response of responses) {
      expect([response.status, (await response.json<{ code: string }>()).code]).toEqual([503, "storage_unavailable"]);
      expect(Number(response.headers.get("Retry-After"))).toBeGreaterThan(0);
    }
  }, 10_000);

  test("a warm one goes on", async () => {
    let broken = false;
    const db = aroundDb(env.DB, (make, call) => (broken ? hanging(make, call) : make()));
    const worker = startWorker({ env: { DB: db } });
    await worker.get(PACK, token);
    broken = true;
    expect((await worker.get(PACK, token)).status).toBe(200);
    expect((await worker.get("/v1/phrasebook?from=ja&to=en&q=tea", token)).status).toBe(200);
  });
});

describe("when D1 fails", () => {
  test("a cold isolate answers 503, and recovers with it", async () => {
    let broken = true;
    const db = aroundDb(env.DB, (make, call) => (broken ? failing("D1_ERROR: lost")(make, call) : make()));
    const worker = startWorker({ env: { DB: db } });
    expect((await worker.get(PACK, token)).status).toBe(503);
    broken = false;
    expect((await worker.get(PACK, token)).status).toBe(200);
  });
});
