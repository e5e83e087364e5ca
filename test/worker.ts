/**
 * A Worker for black-box tests: the app of one fresh isolate over the test file's real local bindings. Two of them are
 * two isolates over one database. Every answer is held against the OpenAPI document.
 */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createApp } from "../src/app.ts";
import { APP_GRANT } from "../src/auth/token-request.ts";
import type { Env } from "../src/context.ts";
import { randomText } from "../src/encoding.ts";
import { checkAnswer } from "./contract.ts";

export const ORIGIN = "http://localhost:8787";

export interface WorkerOptions {
  /** Settings and bindings beside, or in place of, the test configuration's. */
  readonly env?: Readonly<Record<string, unknown>>;
  /** Milliseconds added to the time, as the isolate sees it. */
  readonly clock?: () => number;
}

/** An app's own credentials. */
export interface AppCredentials {
  readonly app_id: string;
  readonly app_secret: string;
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
  readonly refresh_expires_in: number;
  readonly session_id: string;
  readonly device_id: string;
  readonly account_id: string;
}

/** New credentials, as an app makes them on first launch. */
export function newApp(): AppCredentials {
  return { app_id: crypto.randomUUID(), app_secret: randomText(32) };
}

/** A fresh isolate. */
export function startWorker({ env: overrides = {}, clock = Date.now }: WorkerOptions = {}) {
  const lines: string[] = [];
  const app = createApp({ log: (line) => lines.push(line), clock });
  // Settings are strings on top of the bindings that `Env` names.
  const bindings = { ...env, ...overrides } as unknown as Env;
  const contexts: ExecutionContext[] = [];

  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (!headers.has("CF-Connecting-IP")) headers.set("CF-Connecting-IP", "203.0.113.7");
    const asked = new Request(new URL(path, ORIGIN), { ...init, headers });
    const context = createExecutionContext();
    contexts.push(context);
    const response = await app.fetch(asked, bindings, context);
    await checkAnswer(asked, response.clone());
    return response;
  }

  const send = (method: string, path: string, body: unknown, token?: string, headers: Record<string, string> = {}) =>
    request(path, {
      method,
      headers: {
        "Content-Type": "application/json",
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: JSON.stringify(body),
    });

  return {
    lines,
    request,
    get: (path: string, token?: string, headers: Record<string, string> = {}) =>
      request(path, { headers: { ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }), ...headers } }),
    post: (path: string, body: unknown, token?: string, headers: Record<string, string> = {}) =>
      send("POST", path, body, token, headers),
    /** A form, as RFC 6749 has it. */
    form: (path: string, values: Record<string, string>, headers: Record<string, string> = {}) =>
      request(path, { method: "POST", headers, body: new URLSearchParams(values) }),
    /** Signs an app in; throws where that fails. */
    async signIn(app_: AppCredentials = newApp()): Promise<Tokens> {
      const response = await send("POST", "/oauth/token", { grant_type: APP_GRANT, ...app_ });
      if (response.status !== 200) throw new Error(`Sign-in failed: ${await response.text()}`);
      return response.json();
    },
    /** Waits for what requests left running behind their answers. */
    async settled(): Promise<void> {
      await Promise.all(contexts.splice(0).map((context) => waitOnExecutionContext(context)));
    },
  };
}

/** What `startWorker` gives. */
export type TestWorker = ReturnType<typeof startWorker>;
