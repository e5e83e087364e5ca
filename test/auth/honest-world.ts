/**
 * Two honest clients of one app on a bad network, over shared stored tokens, and a thief: moved one action at a time
 * against the real grants and real local D1. Clients keep to the design's client side. What must hold after every
 * action is checked here; which actions happen is up to the properties.
 */
import { env } from "cloudflare:workers";
import { attemptId } from "../../scripts/client/credentials.ts";
import type { GrantContext, GrantResult } from "../../src/auth/grant.ts";
import { createKeyring } from "../../src/auth/keyring.ts";
import { refresh } from "../../src/auth/refresh.ts";
import { hashOfSecret, readRefreshToken } from "../../src/auth/refresh-token.ts";
import { signInApp } from "../../src/auth/sign-in.ts";
import { readConfig } from "../../src/config.ts";
import { newApp } from "../worker.ts";
import { NOON } from "./edge.ts";

/** One thing that happens. `at` picks one of what there is, counted round. */
export type Action =
  | { readonly do: "send"; readonly client: 0 | 1 }
  | {
      readonly do: "deliver" | "lose request" | "receive" | "lose answer" | "duplicate" | "replay";
      readonly at: number;
    }
  | { readonly do: "steal" }
  | { readonly do: "wait"; readonly ms: number };

/** A request: a refresh with `token`, or the app grant where there was none. */
interface Sent {
  readonly client: 0 | 1;
  readonly token: string | undefined;
  readonly sentAt: number;
}

interface Answered extends Sent {
  readonly result: GrantResult;
}

const keyringOf = createKeyring();
const enrolments = { perIp: 1e9, total: 1e9 };

/** Makes a world whose network forgets what was sent longer than `memoryMs` ago. */
export async function createWorld(memoryMs: number) {
  const app = newApp();
  const config = { ...readConfig(env), dailyEnrolments: enrolments };
  const keyring = await keyringOf(config);
  let now = NOON;
  let stored: string | undefined;
  let requests: Sent[] = [];
  let answers: Answered[] = [];
  let past: Sent[] = [];
  const stolen: string[] = [];
  /** Every token ever issued, by session and generation, and when that generation was first seen. */
  const issued = new Map<string, { readonly token: string; readonly since: number }>();
  const newest = new Map<string, number>();
  const events: string[] = [];

  const context = (): GrantContext => ({
    db: env.DB,
    config,
    keyring,
    now,
    report: (event) => events.push(event.kind),
    ended: () => undefined,
  });

  async function read(token: string) {
    const presented = await readRefreshToken(keyring.tokens, token);
    if (presented === undefined) throw new Error("A token that was issued is not read any more");
    return presented;
  }

  /** Keeps book of what is issued: a generation of a session has one token, however many ask for it. */
  async function record(result: GrantResult): Promise<GrantResult> {
    if (!result.ok) return result;
    const token = result.answer.refresh_token;
    const { sessionId, generation } = await read(token);
    const id = `${sessionId}.${generation}`;
    const known = issued.get(id);
    if (known !== undefined && known.token !== token) throw new Error("One generation has two tokens");
    if (known === undefined) issued.set(id, { token, since: now });
    newest.set(sessionId, Math.max(newest.get(sessionId) ?? 0, generation));
    return result;
  }

  /** A refresh as the server sees it, and what a token that is two generations old must come to. */
  async function present(token: string, attempt_id: string | undefined): Promise<GrantResult> {
    const { sessionId, generation } = await read(token);
    const latest = newest.get(sessionId) ?? 0;
    const since = issued.get(`${sessionId}.${latest}`)?.since ?? now;
    const result = await record(await refresh(context(), await read(token), { attempt_id }));
    if (latest >= generation + 2) {
      if (result.ok) throw new Error("A token two generations old got tokens");
      const lives = await live();
      if (now - since > 120_000 && lives.some(({ id }) => id === sessionId)) throw new Error("The session lives on");
    }
    return result;
  }

  async function serve({ token }: Sent): Promise<GrantResult> {
    if (token !== undefined) return present(token, await attemptId(app.app_secret, token));
    return record(
      await signInApp(context(), {
        appId: app.app_id,
        appSecret: app.app_secret,
        address: "192.0.2.1",
        takeOver: false,
      }),
    );
  }

  /** The live sessions of this app's device; one that has expired stays in the database as it was. */
  async function live(): Promise<readonly { id: string; hash: string }[]> {
    const { results } = await env.DB.prepare(
      `SELECT s.id, s.secret_hash AS hash FROM sessions s JOIN devices v ON v.id = s.device_id
       WHERE v.app_id = ?1 AND s.revoked_at IS NULL AND s.idle_expires_at > ?2`,
    )
      .bind(app.app_id, now)
      .all<{ id: string; hash: string }>();
    return results;
  }

  /** What an honest client does with an answer; `false` where the token that it still has stored was refused. */
  function receive({ token, result }: Answered): boolean {
    // Another process may have stored newer tokens meanwhile: those stay.
    if (stored !== token) return true;
    stored = result.ok ? result.answer.refresh_token : undefined;
    return result.ok;
  }

  const taken = <T>(list: T[], at: number): T | undefined => list.splice(at % Math.max(1, list.length), 1)[0];
  const picked = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(1, list.length)];
  const remembered = <T extends Sent>(list: readonly T[]) => list.filter(({ sentAt }) => now - sentAt <= memoryMs);

  return {
    events,
    /** Does one action; `false` where it refuses a token that an honest client has stored. */
    async act(action: Action): Promise<boolean> {
      switch (action.do) {
        case "send": {
          if ([...requests, ...answers].some(({ client }) => client === action.client)) return true;
          requests.push({ client: action.client, token: stored, sentAt: now });
          return true;
        }
        case "deliver": {
          const request = taken(requests, action.at);
          if (request === undefined) return true;
          past.push(request);
          answers.push({ ...request, result: await serve(request) });
          return true;
        }
        case "lose request":
          taken(requests, action.at);
          return true;
        case "receive": {
          const answer = taken(answers, action.at);
          return answer === undefined || receive(answer);
        }
        case "lose answer":
          taken(answers, action.at);
          return true;
        case "duplicate": {
          const request = picked(past, action.at);
          if (request !== undefined) await serve(request);
          return true;
        }
        case "steal":
          if (stored !== undefined) stolen.push(stored);
          return true;
        case "replay": {
          const token = picked(stolen, action.at);
          const result = token === undefined ? undefined : await present(token, undefined);
          if (result?.ok) stolen.push(result.answer.refresh_token);
          return true;
        }
        case "wait":
          now += action.ms;
          requests = remembered(requests);
          answers = remembered(answers);
          past = remembered(past);
          return true;
      }
    },
    /** The tokens among all that were ever issued which would be rotated now. */
    async liveTokens(): Promise<readonly string[]> {
      const hashes = new Set((await live()).map(({ hash }) => hash));
      const found: string[] = [];
      for (const { token } of issued.values()) {
        if (hashes.has(await hashOfSecret((await read(token)).secret))) found.push(token);
      }
      return found;
    },
    /** Goes on as an honest client would, without anybody's help: how many requests until it has tokens that work. */
    async stepsToTokens(most: number): Promise<number> {
      for (let step = 1; step <= most; step += 1) {
        const sent = { client: 0, token: stored, sentAt: now } as const;
        if (receive({ ...sent, result: await serve(sent) })) return step;
      }
      throw new Error("There is no way on");
    },
  };
}
