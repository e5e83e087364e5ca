// The list over the real seed: filters, search and pages through HTTP. Whatever is asked and however it is cut, the pages
// together are the whole, once.
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { PHRASEBOOK_VERSION_CHECK_MS } from "../../src/bounds.ts";
import { startWorker } from "../worker.ts";
import { clear, plant, plantReal, smallSeed } from "./seeding.ts";

interface List {
  readonly from: string;
  readonly to: string;
  readonly total: number;
  readonly concepts: readonly {
    readonly id: string;
    readonly category: string;
    readonly from: { readonly text: string };
    readonly to: { readonly text: string };
  }[];
  readonly page?: string;
}

let worker: ReturnType<typeof startWorker>;
let token: string;

beforeAll(async () => {
  await plantReal(env.DB);
  worker = startWorker();
  token = (await worker.signIn()).access_token;
});

const ask = (query: Record<string, string>) => worker.get(`/v1/phrasebook?${new URLSearchParams(query)}`, token);

async function list(query: Record<string, string>): Promise<List> {
  const response = await ask(query);
  if (response.status !== 200) throw new Error(await response.text());
  return response.json();
}

async function codeOf(query: Record<string, string>): Promise<[number, string, string[]]> {
  const response = await ask(query);
  const { code, errors = [] } = await response.json<{ code: string; errors?: { path: string }[] }>();
  return [response.status, code, errors.map(({ path }) => path)];
}

const everything = async (pair: { from: string; to: string }) =>
  (await (await worker.get(`/v1/phrasebook/packs/${pair.from}/${pair.to}`, token)).json<List>()).concepts;

describe("the list", () => {
  test("is the pack in pages of 50", async () => {
    const pair = { from: "en", to: "ja" };
    const all = await everything(pair);
    const { total, concepts, page } = await list(pair);
    expect(total).toBe(all.length);
    expect(concepts).toEqual(all.slice(0, 50));
    expect((await list({ ...pair, page: page ?? "" })).concepts).toEqual(all.slice(50, 100));
  });

  test("is found by search, in either language and with what its users leave out", async () => {
    const idsOf = async (from: string, to: string, q: string) =>
      (await list({ from, to, q })).concepts.map(({ id }) => id);
    expect(await idsOf("en", "es", "BREAD")).toContain("bread");
    expect(await idsOf("en", "es", "pan")).toContain("bread");
    expect((await idsOf("en", "fr", "cafe"))[0]).toBe("coffee");
    expect(await idsOf("en", "ja", "ぱん")).toContain("bread");
    expect((await idsOf("ja", "ko", "커피"))[0]).toBe("coffee");
    expect(await idsOf("en", "ar", "قهوه")).toContain("coffee");
  });

  test("of a category has nothing else, and of one that there is not nothing", async () => {
    const all = await everything({ from: "en", to: "es" });
    const { total, concepts } = await list({ from: "en", to: "es", category: "food", limit: "200" });
    expect(concepts).toEqual(all.filter(({ category }) => category === "food").slice(0, 200));
    expect(total).toBe(all.filter(({ category }) => category === "food").length);
    expect(await list({ from: "en", to: "es", category: "nothing" })).toMatchObject({ total: 0, concepts: [] });
  });

  test("folds its tags", async () => {
    expect(await list({ from: "EN-gb", to: "no" })).toMatchObject({ from: "en", to: "nb" });
  });
});

describe("the pages together", () => {
  test("are the whole, once, in one order, however they are cut", async () => {
    const languages = fc.constantFrom("en", "es", "ja", "zh-Hans", "th", "ar", "tr");
    const asked = fc.record({
      from: languages,
      to: languages,
      category: fc.constantFrom("", "food", "drink", "transport", "nothing"),
      q: fc.constantFrom("", "a", "e", "te", "ca", "ー", "ا", "o a", "zzz"),
    });
    await fc.assert(
      fc.asyncProperty(
        asked,
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 }),
        async (a, sizes) => {
          const query = Object.fromEntries(Object.entries(a).filter(([, value]) => value !== ""));
          const seen: string[] = [];
          let total = 0;
          let page: string | undefined;
          for (let turn = 0; turn === 0 || page !== undefined; turn += 1) {
            const limit = sizes[turn % sizes.length] ?? 1;
            const answer = await list({ ...query, limit: String(limit), ...(page === undefined ? {} : { page }) });
            expect(answer.concepts.length).toBe(Math.min(limit, answer.total - seen.length));
            seen.push(...answer.concepts.map(({ id }) => id));
            ({ total, page } = answer);
            expect(page === undefined).toBe(seen.length === total);
          }
          expect(seen.length).toBe(total);
          expect(new Set(seen).size).toBe(total);
          const all = (await everything(a)).filter(({ category }) => a.category === "" || category === a.category);
          if (a.q === "") expect(seen).toEqual(all.map(({ id }) => id));
          else expect(all.map(({ id }) => id)).toEqual(expect.arrayContaining(seen));
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);
});

describe("a page token", () => {
  const question = { from: "en", to: "es", q: "a", limit: "3" };

  test("is good again and again, and for another size", async () => {
    const { page = "" } = await list(question);
    const next = await list({ ...question, page });
    expect(await list({ ...question, page })).toEqual(next);
    expect((await list({ ...question, limit: "5", page })).concepts.slice(0, 3)).toEqual(next.concepts);
  });

  test("belongs to its question", async () => {
    const { page = "" } = await list(question);
    for (const other of [{ to: "fr" }, { from: "de" }, { q: "e" }, { category: "food" }])
      expect(await codeOf({ ...question, ...other, page })).toEqual([400, "invalid_request", ["query.page"]]);
  });

  test.each([
    ["nothing", ""],
    ["no base64", "***"],
    ["no JSON", "AAAA"],
    ["JSON of another shape", btoa('{"a":1}').replace(/=+$/, "")],
    ["a place before the beginning", btoa('[["v","en","es","",""],-1]').replace(/=+$/, "")],
    ["too long", "A".repeat(3000)],
  ])("is refused where it is %s", async (_fault, page) => {
    expect(await codeOf({ from: "en", to: "es", page })).toEqual([400, "invalid_request", ["query.page"]]);
  });

  test("ends with its version, and says so", async () => {
    const texts = (text: string) => ({ a: [text, "hand"] as const, b: ["b", "hand"] as const });
    const concepts = ["a", "b"].map((id) => ({ id, category: "food", kind: "word" as const }));
    await clear(env.DB);
    await plant(env.DB, smallSeed({ en: texts("one"), es: texts("uno") }, concepts));
    let offset = 0;
    const isolate = startWorker({ clock: () => Date.now() + offset });
    const access = (await isolate.signIn()).access_token;
    const first = "/v1/phrasebook?from=en&to=es&limit=1";
    const { page } = await (await isolate.get(first, access)).json<List>();
    await plant(env.DB, smallSeed({ en: texts("one"), es: texts("una") }, concepts));
    expect((await isolate.get(`${first}&page=${page}`, access)).status).toBe(200);
    offset = PHRASEBOOK_VERSION_CHECK_MS;
    await isolate.get(first, access);
    await isolate.settled();
    const later = await isolate.get(`${first}&page=${page}`, access);
    expect([later.status, (await later.json<{ code: string }>()).code]).toEqual([410, "page_expired"]);
    await clear(env.DB);
    await plantReal(env.DB);
  });
});

describe("what cannot be asked", () => {
  test.each([
    [{ to: "es" }, 400, "invalid_request", ["query.from"]],
    [{ from: "en", to: "x" }, 400, "invalid_request", ["query.to"]],
    [{ from: "en", to: "xx" }, 400, "unsupported_language", ["query.to"]],
    [{ from: "en", to: "tlh" }, 404, "not_in_phrasebook", ["query.to"]],
    [{ from: "en", to: "es", limit: "0" }, 400, "invalid_request", ["query.limit"]],
    [{ from: "en", to: "es", limit: "201" }, 400, "invalid_request", ["query.limit"]],
    [{ from: "en", to: "es", limit: "ten" }, 400, "invalid_request", ["query.limit"]],
    [{ from: "en", to: "es", q: "a".repeat(101) }, 400, "invalid_request", ["query.q"]],
  ])("%j: %i %s", async (query, ...expected) => {
    expect(await codeOf(query as Record<string, string>)).toEqual(expected);
  });

  test("up to 200 on a page, and 100 characters of search", async () => {
    expect((await ask({ from: "en", to: "es", limit: "200", q: "a".repeat(100) })).status).toBe(200);
  });
});
