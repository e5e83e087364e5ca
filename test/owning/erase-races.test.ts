/** What is under way while an account is erased, and what comes after it, leaves no row behind. */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { TRANSFER_GRANT } from "../../src/auth/token-request.ts";
import { utcHour } from "../../src/days.ts";
import { recordEvent } from "../../src/events/event-store.ts";
import { startEdge } from "../auth/edge.ts";
import { type Around, aroundDb } from "../bindings.ts";
import { hot, refresh, told } from "../control/isolates.ts";
import { emulated } from "../provider/emulated.ts";
import { bread } from "../vocabulary/phone.ts";
import { newApp, type TestWorker, type Tokens } from "../worker.ts";
import { mentions } from "./erase-world.ts";

const azure = emulated("erase-races");

const eraseBy = (worker: TestWorker, { access_token }: Tokens) =>
  worker.request("/v1/account", { method: "DELETE", headers: { Authorization: `Bearer ${access_token}` } });

/** A signed-in owner with a transfer code, in an isolate whose D1 calls go through `around`. */
async function owner(around: Around = (make) => make()) {
  const edge = startEdge({ ...azure.env, DB: aroundDb(env.DB, around) });
  const app = newApp();
  const tokens = await edge.signIn(app);
  const made = await edge.post("/v1/transfer-codes", undefined, tokens.access_token);
  const { code } = await made.json<{ code: string }>();
  const joiner = newApp();
  return { edge, app, tokens, code, joiner, knownBy: [tokens.account_id, tokens.device_id, app.app_id, joiner.app_id] };
}

type Owner = Awaited<ReturnType<typeof owner>>;

/** What another request does, and what it is told once the account is gone. */
const OTHERS: Readonly<Record<string, { does: (o: Owner) => Promise<Response>; told: string }>> = {
  "a push": {
    does: ({ edge, tokens }) =>
      edge.post("/v1/vocabulary/sync", { changes: [bread("an-entry", { base: 0 })] }, tokens.access_token),
    told: "401 invalid_token",
  },
  "an import": {
    does: ({ edge, tokens }) =>
      edge.request("/v1/vocabulary/import", {
        method: "POST",
        headers: { Authorization: `Bearer ${tokens.access_token}`, "Content-Type": "text/csv" },
        body: "text,language,translation,translationLanguage\r\nbread,en,pan,es\r\n",
      }),
    told: "401 invalid_token",
  },
  "a translation that is new": {
    does: ({ edge, tokens }) =>
      edge.post("/v1/translate", { text: crypto.randomUUID(), from: "en", to: "es" }, tokens.access_token),
    told: "401 invalid_token",
  },
  "a refresh": { does: ({ edge, tokens }) => refresh(edge, tokens.refresh_token), told: "400 invalid_grant" },
  "a refresh with step-up": {
    does: ({ edge, app, tokens }) => refresh(edge, tokens.refresh_token, { ...app }),
    told: "400 invalid_grant",
  },
  "a redemption of its transfer code": {
    does: ({ edge, code, joiner }) => edge.post("/oauth/token", { grant_type: TRANSFER_GRANT, code, ...joiner }),
    told: "400 invalid_grant",
  },
  "a new transfer code": {
    does: ({ edge, tokens }) => edge.post("/v1/transfer-codes", undefined, tokens.access_token),
    told: "401 invalid_token",
  },
  "a sign-out": {
    does: ({ edge, tokens }) => edge.form("/oauth/revoke", { token: tokens.refresh_token }),
    told: "200",
  },
};

describe.each(Object.entries(OTHERS))("%s", (_, { does, told: answer }) => {
  test("at the same time leaves no row, whichever is first", async () => {
    for (const order of [0, 1]) {
      const it = await owner();
      const both = [() => does(it), () => eraseBy(it.edge, it.tokens)];
      await Promise.all((order === 0 ? both : both.reverse()).map((send) => send()));
      await it.edge.settled();
      // A sign-out that was first leaves an account that can be erased after another sign-in.
      if (answer === "200") await eraseBy(it.edge, await it.edge.signIn(it.app));
      expect(await mentions(it.knownBy)).toEqual({});
    }
  });

  test("after it leaves no row, and is refused", async () => {
    const it = await owner();
    expect(await told(eraseBy(it.edge, it.tokens))).toBe("204");
    expect(await told(does(it))).toBe(answer);
    await it.edge.settled();
    expect(await mentions(it.knownBy)).toEqual({});
  });
});

test("characters that were reserved before and are settled after it leave no row", async () => {
  let erases: (() => Promise<Response>) | undefined;
  const statuses: number[] = [];
  const it = await owner(async (make, { args }) => {
    const answer = await make();
    if (erases !== undefined && String(args[0]).includes("INSERT INTO spent")) statuses.push((await erases()).status);
    return answer;
  });
  const elsewhere = startEdge();
  erases = () => eraseBy(elsewhere, it.tokens);
  const body = { text: "a text that the provider is asked for", from: "en", to: "es" };
  expect(await told(it.edge.post("/v1/translate", body, it.tokens.access_token))).toBe("200");
  await it.edge.settled();
  expect(statuses).toEqual([204]);
  expect(await mentions(it.knownBy)).toEqual({});
});

describe("an event that is written behind it", () => {
  test("of a token that is used after all is recorded, and names nobody", async () => {
    await env.DB.exec("DELETE FROM events");
    const it = await owner();
    await eraseBy(it.edge, it.tokens);
    expect(await hot(it.edge, it.tokens.access_token)).toBe("401 invalid_token");
    await it.edge.settled();
    const { results } = await env.DB.prepare("SELECT kind, account_id, session_id FROM events").all();
    expect(results).toEqual([{ kind: "revoked_token_used", account_id: null, session_id: null }]);
    expect(await mentions([...it.knownBy])).toEqual({});
    expect(await mentions([it.tokens.session_id])).toEqual({ "ended_sessions.session_id": 1 });
  });

  test("of a kind that is alerted is counted under no account, and alerted", async () => {
    await env.DB.exec("DELETE FROM alerts");
    const it = await owner();
    await eraseBy(it.edge, it.tokens);
    const event = { kind: "refresh_reuse", severity: "warning", account: it.tokens.account_id } as const;
    expect(await recordEvent(env.DB, { ...event, session: it.tokens.session_id }, it.edge.now())).toBe(true);
    const { results } = await env.DB.prepare("SELECT * FROM alerts ORDER BY subject").all();
    const hour = utcHour(it.edge.now());
    expect(results).toEqual([
      { hour, subject: "all", count: 1 },
      { hour, subject: "refresh_reuse:", count: 1 },
    ]);
    expect(await mentions(it.knownBy)).toEqual({});
  });
});
