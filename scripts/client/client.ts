/**
 * The reference client for app developers: requests to a Pidging Edge with tokens that take care of themselves. Only
 * Web APIs (`fetch`, `crypto.subtle`), so it runs in Node, browsers and Workers and ports to any language. Each feature
 * of the API is a function of its own over `request`: see `translate.ts`.
 */
import * as v from "valibot";
import { MAX_PROOF_TRIES } from "./bounds.ts";
import { ClientError } from "./failure.ts";
import type { EntriesChoice, Joined, Key, Proof } from "./grants.ts";
import { type Answer, API_PATIENCE, type Edge, type Fetch, retryAfterSeconds, send } from "./send.ts";
import { openSession, type SessionChoices } from "./session.ts";
import type { Store, Tokens } from "./store.ts";

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

/** Asks the traveller for what the account's password protects; `attempt` counts from 1. Nothing: the traveller gives up. */
export type AskProof = (attempt: number) => Promise<Proof | undefined>;

/** What to ask of the API. */
interface ApiRequest {
  method?: string;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, in place of `body`. */
  file?: { type: string; content: Uint8Array<ArrayBuffer> };
  /** For a DELETE that signs out, removes or erases: when its answer was lost, a 401 to the retry means done. */
  endsSession?: boolean;
  /** For what is done to an account: where the device is out of it by now, the request is not made in another one. */
  sameAccount?: boolean;
  /** For a route that may want the account's password. */
  askProof?: AskProof;
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
  /** The account that requests are made for now; signs in where that is not known. */
  accountId(): Promise<string>;
  /** The account of the tokens that are kept, and nothing where there are none; asks nobody. */
  lastAccountId(): Promise<string | undefined>;
  /** Joins the account that the key opens. Push what is unsent before, and drop cursor and bases after. */
  join(key: Key, entries?: EntriesChoice): Promise<Joined>;
  /** Makes a new app ID: after the owner has removed this device, or erased its account. */
  startAnew(): Promise<void>;
  /** Ends this device's session and forgets its tokens. */
  signOut(): Promise<void>;
}

const ProblemBody = v.object({
  code: v.string(),
  title: v.string(),
  detail: v.optional(v.string(), ""),
  reason: v.optional(v.string()),
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
    device: { platform: "other" },
    takeOver: false,
    onStep: () => undefined,
    ...options.choices,
  });

  async function request(path: string, request: ApiRequest = {}): Promise<Answer> {
    const meant = request.sameAccount ? await lastAccountId() : undefined;
    const met = new Set<TokenRefusal>();
    for (let tokens = await session.tokens(); ; ) {
      if (meant !== undefined && tokens.accountId !== meant) throw new ClientError({ kind: "account_changed" });
      const answer = await sendWith(tokens.accessToken, path, request);
      if ((answer.status >= 200 && answer.status < 300) || answer.status === 304) return answer;
      const refusal = readTokenRefusal(answer);
      if (request.endsSession && answer.tries > 1 && refusal === "invalid") return answer;
      if (refusal === undefined || met.has(refusal)) throw failureOf(answer, edge, path);
      met.add(refusal);
      tokens = await betterTokens(refusal, tokens, request.askProof);
    }
  }

  async function betterTokens(refusal: TokenRefusal, tokens: Tokens, askProof?: AskProof): Promise<Tokens> {
    if (refusal === "invalid") return await session.tokens(tokens.accessToken);
    if (refusal === "step-up") return await session.stepUp();
    for (let attempt = 1; ; attempt += 1) {
      const proof = await askProof?.(attempt);
      if (proof === undefined) throw new ClientError({ kind: attempt === 1 ? "password_needed" : "wrong_password" });
      try {
        return await session.stepUp(proof);
      } catch (error) {
        const isWrong = error instanceof ClientError && error.failure.kind === "wrong_password";
        if (!isWrong || attempt === MAX_PROOF_TRIES) throw error;
      }
    }
  }

  const requestJson: Client["requestJson"] = async (shape, path, apiRequest) => {
    const answer = await request(path, apiRequest);
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), shape), answer.text);
    if (!parsed.success) throw unexpected(answer, edge, path);
    return { body: parsed.output, headers: answer.headers };
  };

  async function sendWith(
    accessToken: string,
    path: string,
    { method, headers, body, file }: ApiRequest,
  ): Promise<Answer> {
    const sent = file ?? (body === undefined ? undefined : { type: "application/json", content: JSON.stringify(body) });
    const init: RequestInit = {
      method: method ?? (sent === undefined ? "GET" : "POST"),
      headers: {
        ...headers,
        Authorization: `Bearer ${accessToken}`,
        ...(sent && { "Content-Type": sent.type }),
      },
      ...(sent && { body: sent.content }),
    };
    return await send(edge, path, init, API_PATIENCE);
  }

  const accountId = async () => (await session.tokens()).accountId;

  const lastAccountId = async () => (await options.store.read()).tokens?.accountId;
  const { join, startAnew, signOut } = session;

  return { request, requestJson, accountId, lastAccountId, join, startAnew, signOut };
}

/** Why a token does not do: it is over, or it proves too little (RFC 9470), or the password must be proved too. */
type TokenRefusal = "invalid" | "step-up" | "password";

/** RFC 6750 section 3.1 and RFC 9470 section 3: a new token may do. */
function readTokenRefusal({ status, headers }: Answer): TokenRefusal | undefined {
  const challenge = headers.get("WWW-Authenticate") ?? "";
  if (status !== 401) return undefined;
  if (/\berror="?invalid_token\b/.test(challenge)) return "invalid";
  if (!/\berror="?insufficient_user_authentication\b/.test(challenge)) return undefined;
  return /\bacr_values="?password\b/.test(challenge) ? "password" : "step-up";
}

function failureOf(answer: Answer, edge: Edge, path: string): ClientError {
  const { status } = answer;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), ProblemBody), answer.text);
  if (!parsed.success) return unexpected(answer, edge, path);
  const { code, title, detail, reason, requestId, errors } = parsed.output;
  const retry = retryAfterSeconds(answer.headers, edge.now());
  return new ClientError({
    kind: "problem",
    problem: { status, code, title, detail, reason, requestId, errors, retryAfterSeconds: retry },
  });
}

function unexpected({ status }: Answer, edge: Edge, path: string): ClientError {
  return new ClientError({ kind: "unexpected", status, url: edge.baseUrl + path });
}
