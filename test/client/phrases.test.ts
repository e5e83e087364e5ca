/** The reference client's phrasebook, and the demo's command over it, against the Worker and the real seed. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { type Client, createClient } from "../../scripts/client/client.ts";
import { makeCredentials } from "../../scripts/client/credentials.ts";
import { fetchPack, findConcepts, listCategories } from "../../scripts/client/phrasebook.ts";
import { memoryStore } from "../../scripts/client/store.ts";
import { UsageError } from "../../scripts/demo/command.ts";
import { phrases } from "../../scripts/demo/phrases.ts";
import { plantReal } from "../phrasebook/seeding.ts";
import { ORIGIN, startWorker } from "../worker.ts";
import { memoryVocabulary } from "./memory-vocabulary.ts";

let client: Client;
/** Answers that are put in the server's place, by the number of the request among those to the list. */
const instead = new Map<number, Response>();
let lists = 0;

beforeAll(async () => {
  await plantReal(env.DB);
  const worker = startWorker();
  client = createClient({
    baseUrl: ORIGIN,
    store: memoryStore(makeCredentials()),
    fetch: async (url, { signal: _, ...init }) => {
      const isList = new URL(url).pathname === "/v1/phrasebook";
      if (isList) lists += 1;
      return (isList ? instead.get(lists) : undefined) ?? worker.request(url.slice(ORIGIN.length), init);
    },
    now: Date.now,
  });
});

async function run(values: Record<string, string>): Promise<string[]> {
  const lines: string[] = [];
  await phrases.run({ client, vocabulary: memoryVocabulary(), values, words: [], print: (line) => lines.push(line) });
  return lines;
}

describe("the client", () => {
  test("follows the pages of a question to its end", async () => {
    const pack = (await fetchPack(client, "en", "es"))?.pack;
    lists = 0;
    const all = await findConcepts(client, { from: "en", to: "es" });
    expect(all.length).toBeGreaterThan(200);
    expect(lists).toBe(Math.ceil(all.length / 200));
    expect(all).toEqual(pack?.concepts);
  });

  test("begins anew where the phrasebook changed on the way", async () => {
    const expired = () =>
      Response.json(
        { type: "/problems/page_expired", title: "t", status: 410, detail: "d", code: "page_expired" },
        { status: 410, headers: { "Content-Type": "application/problem+json" } },
      );
    lists = 0;
    instead.set(2, expired());
    const all = await findConcepts(client, { from: "en", to: "es" });
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(lists).toBe(2 + Math.ceil(all.length / 200));
    lists = 0;
    instead.set(1, expired()).set(2, expired());
    await expect(findConcepts(client, { from: "en", to: "es" })).rejects.toMatchObject({
      failure: { kind: "problem", problem: { code: "page_expired" } },
    });
    expect(lists).toBe(2);
    instead.clear();
  });

  test("asks for a pack again with its ETag, and is told that it is unchanged", async () => {
    const first = await fetchPack(client, "en", "ja");
    expect(first?.pack).toMatchObject({ from: "en", to: "ja" });
    expect(await fetchPack(client, "en", "ja", first?.etag)).toBeUndefined();
    expect(await fetchPack(client, "en", "es", first?.etag)).toBeDefined();
  });

  test("gets the categories by name", async () => {
    expect(await listCategories(client, "es")).toContainEqual(expect.objectContaining({ id: "food", name: "Comida" }));
  });
});

describe("the demo", () => {
  test("shows the categories", async () => {
    const lines = await run({ to: "es" });
    expect(lines[0]).toMatch(/^category +name +words +phrases$/);
    expect(lines).toContainEqual(expect.stringMatching(/^food +Food +\d+ +\d+$/));
    expect(await run({ from: "de", to: "es" })).toContainEqual(expect.stringMatching(/^food +Essen +/));
  });

  test("shows a category, and what a search finds", async () => {
    const food = await run({ to: "es", category: "food" });
    expect(food[0]).toMatch(/^en +es +category$/);
    expect(food).toContainEqual(expect.stringMatching(/^bread +pan +food$/));
    expect(food.slice(1).every((line) => line.endsWith("food"))).toBe(true);
    expect(await run({ to: "es", search: "pan", category: "food" })).toContainEqual(
      expect.stringMatching(/^bread +pan/),
    );
    expect(await run({ to: "es", search: "xylophone" })).toEqual(["Nothing is found."]);
  });

  test("fails where the pair is not in the phrasebook", async () => {
    await expect(run({ to: "tlh" })).rejects.toMatchObject({ failure: { problem: { code: "not_in_phrasebook" } } });
  });

  test.each([
    [{}, "Into which language?"],
    [{ to: "es", save: "a.json", pack: "b.json" }, "Either --save a pack or look into a --pack."],
    [{ pack: "no-such.json" }, "There is no no-such.json."],
  ])("cannot do %j", async (values: Record<string, string>, message) => {
    await expect(run(values)).rejects.toThrow(UsageError);
    await expect(run(values)).rejects.toThrow(message);
  });
});
