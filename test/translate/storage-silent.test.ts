/**
 * D1 that does not answer: what needs none answers at once, what needs it is 503 after five seconds, and all is well
 * when it speaks again. The five seconds are waited for once, by all these requests together.
 */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { APP_GRANT } from "../../src/auth/token-request.ts";
import { aroundDb, failing, silence } from "../bindings.ts";
import { emulated } from "../provider/emulated.ts";
import { newApp } from "../worker.ts";
import { plantPhrasebook, read, traveller } from "./traveller.ts";

const azure = emulated("translate-silent");

beforeAll(plantPhrasebook);

/** An isolate with something in memory and something in KV, whose database can fall silent. */
async function isolateOverSilence() {
  const other = await traveller({ env: azure.env });
  await other.translate({ text: "somebody else asked", from: "en", to: "es" });
  await other.worker.settled();
  const silent = silence();
  const DB = aroundDb(env.DB, silent.around);
  const one = await traveller({ env: { ...azure.env, DB } }, other.tokens);
  await one.translate({ texts: ["bread", "i asked before"], from: "en", to: "es" });
  return { ...one, silent };
}

/** Milliseconds that something takes. */
async function elapsed(work: Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work;
  return performance.now() - from;
}

describe("while D1 is silent", () => {
  test("hits answer within a second, misses are 503 within six, and the same requests succeed afterwards", async () => {
    const { worker, tokens, translate, refused, ask, silent } = await isolateOverSilence();
    silent.begin();

    const hits = { texts: ["bread", "i asked before", "somebody else asked"], from: "en", to: "es" };
    const fast = elapsed(
      Promise.all([
        translate(hits).then((answer) =>
          expect(read(answer)).toEqual([
            ...["phrasebook: pan", "memory: [es] i asked before", "kv: [es] somebody else asked"],
          ]),
        ),
        ...["/v1/languages", "/.well-known/jwks.json", "/", "/healthz"].map(async (path) =>
          expect([path, (await worker.get(path, tokens.access_token)).status]).toEqual([path, 200]),
        ),
      ]),
    );
    const app = newApp();
    const requests = {
      miss: () => ask({ text: "nobody asked", from: "en", to: "es" }),
      status: () => worker.get("/v1/account", tokens.access_token),
      signIn: () => worker.post("/oauth/token", { grant_type: APP_GRANT, ...app }),
      deepHealth: () => worker.get("/healthz?deep=1"),
    };
    const slow = elapsed(
      Promise.all(
        Object.entries(requests).map(async ([name, send]) => {
          const response = await send();
          expect([name, response.status, response.headers.get("Retry-After")]).toEqual([name, 503, "5"]);
        }),
      ),
    );
    const problem = refused({ text: "nobody asked this", from: "en", to: "es" });
    // In a request with hits, a miss has its own error.
    const mixed = translate({ texts: ["bread", "nobody asked that"], from: "en", to: "es" });

    expect(await fast).toBeLessThan(1000);
    expect(await slow).toBeLessThan(6000);
    expect(await problem).toMatchObject({ status: 503, code: "storage_unavailable", retryAfter: "5" });
    const { translations, usage } = await mixed;
    expect(translations.flatMap(({ results }) => results)).toEqual([
      { to: "es", text: "pan", source: "phrasebook" },
      { to: "es", error: { code: "storage_unavailable", detail: expect.any(String), retryAfterSeconds: 5 } },
    ]);
    expect(usage).toEqual({ charactersBilled: 0 });

    silent.end();
    for (const [name, send] of Object.entries(requests)) expect([name, (await send()).status]).toEqual([name, 200]);
    expect(read(await translate({ text: "nobody asked this", from: "en", to: "es" }))).toEqual([
      "azure: [es] nobody asked this",
    ]);
  }, 15_000);

  test("a cold isolate waits half a second for the phrasebook, and KV answers", async () => {
    const other = await traveller({ env: azure.env });
    await other.translate({ text: "known to all", from: "en", to: "es" });
    await other.worker.settled();
    const silent = silence();
    const one = await traveller({ env: { ...azure.env, DB: aroundDb(env.DB, silent.around) } }, other.tokens);
    silent.begin();
    const body = { text: "known to all", from: "en", to: "es" };
    expect(
      await elapsed(one.translate(body).then((answer) => expect(read(answer)).toEqual(["kv: [es] known to all"]))),
    ).toBeLessThan(1000);
    silent.end();
  });
});

test("D1 that fails at once is answered so at once, and the log says why", async () => {
  const one = await traveller({ env: azure.env });
  const DB = aroundDb(env.DB, failing("D1_ERROR: Network connection lost"));
  const { refused, worker } = await traveller({ env: { ...azure.env, DB } }, one.tokens);
  expect(await refused({ text: "no luck", to: "es" })).toMatchObject({ status: 503, code: "storage_unavailable" });
  expect(JSON.parse(worker.lines.at(-1) ?? "")).toMatchObject({
    code: "storage_unavailable",
    cause: "D1 failed: Error: D1_ERROR: Network connection lost",
  });
  const { calls } = await azure.status();
  expect(calls.flatMap(({ texts }) => texts)).not.toContain("no luck");
});
