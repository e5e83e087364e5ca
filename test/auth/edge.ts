/** A Worker whose clock is moved by hand, with the requests that these tests send over and over. */
import { APP_GRANT } from "../../src/auth/token-request.ts";
import { type AppCredentials, newApp, startWorker, type Tokens } from "../worker.ts";

/** Noon, so that a few minutes never change the UTC day; the whole second makes claims exact. */
export const NOON = Date.UTC(2026, 4, 1, 12);
export const SECOND_MS = 1000;
export const DAY_MS = 86_400_000;

/** The body of an OAuth error. */
export interface OAuthErrorBody {
  readonly error: string;
  readonly error_description: string;
  readonly error_code?: string;
}

/** Starts a Worker at `NOON`. */
export function startEdge(env: Readonly<Record<string, unknown>> = {}) {
  let now = NOON;
  const worker = startWorker({ env, clock: () => now });

  const appGrant = (app: AppCredentials, more: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
    worker.post("/oauth/token", { grant_type: APP_GRANT, ...app, ...more }, undefined, headers);
  const refresh = (token: string, more: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
    worker.post("/oauth/token", { grant_type: "refresh_token", refresh_token: token, ...more }, undefined, headers);

  return {
    ...worker,
    now: () => now,
    /** Moves the clock by `ms`, back where negative. */
    advance(ms: number): void {
      now += ms;
    },
    appGrant,
    refresh,
    /** The tokens of a refresh that must succeed. */
    refreshed: async (token: string, more: Record<string, unknown> = {}): Promise<Tokens> =>
      tokensOf(await refresh(token, more)),
    revoke: (token: string) => worker.form("/oauth/revoke", { token }),
    /** What `GET /v1/account` makes of an access token. */
    status: async (accessToken: string): Promise<number> => (await worker.get("/v1/account", accessToken)).status,
    /** The security events written so far, as kind and severity. */
    events: () =>
      worker.lines
        .map((line) => JSON.parse(line) as { event?: string; severity?: string; account?: string })
        .filter(({ event }) => event !== undefined)
        .map(({ event, severity }) => `${event} ${severity}`),
  };
}

export type Edge = ReturnType<typeof startEdge>;

/** The tokens of an answer that must be one with tokens. */
export async function tokensOf(response: Response): Promise<Tokens> {
  if (response.status !== 200) throw new Error(`No tokens: ${response.status} ${await response.text()}`);
  return response.json();
}

/** Status, error and, where there is one, error code of an OAuth error. */
export async function errorOf(response: Response): Promise<readonly (number | string)[]> {
  const { error, error_code } = await response.json<OAuthErrorBody>();
  return [response.status, error, ...(error_code === undefined ? [] : [error_code])];
}

/** An app that is signed in. */
export async function signedIn(edge: Edge): Promise<{ readonly app: AppCredentials; readonly tokens: Tokens }> {
  const app = newApp();
  return { app, tokens: await edge.signIn(app) };
}
