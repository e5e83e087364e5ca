/** The list of languages, held against the provider's own list as the emulator has it. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { PHRASEBOOK_LANGUAGES } from "../../generated/phrasebook.ts";
import { preferredLocale } from "../../src/translate/language-list.ts";
import { providerSpelling, scriptConversion } from "../azure/languages.ts";
import { aroundDb, aroundKv, hanging } from "../bindings.ts";
import { startWorker } from "../worker.ts";

interface WireLanguage {
  readonly code: string;
  readonly englishName: string;
  readonly name: string;
  readonly nativeName: string;
  readonly direction: string;
  readonly translated: boolean;
  readonly pronounced: boolean;
  readonly phrasebook: boolean;
}

const worker = startWorker();
let token: string;

beforeAll(async () => {
  token = (await worker.signIn()).access_token;
});

async function list(acceptLanguage?: string): Promise<readonly WireLanguage[]> {
  const headers = acceptLanguage === undefined ? {} : { "Accept-Language": acceptLanguage };
  const { languages } = await (await worker.get("/v1/languages", token, headers)).json<{ languages: WireLanguage[] }>();
  return languages;
}

const named = async (code: string, acceptLanguage?: string) =>
  (await list(acceptLanguage)).find((each) => each.code === code);

describe("the list", () => {
  test("holds each language once, in order of its code", async () => {
    const codes = (await list()).map(({ code }) => code);
    expect(codes).toEqual([...new Set(codes)].sort());
    expect(codes.length).toBeGreaterThan(130);
  });

  test("calls translated what the provider translates, in its spelling", async () => {
    for (const { code, translated } of await list())
      expect([code, translated ? code : null]).toEqual([code, providerSpelling(code)]);
  });

  test("calls pronounced what the provider writes in Latin letters, and nothing that it does not translate", async () => {
    for (const { code, pronounced, translated } of await list()) {
      if (scriptConversion(code, "Latn") === "converted") expect([code, pronounced]).toEqual([code, true]);
      if (pronounced) expect([code, translated]).toEqual([code, true]);
    }
  });

  test("marks the phrasebook's languages", async () => {
    const marked = (await list()).filter(({ phrasebook }) => phrasebook).map(({ code }) => code);
    expect(marked.sort()).toEqual([...PHRASEBOOK_LANGUAGES].sort());
  });

  test("has a name for each, in English, by its speakers and for the reader, and none is just the code", async () => {
    for (const { code, englishName, name, nativeName } of await list("es")) {
      for (const each of [englishName, name, nativeName]) {
        expect([code, each.trim()]).toEqual([code, each]);
        expect([code, each.length > 1 && each !== code]).toEqual([code, true]);
      }
    }
  });

  test("has an own name for each language but those that English took it from", async () => {
    const borrowed = (await list()).filter(({ nativeName, englishName }) => nativeName === englishName);
    expect(borrowed.map(({ code }) => code)).toEqual("af en fil ha ig ikt mg nya".split(" "));
  });

  test("has English names that are all different", async () => {
    const names = (await list()).map(({ englishName }) => englishName);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test("tells the direction of writing", async () => {
    const rightToLeft = (await list()).filter(({ direction }) => direction === "rtl").map(({ code }) => code);
    expect(rightToLeft).toEqual("ar dv fa he ks ku prs ps sd ug ur".split(" "));
  });
});

describe("names", () => {
  test.each([
    [undefined, "German"],
    ["es", "alemán"],
    ["es-MX,en;q=0.5", "alemán"],
    ["en;q=0.5, fr;q=0.9", "allemand"],
    ["xx, ja;q=0.1", "ドイツ語"],
    ["*", "German"],
    ["es;q=0, fr", "allemand"],
    ["es;q=0", "German"],
    [";;;,=,q=1", "German"],
  ])("with Accept-Language %s call German %s", async (accept, name) => {
    expect(await named("de", accept)).toMatchObject({ name, englishName: "German", nativeName: "Deutsch" });
  });

  test.each([
    ["zh-CN", "zh-Hans"],
    ["pt-br", "pt"],
    ["no", "nb"],
    ["fr;q=high, de", "de"],
    [`${"x".repeat(2000)},de`, "en"],
    [undefined, "en"],
  ])("for %s are in %s", (accept, locale) => {
    expect(preferredLocale(accept)).toBe(locale);
  });
});

describe("over HTTP", () => {
  test("it may be kept for a day, by this reader, and says whose language it is in", async () => {
    const { headers } = await worker.get("/v1/languages", token, { "Accept-Language": "fr-CH" });
    expect(headers.get("Cache-Control")).toBe("private, max-age=86400");
    expect(headers.get("Content-Language")).toBe("fr");
    expect(headers.get("Vary")).toBe("Accept-Language");
    expect(headers.get("Content-Type")).toBe("application/json");
  });

  test("its ETag is 304 as long as nothing changed, in each form, and another language's is not", async () => {
    const etag = (await worker.get("/v1/languages", token)).headers.get("ETag") ?? "";
    expect(etag).toMatch(/^"[A-Za-z0-9_-]{22}"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const response = await worker.get("/v1/languages", token, { "If-None-Match": known });
      expect([known, response.status, await response.text()]).toEqual([known, 304, ""]);
      expect(response.headers.get("ETag")).toBe(etag);
    }
    for (const headers of [{ "If-None-Match": '"other"' }, { "If-None-Match": etag, "Accept-Language": "es" }])
      expect((await worker.get("/v1/languages", token, headers)).status).toBe(200);
  });

  test("it needs a token, and neither storage nor a provider", async () => {
    expect((await worker.get("/v1/languages")).status).toBe(401);
    const DB = aroundDb(env.DB, hanging);
    const TRANSLATIONS = aroundKv(env.TRANSLATIONS, { get: hanging, put: hanging });
    expect((await startWorker({ env: { DB, TRANSLATIONS } }).get("/v1/languages", token)).status).toBe(200);
  });
});
