/** No key for the provider: everything but the provider answers, and a miss says which setting is missing. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { counting } from "../bindings.ts";
import { emulated } from "../provider/emulated.ts";
import { plantPhrasebook, read, traveller } from "./traveller.ts";

const azure = emulated("translate-not-configured");

beforeAll(plantPhrasebook);

describe("without a key", () => {
  test("KV, then memory, and the phrasebook answer; a miss beside them has its own error", async () => {
    const configured = await traveller({ env: azure.env });
    await configured.translate({ text: "from better days", from: "en", to: "es" });
    await configured.worker.settled();
    const { translate } = await traveller({}, configured.tokens);
    const body = { texts: ["from better days", "bread", "unheard of"], from: "en", to: "es" };
    const answer = await translate(body);
    expect(read(answer)).toEqual(["kv: [es] from better days", "phrasebook: pan", "error: translator_not_configured"]);
    expect(answer.translations[2]?.results[0]?.error?.detail).toContain("AZURE_TRANSLATOR_KEY");
    expect(answer.usage).toEqual({ charactersBilled: 0 });
    expect(read(await translate(body))[0]).toBe("memory: [es] from better days");
  });

  test("a miss alone is 503 with the setting's name; nothing is reserved or sent", async () => {
    const { env: bindings, take } = counting(env);
    const { refused } = await traveller({ env: bindings });
    take();
    const problem = await refused({ text: "unheard of", to: "es" });
    expect(problem).toMatchObject({ status: 503, code: "translator_not_configured", retryAfter: "3600" });
    expect(problem.detail).toContain("AZURE_TRANSLATOR_KEY");
    expect(take()).toEqual({ d1Statements: 0, d1Batches: 0, kvGets: 1, kvPuts: 0, fetches: 0 });
  });

  test("an empty setting is none", async () => {
    const { refused } = await traveller({ env: { AZURE_TRANSLATOR_KEY: " " } });
    expect((await refused({ text: "unheard of", to: "es" })).code).toBe("translator_not_configured");
  });
});
