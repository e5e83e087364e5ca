/** Security events: each kind with its severity, in D1 and in the log, and once where it would be met often. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { APP_GRANT } from "../../src/auth/token-request.ts";
import { failing } from "../bindings.ts";
import { emulated } from "../provider/emulated.ts";
import { newApp, type TestWorker } from "../worker.ts";
import { hot, isolate, type MovedClock, NOON, refresh, told, watched } from "./isolates.ts";

const azure = emulated("control-events");

interface Row {
  readonly kind: string;
  readonly severity: string;
  readonly account_id: string | null;
  readonly session_id: string | null;
  readonly at: number;
}

const recorded = async (): Promise<readonly Row[]> =>
  (await env.DB.prepare("SELECT kind, severity, account_id, session_id, at FROM events ORDER BY id").all<Row>())
    .results;

/** The lines of the log that tell events, without their request ids. */
const logged = ({ lines }: TestWorker) =>
  lines
    .map((line) => JSON.parse(line))
    .filter((line) => "event" in line)
    .map(({ requestId, ...line }) => line);

beforeEach(async () => {
  await env.DB.exec("DELETE FROM events");
  await azure.tell({ reset: true });
});

async function signedIn(overrides: Readonly<Record<string, unknown>> = {}) {
  const clock: MovedClock = { now: NOON };
  const worker = isolate(clock, overrides);
  const app = newApp();
  return { clock, worker, app, tokens: await worker.signIn(app) };
}

type SignedIn = Awaited<ReturnType<typeof signedIn>>;

/** Refreshes `times` times in a row, and gives the refresh tokens from the first on. */
async function rotate({ worker, tokens }: SignedIn, times: number): Promise<string[]> {
  const all = [tokens.refresh_token];
  for (let n = 0; n < times; n += 1) {
    const response = await refresh(worker, all.at(-1) ?? "");
    all.push((await response.json<{ refresh_token: string }>()).refresh_token);
  }
  return all;
}

const miss = ({ worker, tokens }: SignedIn, text: string) =>
  told(worker.post("/v1/translate", { text, from: "en", to: "es" }, tokens.access_token));

/** How each kind comes about: the severity, whether it is about a session, and what the caller is told. */
const KINDS: Record<
  string,
  {
    severity: string;
    about: "session" | "account" | "service";
    told: string;
    env?: Record<string, string>;
    does: (it: SignedIn) => Promise<string>;
  }
> = {
  refresh_reuse: {
    severity: "warning",
    about: "session",
    told: "400 invalid_grant",
    async does(it) {
      const [first = ""] = await rotate(it, 1);
      it.clock.now += 31_000;
      return told(refresh(it.worker, first));
    },
  },
  refresh_stale: {
    severity: "info",
    about: "session",
    told: "400 invalid_grant",
    async does(it) {
      const [first = ""] = await rotate(it, 2);
      return told(refresh(it.worker, first));
    },
  },
  generation_rollback: {
    severity: "alarm",
    about: "session",
    told: "400 invalid_grant",
    async does(it) {
      const latest = (await rotate(it, 1)).at(-1) ?? "";
      await env.DB.prepare("UPDATE sessions SET generation = 1 WHERE id = ?1").bind(it.tokens.session_id).run();
      return told(refresh(it.worker, latest));
    },
  },
  app_secret_mismatch: {
    severity: "warning",
    about: "account",
    told: "400 invalid_grant app_secret_mismatch",
    does: ({ worker, app }) =>
      told(worker.form("/oauth/token", { grant_type: APP_GRANT, app_id: app.app_id, app_secret: newApp().app_secret })),
  },
  revoked_token_used: {
    severity: "info",
    about: "session",
    told: "401 invalid_token",
    async does({ worker, tokens }) {
      await worker.form("/oauth/revoke", { token: tokens.access_token });
      return hot(worker, tokens.access_token);
    },
  },
  budget_near: {
    severity: "warning",
    about: "service",
    told: "200",
    env: { DAILY_CHARACTERS_TOTAL: "10", NEW_ACCOUNT_SHARE: "1" },
    does: (it) => miss(it, "12345678"),
  },
  budget_exhausted: {
    severity: "alarm",
    about: "service",
    told: "503 budget_exhausted",
    env: { DAILY_CHARACTERS_TOTAL: "10", NEW_ACCOUNT_SHARE: "1" },
    does: (it) => miss(it, "12345678901"),
  },
  provider_key_refused: {
    severity: "alarm",
    about: "service",
    told: "503 translator_unavailable",
    async does(it) {
      await azure.tell({ fail: { as: "error", code: 401000, always: true } });
      return miss(it, "a text for a refused key");
    },
  },
};

describe.each(Object.entries(KINDS))("%s", (kind, { severity, about, told: answer, env: settings, does }) => {
  test("is recorded and logged with its severity and whom it is about", async () => {
    await env.DB.exec("DELETE FROM spent");
    const it = await signedIn({ ...azure.env, ...settings });
    expect(await does(it)).toBe(answer);
    await it.worker.settled();
    const account_id = about === "service" ? null : it.tokens.account_id;
    const session_id = about === "session" ? it.tokens.session_id : null;
    expect(await recorded()).toEqual([{ kind, severity, account_id, session_id, at: it.clock.now }]);
    const [line, ...more] = logged(it.worker);
    expect(more).toEqual([]);
    expect(line).toMatchObject({ event: kind, severity });
    expect([line.account ?? null, line.session ?? null]).toEqual([account_id, session_id]);
  });
});

describe("an event", () => {
  test("is logged under the id of the request that met it", async () => {
    const { worker, tokens } = await signedIn();
    await worker.form("/oauth/revoke", { token: tokens.access_token });
    await worker.get("/v1/account", tokens.access_token, { "X-Request-Id": "the-one" });
    const line = worker.lines.map((each) => JSON.parse(each)).find(({ event }) => event === "revoked_token_used");
    expect(line).toMatchObject({ requestId: "the-one" });
  });

  test("holds no token, secret or text", async () => {
    const it = await signedIn();
    const tokens = await rotate(it, 1);
    it.clock.now += 31_000;
    await refresh(it.worker, tokens[0] ?? "", { ...it.app });
    await it.worker.settled();
    const everything = JSON.stringify([await env.DB.prepare("SELECT * FROM events").all(), it.worker.lines]);
    for (const secret of [...tokens, it.app.app_secret, it.app.app_id, it.tokens.access_token])
      expect(everything).not.toContain(secret);
  });

  test("that cannot be recorded costs the request nothing, and the log says so", async () => {
    const { app } = await signedIn();
    const lost = failing("D1_ERROR: the network connection was lost");
    const { db } = watched((make, call) => (String(call.args[0]).includes("INTO events") ? lost(make, call) : make()));
    const clock = { now: NOON };
    const worker = isolate(clock, { DB: db });
    const { access_token } = await worker.signIn(app);
    await worker.form("/oauth/revoke", { token: access_token });
    expect(await told(worker.get("/v1/account", access_token))).toBe("401 invalid_token");
    await worker.settled();
    expect(await recorded()).toEqual([]);
    expect(worker.lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ event: "revoked_token_used", recorded: false }),
    );
  });
});

describe("a revoked token in use", () => {
  test("is told once for a session by an isolate, however often it is tried and where, with one write to D1", async () => {
    const { clock, worker, tokens } = await signedIn();
    await worker.form("/oauth/revoke", { token: tokens.access_token });
    const first = isolate(clock);
    for (let tries = 0; tries < 5; tries += 1) {
      expect(await hot(first, tokens.access_token)).toBe("401 invalid_token");
      expect(await told(first.get("/v1/sessions/current", tokens.access_token))).toBe("401 invalid_token");
    }
    await first.settled();
    expect(await recorded()).toHaveLength(1);
    expect(logged(first)).toHaveLength(1);
    const second = isolate(clock);
    await hot(second, tokens.access_token);
    await second.settled();
    expect(await recorded()).toHaveLength(2);
  });

  test("is told for each session", async () => {
    const [one, other] = [await signedIn(), await signedIn()];
    const worker = isolate(one.clock);
    for (const { tokens } of [one, other]) {
      await worker.form("/oauth/revoke", { token: tokens.access_token });
      await hot(worker, tokens.access_token);
    }
    await worker.settled();
    expect((await recorded()).map(({ session_id }) => session_id)).toEqual([
      one.tokens.session_id,
      other.tokens.session_id,
    ]);
  });
});
