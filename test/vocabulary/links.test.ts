/** Signed links: what they lead to, for how long, and that they lead nowhere else. */
import { beforeEach, describe, expect, test } from "vitest";
import { ORIGIN, startWorker, type TestWorker, type Tokens } from "../worker.ts";
import { type Carrier, carrierWith, csvOf } from "./import-client.ts";

const EXPORT = "/v1/vocabulary/export";
const CSV = `${EXPORT}?format=csv`;
/** A whole second, so that five minutes are exact. */
const START = Date.UTC(2026, 4, 1, 12);

let now: number;
let worker: TestWorker;
let tokens: Tokens;
let phone: Carrier;
beforeEach(async () => {
  now = START;
  worker = startWorker({ clock: () => now });
  tokens = await worker.signIn();
  phone = carrierWith(worker, tokens);
});

const asked = (path: unknown, from: TestWorker = worker) => from.post("/v1/links", { path }, tokens.access_token);
async function linkTo(path: string, from: TestWorker = worker): Promise<string> {
  const answer = await asked(path, from);
  if (answer.status !== 200) throw new Error(await answer.text());
  return (await answer.json<{ url: string }>()).url;
}
/** As a browser opens an address: without headers. */
const opened = async (url: string, by: TestWorker = worker) => (await by.request(url)).status;

describe("a link", () => {
  test("opens without headers as the very download, once more too", async () => {
    await phone.imports(csvOf(3));
    const url = await linkTo(CSV);
    expect(url.startsWith(`${ORIGIN}${CSV}&link=ey`)).toBe(true);
    for (const _ of [1, 2]) {
      const answer = await worker.request(url);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("Cache-Control")).toBe("no-store");
      expect(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await answer.arrayBuffer())).toBe(
        await phone.file("csv"),
      );
    }
  });
  test("opens in another isolate", async () => {
    expect(await opened(await linkTo(CSV), startWorker({ clock: () => now }))).toBe(200);
  });
  test.each([
    EXPORT,
    `${EXPORT}?`,
    `${EXPORT}?format=anki`,
    `${EXPORT}?format=csv&`,
    `${EXPORT}?format=csv&as=a%20b+c`,
    `${EXPORT}?format=csv&as=été`,
    `${EXPORT}?as&format=csv`,
    `/v1/x/../vocabulary/export?format=csv`,
  ])("to %s opens, spelled as it was asked for", async (path) => {
    const url = await linkTo(path);
    const { pathname, search } = new URL(path, ORIGIN);
    expect(url.startsWith(`${ORIGIN}${pathname}${search}${search === "" ? "?" : "&"}link=`)).toBe(true);
    expect(await opened(url)).toBe(200);
  });

  test("is good for five minutes, as it says", async () => {
    now = START + 999;
    const answer = await asked(CSV);
    const { url, expiresAt } = await answer.json<{ url: string; expiresAt: string }>();
    expect(expiresAt).toBe("2026-05-01T12:05:00.000Z");
    now = START + 299_999;
    expect(await opened(url)).toBe(200);
    now = START + 300_000;
    expect(await opened(url)).toBe(401);
  });
  test("outlives the access token that asked for it", async () => {
    now = START + 899_000;
    const url = await linkTo(CSV);
    now = START + 1_000_000;
    expect(await phone.exported("csv")).toHaveProperty("status", 401);
    expect(await opened(url)).toBe(200);
  });
});

describe("a link leads to its path with its query, and not", () => {
  test.each<[string, (url: string) => string]>([
    ["to another format", (url) => url.replace("format=csv", "format=json")],
    ["to no format", (url) => url.replace("format=csv&", "")],
    ["with a parameter before it", (url) => url.replace("format=csv", "x=1&format=csv")],
    ["with a parameter in between", (url) => url.replace("&link", "&x=1&link")],
    ["with a parameter behind it", (url) => `${url}&x=1`],
    ["with an empty parameter behind it", (url) => `${url}&`],
    ["with its parameters turned round", (url) => url.replace(/\?(.*)&(link=.*)$/, "?$2&$1")],
    ["twice", (url) => `${url}&${url.split("&")[1]}`],
    ["behind another link", (url) => url.replace("&link=", "&link=x&link=")],
    ["before another link", (url) => `${url}&link=x`],
    ["under another name", (url) => url.replace("link=", "%6Cink=")],
    ["in another spelling", (url) => url.replace("format=csv", "format=%63sv")],
    ["where it was cut", (url) => url.slice(0, -4)],
    ["where it is empty", (url) => url.replace(/link=.*$/, "link=")],
    [
      "with another claim",
      (url) => url.replace(/\.[^.]+\./, `.${btoa(JSON.stringify({ aud: CSV })).replaceAll("=", "")}.`),
    ],
  ])("%s", async (_, change) => {
    const url = await linkTo(CSV);
    expect(change(url)).not.toBe(url);
    expect(await opened(change(url))).toBe(401);
  });

  test.each(["/v1/account", "/v1/vocabulary", "/v1/vocabulary/sync", "/v1/sessions"])("to %s", async (path) => {
    const link = (await linkTo(CSV)).split("link=")[1];
    expect(await opened(`${path}?format=csv&link=${link}`)).toBe(401);
  });
});

test.each(["x", "%22", '"'])("the longest path that a link is made for opens, filled with %j", async (filler) => {
  const fillers = Math.floor((500 - `${EXPORT}?as=`.length) / encodeURI(decodeURI(filler)).length);
  expect(await opened(await linkTo(`${EXPORT}?as=${filler.repeat(fillers)}`))).toBe(200);
});
test("a path that is too long once it is percent-encoded gets no link", async () => {
  expect((await asked(`${EXPORT}?as=${"é".repeat(79)}`)).status).toBe(200);
  for (const path of [`${EXPORT}?as=${"é".repeat(80)}`, `${EXPORT}?as=${"é".repeat(470)}`]) {
    const answer = await asked(path);
    const { errors } = await answer.json<{ errors: { path: string; message: string }[] }>();
    expect([answer.status, errors]).toEqual([
      400,
      [{ path: "path", message: "must have at most 500 characters, percent-encoded" }],
    ]);
  }
});

describe("a link is not made", () => {
  test.each([
    "/v1/account",
    "/v1/vocabulary",
    "/v1/vocabulary/export/",
    "/v1/vocabulary/exports",
    `//elsewhere.example${CSV}`,
    `/\\elsewhere.example${CSV}`,
    `${CSV}&link=x`,
    `${EXPORT}?%6Cink=x`,
    `${CSV}#part`,
    "v1/vocabulary/export",
    `${ORIGIN}${CSV}`,
    `${CSV}${"&x=1".repeat(200)}`,
    "",
    7,
    null,
  ])("to %j", async (path) => {
    const answer = await asked(path);
    const { errors } = await answer.json<{ errors: { path: string }[] }>();
    expect([answer.status, errors[0]?.path]).toEqual([400, "path"]);
  });
  test("without an access token", async () => {
    expect((await worker.post("/v1/links", { path: CSV })).status).toBe(401);
  });
  test("with the address of another host, whatever host was asked", async () => {
    const elsewhere = await worker.request("https://elsewhere.example/v1/links", {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${tokens.access_token}` },
      body: JSON.stringify({ path: CSV }),
    });
    const { url } = await elsewhere.json<{ url: string }>();
    expect(new URL(url).origin).toBe(ORIGIN);
  });
});
