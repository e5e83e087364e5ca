// Packs over the real seed: what is in one, the same bytes everywhere, unchanged ones, their size, and which pairs there
// are none of.
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { PHRASEBOOK_VERSION_CHECK_MS } from "../../src/bounds.ts";
import { startWorker } from "../worker.ts";
import { clear, plant, plantReal, smallSeed } from "./seeding.ts";

interface Pack {
  readonly from: string;
  readonly to: string;
  readonly concepts: readonly {
    readonly id: string;
    readonly category: string;
    readonly kind: string;
    readonly from: { readonly text: string; readonly origin: string };
    readonly to: { readonly text: string; readonly origin: string };
  }[];
}

const LIMIT_BYTES = 100 * 1024;

async function gzipBytes(text: string): Promise<number> {
  const zipped = new Response(text).body?.pipeThrough(new CompressionStream("gzip"));
  return (await new Response(zipped).arrayBuffer()).byteLength;
}

let worker: ReturnType<typeof startWorker>;
let token: string;

beforeAll(async () => {
  await plantReal(env.DB);
  worker = startWorker();
  token = (await worker.signIn()).access_token;
});

const pack = (pair: string, headers?: Record<string, string>) =>
  worker.get(`/v1/phrasebook/packs/${pair}`, token, headers);

describe("a pack", () => {
  test("is every concept that both languages have, with both texts, in the seed's order", async () => {
    const response = await pack("en/es");
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe("application/json");
    expect(response.headers.get("Cache-Control")).toBe("private, max-age=86400");
    const { from, to, concepts } = await response.json<Pack>();
    expect([from, to]).toEqual(["en", "es"]);
    expect(concepts).toContainEqual({
      id: "bread",
      category: "food",
      kind: "word",
      from: expect.objectContaining({ text: "bread" }),
      to: { text: "pan", origin: "hand" },
    });
    const row = await env.DB.prepare("SELECT concepts FROM phrasebook").first<{ concepts: string }>();
    const texts = await env.DB.prepare("SELECT texts FROM phrasebook_texts WHERE language IN ('en', 'es')").all<{
      texts: string;
    }>();
    const [one = {}, other = {}] = texts.results.map((each): object => JSON.parse(each.texts));
    const both = (JSON.parse(row?.concepts ?? "[]") as { id: string }[]).filter(({ id }) => id in one && id in other);
    expect(concepts.map(({ id }) => id)).toEqual(both.map(({ id }) => id));
    expect(both.length).toBeGreaterThan(150);
  });

  test("is named by tags that are folded as everywhere", async () => {
    const { from, to } = await (await pack("EN-us/zh-CN")).json<Pack>();
    expect([from, to]).toEqual(["en", "zh-Hans"]);
    expect((await pack("en_US/zh-Hans")).headers.get("ETag")).toBe((await pack("en/zh")).headers.get("ETag"));
  });

  test("has the same bytes and ETag in every isolate", async () => {
    const other = startWorker();
    const [one, two] = await Promise.all([pack("ja/ar"), other.get("/v1/phrasebook/packs/ja/ar", token)]);
    expect(one.headers.get("ETag")).toMatch(/^"[A-Za-z0-9_-]{22}"$/);
    expect(two.headers.get("ETag")).toBe(one.headers.get("ETag"));
    expect(await two.text()).toBe(await one.text());
  });

  test("of another pair has another ETag", async () => {
    expect((await pack("en/es")).headers.get("ETag")).not.toBe((await pack("es/en")).headers.get("ETag"));
  });

  test("is under 100 KiB compressed, of whichever two of the languages with most to say", async () => {
    const rows = await env.DB.prepare(
      "SELECT language FROM phrasebook_texts ORDER BY length(CAST(texts AS BLOB)) DESC LIMIT 8",
    ).all<{ language: string }>();
    const languages = rows.results.map(({ language }) => language);
    let largest = { pair: "", plain: 0, gzip: 0 };
    for (const pair of languages.flatMap((from) => languages.map((to) => `${from}/${to}`))) {
      const text = await (await pack(pair)).text();
      const gzip = await gzipBytes(text);
      if (gzip > largest.gzip) largest = { pair, plain: new Blob([text]).size, gzip };
    }
    console.log(`largest pack: ${largest.pair}, ${largest.plain} bytes, ${largest.gzip} compressed`);
    expect(largest.gzip).toBeGreaterThan(1024);
    expect(largest.gzip).toBeLessThan(LIMIT_BYTES);
  }, 60_000);
});

describe("a pack that is there already", () => {
  test.each([
    ["as it was sent", (etag: string) => etag],
    ["weakened on the way", (etag: string) => `W/${etag}`],
    ["among others", (etag: string) => `"another", ${etag}`],
    ["as any", () => "*"],
  ])("is 304 without a body, its ETag named %s", async (_how, named) => {
    const etag = (await pack("en/es")).headers.get("ETag") ?? "";
    const response = await pack("en/es", { "If-None-Match": named(etag) });
    expect(response.status).toBe(304);
    expect(await response.text()).toBe("");
    expect(response.headers.get("ETag")).toBe(etag);
    expect(response.headers.get("Cache-Control")).toBe("private, max-age=86400");
  });

  test("is sent again where another ETag is named", async () => {
    const etag = (await pack("en/fr")).headers.get("ETag") ?? "";
    expect((await pack("en/es", { "If-None-Match": etag })).status).toBe(200);
  });
});

describe("there is no pack", () => {
  test.each([
    ["xx/es", 400, "unsupported_language", ["path.from"]],
    ["xx/yy", 400, "unsupported_language", ["path.from", "path.to"]],
    ["e/es", 400, "invalid_request", ["path.from"]],
    ["en/tlh-Latn", 404, "not_in_phrasebook", ["path.to"]],
    ["tlh/mww", 404, "not_in_phrasebook", ["path.from", "path.to"]],
  ])("%s: %i %s", async (pair, status, code, paths) => {
    const response = await pack(pair);
    const problem = await response.json<{ code: string; errors: { path: string }[] }>();
    expect([response.status, problem.code]).toEqual([status, code]);
    expect(problem.errors.map(({ path }) => path)).toEqual(paths);
  });

  test("without an access token", async () => {
    expect((await worker.get("/v1/phrasebook/packs/en/es")).status).toBe(401);
  });
});

describe("a new seed", () => {
  const seedOf = (spanish: string, japanese: string) =>
    smallSeed({
      en: { bread: ["bread", "cldr"] },
      es: { bread: [spanish, "hand"] },
      ja: { bread: [japanese, "hand"] },
    });

  beforeEach(async () => {
    await clear(env.DB);
    await plant(env.DB, seedOf("pan", "パン"));
  });
  afterAll(async () => {
    await clear(env.DB);
    await plantReal(env.DB);
  });

  const etagNow = async () => (await startWorker().get("/v1/phrasebook/packs/en/es", token)).headers.get("ETag");

  test("leaves the ETag where it leaves the pair as it was, and changes it where it does not", async () => {
    const before = await etagNow();
    await plant(env.DB, seedOf("pan", "食パン"));
    expect(await etagNow()).toBe(before);
    await plant(env.DB, seedOf("hogaza", "食パン"));
    expect(await etagNow()).not.toBe(before);
  });

  test("reaches the packs and searches of a running isolate within ten minutes", async () => {
    let offset = 0;
    const isolate = startWorker({ clock: () => Date.now() + offset });
    const access = (await isolate.signIn()).access_token;
    const served = async () => {
      const answers = await Promise.all(
        ["/packs/en/es", "?from=en&to=es&q=bread"].map((path) => isolate.get(`/v1/phrasebook${path}`, access)),
      );
      await isolate.settled();
      const bodies = await Promise.all(answers.map((answer) => answer.json<Pack>()));
      return bodies.map(({ concepts }) => concepts[0]?.to.text);
    };
    expect(await served()).toEqual(["pan", "pan"]);
    await plant(env.DB, seedOf("hogaza", "パン"));
    expect(await served()).toEqual(["pan", "pan"]);
    offset = PHRASEBOOK_VERSION_CHECK_MS;
    await served();
    expect(await served()).toEqual(["hogaza", "hogaza"]);
  });
});
