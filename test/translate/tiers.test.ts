/** Which tier answers a unit, over two isolates that share one database and KV. */
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { emulated } from "../provider/emulated.ts";
import { plantPhrasebook, read, traveller } from "./traveller.ts";

const azure = emulated("translate-tiers");

beforeAll(plantPhrasebook);
beforeEach(() => azure.tell({ reset: true }));

describe("one unit", () => {
  test("into its own language is the text itself, and free", async () => {
    const { translate } = await traveller({ env: azure.env });
    const answer = await translate({ text: "mañana", from: "es", to: "es-MX" });
    expect(answer).toEqual({
      translations: [{ text: "mañana", results: [{ to: "es", text: "mañana", source: "same" }] }],
      usage: { charactersBilled: 0 },
    });
    expect((await azure.status()).counters.calls).toBe(0);
  });

  test("of the phrasebook comes from it, whatever its case, width and final mark", async () => {
    const { translate } = await traveller({ env: azure.env });
    for (const text of ["bread", "BREAD.", "ｂｒｅａｄ", " Bread! "])
      expect(read(await translate({ text, from: "en", to: "es" }))).toEqual(["phrasebook: pan"]);
    expect((await azure.status()).counters.calls).toBe(0);
  });

  test("of the phrasebook without `from`, or as html, does not come from it", async () => {
    const { translate } = await traveller({ env: azure.env });
    expect(read(await translate({ text: "bread", to: "es" }))).toEqual(["azure: [es] bread"]);
    expect(read(await translate({ text: "bread", from: "en", to: "es", textType: "html" }))).toEqual([
      "azure: [es] bread",
    ]);
  });

  test("of the phrasebook is never written to KV", async () => {
    const first = await traveller({ env: azure.env });
    await first.translate({ text: "water", from: "en", to: "es" });
    await first.worker.settled();
    await env.DB.prepare("UPDATE phrasebook SET version = 'none'").run();
    const second = await traveller({ env: azure.env }, first.tokens);
    expect(read(await second.translate({ text: "water", from: "en", to: "es" }))).toEqual(["azure: [es] water"]);
    await plantPhrasebook();
  });

  test("that is new comes from Azure, then from memory, in another isolate from KV, and then from its memory", async () => {
    const first = await traveller({ env: azure.env });
    const body = { text: "where is the station", from: "en", to: "es" };
    const answer = await first.translate(body);
    expect(read(answer)).toEqual(["azure: [es] where is the station"]);
    expect(answer.usage).toEqual({ charactersBilled: 20, charactersLeft: 4980 });
    const again = await first.translate(body);
    expect(read(again)).toEqual(["memory: [es] where is the station"]);
    expect(again.usage).toEqual({ charactersBilled: 0 });
    await first.worker.settled();
    const second = await traveller({ env: azure.env }, first.tokens);
    expect(read(await second.translate(body))).toEqual(["kv: [es] where is the station"]);
    expect(read(await second.translate(body))).toEqual(["memory: [es] where is the station"]);
    expect((await azure.status()).counters.calls).toBe(1);
  });
});

describe("many units of one request", () => {
  test("come from five tiers at once, in the order asked, and only the misses are sent", async () => {
    const first = await traveller({ env: azure.env });
    await first.translate({ text: "kept in kv", from: "en", to: ["ja", "es"] });
    await first.worker.settled();
    const second = await traveller({ env: azure.env }, first.tokens);
    await second.translate({ text: "kept in memory", from: "en", to: "ja" });
    await second.worker.settled();
    await azure.tell({ reset: true });
    const texts = ["bread", "kept in kv", "kept in memory", "all new"];
    const answer = await second.translate({ texts, from: "en", to: ["es", "en", "ja"] });
    expect(answer.translations.map(({ text }) => text)).toEqual(texts);
    expect(answer.translations.map(({ results }) => results.map(({ to }) => to))).toEqual(
      texts.map(() => ["es", "en", "ja"]),
    );
    expect(read(answer)).toEqual([
      ...["phrasebook: pan", "same: bread", "phrasebook: パン"],
      ...["kv: [es] kept in kv", "same: kept in kv", "kv: [ja] kept in kv"],
      ...["azure: [es] kept in memory", "same: kept in memory", "memory: [ja] kept in memory"],
      ...["azure: [es] all new", "same: all new", "azure: [ja] all new"],
    ]);
    const { calls, counters } = await azure.status();
    expect(calls.map(({ texts: sent, to }) => [sent, to])).toEqual([
      [["kept in memory"], ["es"]],
      [["all new"], ["es", "ja"]],
    ]);
    expect(answer.usage.charactersBilled).toBe(counters.characters);
  });

  test("that are equal are sent and billed once, and answered each time", async () => {
    const { translate } = await traveller({ env: azure.env });
    const answer = await translate({ texts: ["twice", "once", "twice"], from: "en", to: ["fr", "de", "fr-FR"] });
    expect(read(answer)).toEqual(
      ["twice", "once", "twice"].flatMap((text) => [
        `azure: [fr] ${text}`,
        `azure: [de] ${text}`,
        `azure: [fr] ${text}`,
      ]),
    );
    expect((await azure.status()).calls.map(({ texts, to }) => [texts, to])).toEqual([
      [
        ["twice", "once"],
        ["fr", "de"],
      ],
    ]);
    expect(answer.usage.charactersBilled).toBe(2 * "twiceonce".length);
  });

  test("may be a hundred in one call", async () => {
    const { translate } = await traveller({ env: azure.env });
    const texts = Array.from({ length: 10 }, (_, i) => `sentence number ${i}`);
    const to = "ar cs de el fr it ko nl pl sv".split(" ");
    const answer = await translate({ texts, from: "en", to });
    expect(read(answer)).toEqual(texts.flatMap((text) => to.map((code) => `azure: [${code}] ${text}`)));
    expect((await azure.status()).counters).toMatchObject({ calls: 1, elements: 10 });
  });
});
