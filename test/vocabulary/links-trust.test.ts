/** Signed links: dead with their session, no other kind of token, of no other deployment, and in no log. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { FIRST_SECRETS } from "../../scripts/keys/make.ts";
import { startWorker, type TestWorker, type Tokens } from "../worker.ts";
import { joinAccount } from "./phone.ts";

const CSV = "/v1/vocabulary/export?format=csv";

let worker: TestWorker;
let tokens: Tokens;
beforeEach(async () => {
  worker = startWorker();
  tokens = await worker.signIn();
});

async function linkOf({ access_token }: Tokens, from: TestWorker = worker): Promise<string> {
  const answer = await from.post("/v1/links", { path: CSV }, access_token);
  if (answer.status !== 200) throw new Error(await answer.text());
  return (await answer.json<{ url: string }>()).url;
}
const tokenOf = (url: string) => url.split("link=")[1] ?? "";
const opened = async (url: string, by: TestWorker = worker) => (await by.request(url)).status;

describe("a link is dead at once, in every isolate, with", () => {
  const elsewhere = () => startWorker();
  async function expectDead(url: string): Promise<void> {
    expect(await opened(url)).toBe(401);
    expect(await opened(url, elsewhere())).toBe(401);
    expect((await worker.post("/v1/links", { path: CSV }, tokens.access_token)).status).toBe(401);
  }

  test("its session", async () => {
    const url = await linkOf(tokens);
    expect(await opened(url)).toBe(200);
    await worker.form("/oauth/revoke", { token: tokens.refresh_token });
    await expectDead(url);
  });
  test("its device", async () => {
    const { tokens: other } = await joinAccount(worker, tokens.account_id);
    const url = await linkOf(tokens);
    const removed = await worker.request(`/v1/devices/${tokens.device_id}`, {
      method: "DELETE",
      headers: { Authorization: `Bearer ${other.access_token}` },
    });
    expect(removed.status).toBe(204);
    await expectDead(url);
    expect(await opened(await linkOf(other))).toBe(200);
  });
  test("its account, when that is blocked", async () => {
    const url = await linkOf(tokens);
    await env.DB.prepare("UPDATE accounts SET blocked_at = 1 WHERE id = ?1").bind(tokens.account_id).run();
    await expectDead(url);
  });
});

describe("a link", () => {
  test("is no access token", async () => {
    const link = tokenOf(await linkOf(tokens));
    for (const path of ["/v1/account", CSV, "/v1/phrasebook/packs/en/es"])
      expect((await worker.get(path, link)).status).toBe(401);
    expect((await worker.post("/v1/links", { path: CSV }, link)).status).toBe(401);
  });
  test("is not replaced by an access token or refresh token", async () => {
    expect(await opened(`${CSV}&link=${tokens.access_token}`)).toBe(401);
    expect(await opened(`${CSV}&link=${tokens.refresh_token}`)).toBe(401);
  });
  test("is not replaced by an access token, not even where its audience is the very path", async () => {
    const named = startWorker({ env: { AUDIENCE: CSV } });
    const { access_token } = await named.signIn();
    expect((await named.get("/v1/account", access_token)).status).toBe(200);
    expect(await opened(`${CSV}&link=${access_token}`, named)).toBe(401);
  });
  test("counts before the access token beside it", async () => {
    expect((await worker.get(`${CSV}&link=x`, tokens.access_token)).status).toBe(401);
  });
  test("of another deployment is not good here, nor one of another issuer with these keys", async () => {
    const foreign = startWorker({ env: { SIGNING_KEYS: await FIRST_SECRETS.SIGNING_KEYS() } });
    const renamed = startWorker({ env: { ISSUER: "http://127.0.0.1:8788" } });
    for (const other of [foreign, renamed]) {
      const url = new URL(await linkOf(await other.signIn(), other));
      const path = url.pathname + url.search;
      expect(await opened(path, other)).toBe(200);
      expect(await opened(path)).toBe(401);
    }
  });
  test("goes on working while its key is being replaced", async () => {
    const url = await linkOf(tokens);
    const [old] = JSON.parse(String((env as unknown as Record<string, unknown>).SIGNING_KEYS)) as object[];
    const [next] = JSON.parse(await FIRST_SECRETS.SIGNING_KEYS()) as object[];
    expect(await opened(url, startWorker({ env: { SIGNING_KEYS: JSON.stringify([next, old]) } }))).toBe(200);
    expect(await opened(url, startWorker({ env: { SIGNING_KEYS: JSON.stringify([next]) } }))).toBe(401);
  });
  test("shows one account's vocabulary, that of whoever asked for it", async () => {
    const other = await worker.signIn();
    const bread = { text: "bread", language: "en", translation: "pan", translationLanguage: "es" };
    await worker.post("/v1/vocabulary/sync", { changes: [{ id: "bread-01", base: 0, ...bread }] }, other.access_token);
    expect(await (await worker.request(await linkOf(tokens))).text()).not.toContain("bread-01");
    expect(await (await worker.request(await linkOf(other))).text()).toContain("bread-01");
  });
});

test("no log line holds a link, good or bad, or any part of it", async () => {
  const url = await linkOf(tokens);
  expect(await opened(url)).toBe(200);
  expect(await opened(`${url}&x=1`)).toBe(401);
  await worker.form("/oauth/revoke", { token: tokens.refresh_token });
  expect(await opened(url)).toBe(401);
  await worker.settled();
  const parts = tokenOf(url).split(".");
  expect(parts).toHaveLength(3);
  expect(worker.lines.length).toBeGreaterThanOrEqual(5);
  for (const line of worker.lines) for (const part of ["link=", ...parts]) expect(line).not.toContain(part);
  const opening = worker.lines.map((line) => JSON.parse(line)).filter(({ path }) => path === "/v1/vocabulary/export");
  expect(opening.map(({ status, by }) => [status, by])).toEqual([
    [200, "link"],
    [401, undefined],
    [401, "link"],
  ]);
});
