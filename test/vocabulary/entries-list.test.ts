/** The list of entries: filters, search and pages. */
import { beforeEach, describe, expect, test } from "vitest";
import { bread, ids, newPhone, type Phone, type WireItem, type WireRefusal } from "./phone.ts";

interface WireList {
  readonly entries: readonly WireItem[];
  readonly page?: string;
}

let phone: Phone;
beforeEach(async () => {
  phone = await newPhone();
});

const ask = (query: Readonly<Record<string, string>>) =>
  phone.worker.get(`/v1/vocabulary?${new URLSearchParams(query)}`, phone.tokens.access_token);
async function list(query: Readonly<Record<string, string>> = {}): Promise<WireList> {
  const response = await ask(query);
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}
const found = async (query: Readonly<Record<string, string>>) => (await list(query)).entries.map(({ id }) => id);

const ENTRIES = [
  bread("bread-001", { category: "food", tags: ["breakfast", "café"], favourite: true, note: "Warm, from the oven" }),
  bread("water-001", { text: "Water", translation: "agua", category: "drink", tags: ["50% off", "a_b"] }),
  bread("zug-00001", { text: "ZUG", language: "de", translation: "поезд", translationLanguage: "ru" }),
  bread("oven-0001", {
    text: "Ärger",
    language: "de",
    translation: "パン屋",
    translationLanguage: "ja",
    transliteration: "pan'ya",
  }),
  bread("road-0001", {
    text: "McDonald Straße",
    language: "de",
    translation: "Buenos Días",
    note: "Behind the e\u0301clair shop",
  }),
  bread("bus-00001", { text: "ônibus", language: "pt_BR", translation: "bus", translationLanguage: "en-GB" }),
];

describe("filters and search", () => {
  beforeEach(async () => {
    await phone.push(ENTRIES, { since: 0 });
  });

  test("without any, all entries in the order of their latest change, as sync tells them", async () => {
    const { entries, page } = await list();
    expect(entries).toEqual((await phone.pull()).items);
    expect(page).toBeUndefined();
  });

  test("a deleted entry is in no list", async () => {
    const { cursor } = await phone.pull();
    await phone.pushOne({ id: "bread-001", base: cursor, deleted: true });
    expect(await found({})).toEqual(["water-001", "zug-00001", "oven-0001", "road-0001", "bus-00001"]);
    expect(await found({ q: "bread" })).toEqual([]);
  });

  test.each([
    [{ language: "de" }, ["zug-00001", "oven-0001", "road-0001"]],
    [{ language: "DE", translationLanguage: "Es" }, ["road-0001"]],
    [{ language: "pt-br" }, ["bus-00001"]],
    [{ translationLanguage: "en_gb" }, ["bus-00001"]],
    [{ language: "pt" }, []],
    [{ translationLanguage: "ru" }, ["zug-00001"]],
    [{ category: "food" }, ["bread-001"]],
    [{ tag: "café" }, ["bread-001"]],
    [{ tag: "break" }, []],
    [{ favourite: "true" }, ["bread-001"]],
    [{ favourite: "false" }, ["water-001", "zug-00001", "oven-0001", "road-0001", "bus-00001"]],
    [{ language: "en", favourite: "false" }, ["water-001"]],
    [{ q: "bre" }, ["bread-001"]],
    [{ q: "agu" }, ["water-001"]],
    [{ q: "pan'" }, ["oven-0001"]],
    [{ q: "the oven" }, ["bread-001"]],
    [{ q: "パン" }, ["oven-0001"]],
    [{ q: "water" }, ["water-001"]],
    [{ q: "WATER" }, ["water-001"]],
    [{ q: "zug" }, ["zug-00001"]],
    [{ q: "ärger" }, ["oven-0001"]],
    [{ q: "A\u0308rger" }, ["oven-0001"]],
    [{ q: "ПОЕЗД" }, ["zug-00001"]],
    [{ q: "mcdonald" }, ["road-0001"]],
    [{ q: "MCDONALD straße" }, ["road-0001"]],
    [{ q: "buenos días" }, ["road-0001"]],
    [{ q: "BUENOS DÍAS" }, ["road-0001"]],
    [{ q: "e\u0301clair" }, ["road-0001"]],
    [{ q: "éclair" }, ["road-0001"]],
    [{ q: "THE ÉCLAIR" }, ["road-0001"]],
    [{ q: "food" }, []],
    [{ q: "%" }, []],
    [{ q: "_" }, []],
    [{ q: "pan", language: "de" }, ["oven-0001"]],
    [{ q: "a".repeat(200) }, []],
  ])("%j finds %j", async (query, expected) => {
    // A case of its own type for each row: none has a field that is absent.
    expect(await found(query as Record<string, string>)).toEqual(expected);
  });
});

describe("pages", () => {
  test("follow one another, each full but the last", async () => {
    await phone.fill(ids(5));
    const first = await list({ limit: "2" });
    const second = await list({ limit: "2", page: first.page ?? "" });
    const third = await list({ limit: "2", page: second.page ?? "" });
    expect([first, second, third].flatMap(({ entries }) => entries.map(({ id }) => id))).toEqual(ids(5));
    expect(third.page).toBeUndefined();
  });

  test("count what the filter lets through", async () => {
    await phone.push(ids(6).map((id, index) => bread(id, { favourite: index % 2 === 0 })));
    const first = await list({ limit: "2", favourite: "true" });
    expect(first.entries).toHaveLength(2);
    const second = await list({ limit: "2", favourite: "true", page: first.page ?? "" });
    expect(second).toMatchObject({ entries: [{ id: ids(5)[4] }] });
    expect(second.page).toBeUndefined();
  });

  test("hold 200 unless said otherwise, and at most 500", async () => {
    await phone.fill(ids(501));
    expect((await list()).entries).toHaveLength(200);
    expect((await list({ limit: "500" })).entries).toHaveLength(500);
  });
});

test.each([
  { limit: "0" },
  { limit: "501" },
  { limit: "x" },
  { page: "x" },
  { favourite: "yes" },
  { q: "" },
  { q: "a".repeat(201) },
  { language: "" },
])("%j is refused", async (query) => {
  const response = await ask(query as Record<string, string>);
  expect(response.status).toBe(400);
  expect((await response.json<WireRefusal>()).code).toBe("invalid_request");
});
