/** KV behind the answers: what is written to it, what is read from it, and that no way of failing reaches a caller. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { type Around, aroundKv, type BindingCall, delaying, failing, hanging } from "../bindings.ts";
import { emulated } from "../provider/emulated.ts";
import { read, traveller } from "./traveller.ts";

const azure = emulated("translate-kv");

beforeEach(() => azure.tell({ reset: true }));

/** A traveller whose KV is wrapped. */
const over = (around: { readonly get?: Around; readonly put?: Around }) =>
  traveller({ env: { ...azure.env, TRANSLATIONS: aroundKv(env.TRANSLATIONS, around) } });

/** The keys that KV holds. */
async function storedKeys(): Promise<readonly string[]> {
  const { keys } = await env.TRANSLATIONS.list();
  return keys.map(({ name }) => name);
}

/** Has a text translated and kept, and answers the key that it is kept under. */
async function keep(text: string): Promise<string> {
  const before = new Set(await storedKeys());
  const { translate, worker } = await traveller({ env: azure.env });
  await translate({ text, from: "en", to: "es" });
  await worker.settled();
  const [key, ...others] = (await storedKeys()).filter((name) => !before.has(name));
  if (key === undefined || others.length > 0) throw new Error("not one new key");
  return key;
}

describe("what is written", () => {
  test("lies under a key in which no text is readable, for as long as the operator says", async () => {
    const puts: BindingCall[] = [];
    const TRANSLATIONS = aroundKv(env.TRANSLATIONS, {
      put: (make, call) => {
        puts.push(call);
        return make();
      },
    });
    const { translate, worker } = await traveller({ env: { ...azure.env, TRANSLATIONS, TRANSLATION_TTL_DAYS: 7 } });
    await translate({ text: "my passport is gone", from: "en", to: ["es", "ja"] });
    await worker.settled();
    expect(puts.map(({ args }) => args[2])).toEqual([1, 2].map(() => ({ expirationTtl: 7 * 86_400 })));
    const keys = puts.map(({ args }) => args[0]);
    for (const key of keys) expect(key).toMatch(/^t1:[A-Za-z0-9_-]{43}$/);
    expect(new Set(keys).size).toBe(2);
  });

  test("holds the translation and not the text", async () => {
    const value = await env.TRANSLATIONS.get(await keep("where did I put it"));
    expect(JSON.parse(value ?? "")).toEqual({
      t: "[es] where did I put it",
      c: expect.stringMatching(/^es\.18\.[0-9a-z]+$/),
    });
  });
});

describe("a value is a miss", () => {
  test.each([
    ["that is not JSON", "not json {"],
    ["of another shape", '{"text":"hola"}'],
    ["that is null", "null"],
    ["whose translation is no text", '{"t":1,"c":""}'],
    ["without its check", '{"t":"[es] foreign"}'],
  ])("%s", async (name, value) => {
    const text = `spoiled ${name}`;
    await env.TRANSLATIONS.put(await keep(text), value);
    const { translate } = await traveller({ env: azure.env });
    expect(read(await translate({ text, from: "en", to: "es" }))).toEqual([`azure: [es] ${text}`]);
  });

  test("that belongs to another unit, even to one of the same length", async () => {
    const foreign = await env.TRANSLATIONS.get(await keep("left luggage"));
    expect(JSON.parse(foreign ?? "")).toMatchObject({ t: "[es] left luggage" });
    await env.TRANSLATIONS.put(await keep("lost luggage"), foreign ?? "");
    const { translate } = await traveller({ env: azure.env });
    expect(read(await translate({ texts: ["lost luggage", "left luggage"], from: "en", to: "es" }))).toEqual([
      "azure: [es] lost luggage",
      "kv: [es] left luggage",
    ]);
  });
});

describe("a KV read", () => {
  test.each([
    ["that fails", failing("KV GET failed: 500")],
    // An unavoidable wait of half a second.
    ["that is silent", hanging],
  ])("%s is a miss, and the answer comes from Azure", async (name, get) => {
    await keep(`known, with a read ${name}`);
    const { translate, worker } = await over({ get });
    const from = performance.now();
    expect(read(await translate({ text: `known, with a read ${name}`, from: "en", to: "es" }))).toEqual([
      `azure: [es] known, with a read ${name}`,
    ]);
    expect(performance.now() - from).toBeLessThan(2000);
    await worker.settled();
  });

  test("that takes its time within half a second is waited for", async () => {
    await keep("slowly found");
    const { translate } = await over({ get: delaying(50) });
    expect(read(await translate({ text: "slowly found", from: "en", to: "es" }))).toEqual(["kv: [es] slowly found"]);
  });
});

describe("a KV write", () => {
  test("that is refused fails nothing, and memory answers from then on", async () => {
    const { translate, worker } = await over({ put: failing("KV PUT failed: 429 Too Many Requests") });
    const body = { texts: ["unwritten one", "unwritten two"], from: "en", to: "es" };
    expect(read(await translate(body))).toEqual(["azure: [es] unwritten one", "azure: [es] unwritten two"]);
    await worker.settled();
    expect(read(await translate(body))).toEqual(["memory: [es] unwritten one", "memory: [es] unwritten two"]);
    expect(JSON.parse(worker.lines.at(-1) ?? "")).toMatchObject({ status: 200 });
  });

  test("that never ends is not waited for", async () => {
    const { translate } = await over({ put: hanging });
    const body = { text: "writing for ever", from: "en", to: "es" };
    expect(read(await translate(body))).toEqual(["azure: [es] writing for ever"]);
    expect(read(await translate(body))).toEqual(["memory: [es] writing for ever"]);
  });
});

describe("with `Cache-Control: no-store`", () => {
  test.each(["no-store", "max-age=0, No-Store", "no-cache,no-store"])(
    "(%s) nothing is kept in memory or KV",
    async (value) => {
      const text = `keep this to yourself (${value})`;
      const before = (await storedKeys()).length;
      const { translate, worker } = await traveller({ env: azure.env });
      await translate({ text, to: "es" }, { "Cache-Control": value });
      await worker.settled();
      expect((await storedKeys()).length).toBe(before);
      expect(read(await translate({ text, to: "es" }))).toEqual([`azure: [es] ${text}`]);
    },
  );

  test("what KV holds answers, and is not taken over into memory", async () => {
    await keep("public knowledge");
    const { translate } = await traveller({ env: azure.env });
    const body = { text: "public knowledge", from: "en", to: "es" };
    const noStore = { "Cache-Control": "no-store" };
    expect(read(await translate(body, noStore))).toEqual(["kv: [es] public knowledge"]);
    expect(read(await translate(body, noStore))).toEqual(["kv: [es] public knowledge"]);
    await translate(body);
    expect(read(await translate(body, noStore))).toEqual(["memory: [es] public knowledge"]);
  });

  test.each(["no-cache", "no-storey", "max-age=0"])("but not with `%s`", async (value) => {
    const text = `keep this (${value})`;
    const { translate } = await traveller({ env: azure.env });
    await translate({ text, to: "es" }, { "Cache-Control": value });
    expect(read(await translate({ text, to: "es" }))).toEqual([`memory: [es] ${text}`]);
  });
});
