// Reading aids of the phrasebook where they are asked for and where there are any: in translations and in packs.
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { startWorker } from "../worker.ts";
import { plant, smallSeed } from "./seeding.ts";

const seed = smallSeed(
  {
    en: { bread: ["bread", "hand"], water: ["water", "hand"] },
    ja: { bread: ["パン", "hand"], water: ["水", "hand", "mizu", "みず"] },
  },
  ["bread", "water"].map((id) => ({ id, category: "food", kind: "word" as const })),
);

let worker: ReturnType<typeof startWorker>;
let token: string;

beforeAll(async () => {
  await plant(env.DB, seed);
  worker = startWorker();
  token = (await worker.signIn()).access_token;
});

async function resultsOf(body: Record<string, unknown>): Promise<unknown[]> {
  const response = await worker.post("/v1/translate", { from: "en", to: "ja", ...body }, token);
  const { translations } = await response.json<{ translations: { results: unknown[] }[] }>();
  return translations.flatMap(({ results }) => results);
}

describe("a translation from the phrasebook", () => {
  test("is pronounced where that is asked for and known", async () => {
    expect(await resultsOf({ texts: ["water", "bread"], pronunciation: true })).toEqual([
      { to: "ja", text: "水", pronunciation: "mizu", source: "phrasebook" },
      { to: "ja", text: "パン", source: "phrasebook" },
    ]);
  });

  test("is not where it is not asked for", async () => {
    expect(await resultsOf({ text: "water" })).toEqual([{ to: "ja", text: "水", source: "phrasebook" }]);
  });
});

describe("a pack", () => {
  test("has the aids beside the text", async () => {
    const response = await worker.get("/v1/phrasebook/packs/en/ja", token);
    const { concepts } = await response.json<{ concepts: { to: unknown }[] }>();
    expect(concepts.map(({ to }) => to)).toEqual([
      { text: "パン", origin: "hand" },
      { text: "水", origin: "hand", pronunciation: "mizu", kana: "みず" },
    ]);
  });
});
