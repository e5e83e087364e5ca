/**
 * The reference client for app developers: requests to a Pidging Edge with tokens that take care of themselves. Only
 * Web APIs (`fetch`, `crypto.subtle`), so it runs in Node, browsers and Workers and ports to any language. Each feature
 * of the API is a function of its own over `request`: see `translate.ts`.
 */
import * as v from "valibot";
import { ClientError } from "./failure.ts";
import { type Answer, API_PATIENCE, type Edge, type Fetch, retryAfterSeconds, send } from "./send.ts";
import { openSession, type SessionChoices } from "./session.ts";
import type { Store } from "./store.ts";

export interface ClientOptions {
  /** The edge's address. */
  baseUrl: string;
  store: Store;
  fetch: Fetch;
  /** The local clock, milliseconds since 1970. */
  now: () => number;
  /** Waits between two tries; only tests shorten it. */
  pause?: (ms: number) => Promise<void>;
  choices?: Partial<SessionChoices>;
}

/** What to ask of the API; bodies are sent as JSON. */
interface ApiRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
  /** For a DELETE that signs out, removes or erases: when its answer was lost, a 401 to the retry means done. */
  endsSession?: boolean;
}

export interface Client {
  /** One API request. Returns its answer when that is 2xx or 304 (or `endsSession` explains it), else throws a `ClientError`. */
  request(path: string, request?: ApiRequest): Promise<Answer>;
  /** The same for an answer in JSON of this shape; any other shape is `unexpected`. */
  requestJson<Body>(
    shape: v.GenericSchema<unknown, Body>,
    path: string,
    request?: ApiRequest,
  ): Promise<{ body: Body; headers: Headers }>;
  /** Ends this device's session and forgets its tokens. */
  signOut(): Promise<void>;
}

const ProblemBody = v.object({
  code: v.string(),
  title: v.string(),
  detail: v.optional(v.string(), ""),
  requestId: v.optional(v.string()),
  errors: v.optional(v.array(v.object({ path: v.string(), message: v.string() })), []),
});

/** A client of one edge over one store. */
export function createClient(options: ClientOptions): Client {
  const edge: Edge = {
    baseUrl: options.baseUrl.replace(/\/+$/, ""),
    fetch: options.fetch,
    now: options.now,
    pause: options.pause ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms))),
  };
  const session = openSession(edge, options.store, {
    device: { name: "Pidging demo", platform: "other" },
    takeOver: false,
    onStep: () => undefined,
    ...options.choices,
  });

  async function request(path: string, request: ApiRequest = {}): Promise<Answer> {
    const { accessToken } = await session.tokens();
    let answer = await sendWith(accessToken, path, request);
    if (request.endsSession && answer.tries > 1 && answer.status === 401) return answer;
    if (refusesToken(answer)) {
      const renewed = await session.tokens(accessToken);
      answer = await sendWith(renewed.accessToken, path, request);
    }
    if ((answer.status >= 200 && answer.status < 300) || answer.status === 304) return answer;
    throw failureOf(answer, edge, path);
  }

  const requestJson: Client["requestJson"] = async (shape, path, apiRequest) => {
    const answer = await request(path, apiRequest);
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), shape), answer.text);
    if (!parsed.success) throw unexpected(answer, edge, path);
    return { body: parsed.output, headers: answer.headers };
  };

  async function sendWith(accessToken: string, path: string, { method, headers, body }: ApiRequest): Promise<Answer> {
    const init: RequestInit = {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: {
        ...headers,
        Authorization: `Bearer ${accessToken}`,
        ...(body !== undefined && { "Content-Type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
    return await send(edge, path, init, API_PATIENCE);
  }

  return { request, requestJson, signOut: session.signOut };
}

/** RFC 6750 section 3.1: expired, revoked or signed with a key that is gone. A new token may do. */
function refusesToken(answer: Answer): boolean {
  return answer.status === 401 && /\berror="?invalid_token\b/.test(answer.headers.get("WWW-Authenticate") ?? "");
}

function failureOf(answer: Answer, edge: Edge, path: string): ClientError {
  const { status } = answer;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), ProblemBody), answer.text);
  if (!parsed.success) return unexpected(answer, edge, path);
  const { code, title, detail, requestId, errors } = parsed.output;
  const retry = retryAfterSeconds(answer.headers, edge.now());
  return new ClientError({
    kind: "problem",
    problem: { status, code, title, detail, requestId, errors, retryAfterSeconds: retry },
  });
}

function unexpected({ status }: Answer, edge: Edge, path: string): ClientError {
  return new ClientError({ kind: "unexpected", status, url: edge.baseUrl + path });
}
