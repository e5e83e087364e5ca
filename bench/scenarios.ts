/**
 * The requests that are measured, each made ready first: signed in, warmed up to the tier that is to answer. Which tier
 * answers is checked then and not under load.
 */
import { APP_GRANT } from "../src/auth/token-request.ts";
import type { Edge } from "./edge.ts";
import { CONNECTIONS, requestBytes, type Target } from "./load.ts";

/** The scenario that the design has a goal for. */
export const HOT_TRANSLATE = "translate, memory";

const HOT = { text: "Where does the night bus to the harbour leave?", from: "en", to: "es" };
const WORD = { text: "bread", from: "en", to: "es" };
/** Never kept in the isolate: warmed through the other one, asked with `no-store`. */
const IN_KV = { text: "Where does the morning bus to the harbour leave?", from: "en", to: "es" };
/** Never kept anywhere. */
const NOWHERE = { text: "Where does the evening bus to the harbour leave?", from: "en", to: "es" };
const BATCH = {
  texts: Array.from({ length: 25 }, (_, line) => `Where does bus ${line} to the harbour leave?`),
  from: "en",
  to: "es",
};
const NO_STORE = { "Cache-Control": "no-store" };

type Headers = Readonly<Record<string, string>>;

async function ask(port: number, path: string, body: object, headers: Headers = {}): Promise<Response> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return response;
}

interface SignedIn {
  readonly access_token: string;
  readonly refresh_token: string;
}

/** Signs a new app in. */
export async function signIn(port: number): Promise<SignedIn> {
  const app = { app_id: crypto.randomUUID(), app_secret: Buffer.alloc(32, 7).toString("base64url") };
  const answer = await ask(port, "/oauth/token", { grant_type: APP_GRANT, ...app });
  // The edge's own answer; a wrong one fails the next request.
  return (await answer.json()) as SignedIn;
}

/** Translates until the answer comes from that tier alone. */
async function warm(port: number, body: object, headers: Headers, tier: string): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const answer = await (await ask(port, "/v1/translate", body, headers)).text();
    const sources = new Set(Array.from(answer.matchAll(/"source":"(\w+)"/g), ([, source]) => source));
    if (sources.size === 1 && sources.has(tier)) return;
  }
  throw new Error(`The ${tier} tier does not answer`);
}

/** Each connection rotates a session of its own, with one attempt ID, so that a round may end on a lost answer. */
async function refreshing(port: number): Promise<Target> {
  const sessions = await Promise.all(Array.from({ length: CONNECTIONS }, () => signIn(port)));
  const tokens = sessions.map(({ refresh_token }) => refresh_token);
  return {
    port,
    next(connection, before) {
      const rotated = /"refresh_token":"([^"]+)"/.exec(before?.toString("latin1") ?? "")?.[1];
      if (rotated !== undefined) tokens[connection] = rotated;
      const body = { grant_type: "refresh_token", refresh_token: tokens[connection], attempt_id: "a".repeat(22) };
      return requestBytes("POST", "/oauth/token", { "Content-Type": "application/json" }, JSON.stringify(body));
    },
  };
}

/** The bare handler, asked for nothing. */
export function bareTarget({ barePort }: Edge): Target {
  const request = requestBytes("GET", "/");
  return { port: barePort, next: () => request };
}

/** Makes all that is compared with the bare handler ready. */
export async function scenarios({
  barePort,
  nativePort,
  edgePort,
  otherPort,
}: Edge): Promise<ReadonlyMap<string, Target>> {
  const { access_token } = await signIn(edgePort);
  const headers = { Authorization: `Bearer ${access_token}`, "Content-Type": "application/json" };
  const unkept = { ...headers, ...NO_STORE };
  await warm(edgePort, HOT, headers, "memory");
  await warm(edgePort, BATCH, headers, "memory");
  await warm(edgePort, WORD, headers, "phrasebook");
  await warm(otherPort, IN_KV, headers, "memory");
  await warm(edgePort, IN_KV, unkept, "kv");
  await warm(edgePort, NOWHERE, unkept, "azure");

  const served = (request: Buffer, port = edgePort): Target => ({ port, next: () => request });
  const translation = (body: object, sent: Headers = headers) =>
    requestBytes("POST", "/v1/translate", sent, JSON.stringify(body));
  const translate = (body: object, sent?: Headers) => served(translation(body, sent));
  return new Map([
    ["the bare handler, sent the hot translate", served(translation(HOT), barePort)],
    ["a native handler that reads it and answers alike", served(translation(HOT), nativePort)],
    [HOT_TRANSLATE, translate(HOT)],
    ["translate, phrasebook", translate(WORD)],
    ["translate, 25 units in memory", translate(BATCH)],
    ["translate, KV", translate(IN_KV, unkept)],
    ["translate, a miss, instant provider", translate(NOWHERE, unkept)],
    ["refresh", await refreshing(edgePort)],
    ["languages", served(requestBytes("GET", "/v1/languages", headers))],
    ["JWKS", served(requestBytes("GET", "/.well-known/jwks.json"))],
    ["healthz", served(requestBytes("GET", "/healthz"))],
  ]);
}
