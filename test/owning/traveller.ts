/**
 * A client that follows the rules for bad networks: it repeats what had no answer, steps up and signs in again where it
 * is told to, and takes a 401 to the retry of a DELETE for done. The network loses one request or one answer.
 */
import { APP_GRANT, EMAIL_GRANT, RECOVERY_GRANT, TRANSFER_GRANT } from "../../src/auth/token-request.ts";
import { sha256 } from "../../src/encoding.ts";
import type { Edge } from "../auth/edge.ts";
import { bread, type WirePage } from "../vocabulary/phone.ts";
import { type AppCredentials, newApp, type Tokens } from "../worker.ts";

/** What is lost, counted over all requests of a story; `undefined` for a good network. */
export interface Loss {
  readonly what: "request" | "answer";
  readonly at: number;
}

/** The network of a story. */
export function networkWith(loss?: Loss) {
  let requests = 0;
  return {
    requests: () => requests,
    /** Sends until there is an answer; `repeated` tells that there was none at first. */
    async send(request: () => Promise<Response>): Promise<{ readonly response: Response; readonly repeated: boolean }> {
      const isLost = loss?.at === requests;
      requests += 1;
      if (!isLost) return { response: await request(), repeated: false };
      if (loss?.what === "answer") await request();
      return { response: await request(), repeated: true };
    },
  };
}

export type Network = ReturnType<typeof networkWith>;

interface Problem {
  readonly code: string;
}

/** A phone in somebody's hand. `keychain` is what an installation leaves behind. */
export function travellerOf(edge: Edge, network: Network, keychain: AppCredentials = newApp()) {
  let tokens: Tokens | undefined;
  let password: string | undefined;

  async function grant(body: Record<string, unknown>): Promise<Tokens> {
    const { response } = await network.send(() => edge.post("/oauth/token", body));
    if (response.status !== 200) throw new Error(`${String(body.grant_type)}: ${await response.text()}`);
    tokens = await response.json<Tokens>();
    return tokens;
  }
  const signIn = () => grant({ grant_type: APP_GRANT, ...keychain });
  const current = async () => tokens ?? signIn();

  async function stepUp(withPassword: boolean): Promise<void> {
    const { refresh_token } = await current();
    const attempt_id = (await sha256(refresh_token)).slice(0, 22);
    const proof = withPassword ? { password } : {};
    await grant({ grant_type: "refresh_token", refresh_token, attempt_id, ...keychain, ...proof });
  }

  /** One call of the API; signs in and steps up where it is told to. */
  async function call(method: string, path: string, body?: unknown): Promise<Response> {
    for (let tries = 0; tries < 4; tries += 1) {
      const { access_token } = await current();
      const init: RequestInit = {
        method,
        headers: { Authorization: `Bearer ${access_token}`, "Content-Type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      };
      const { response, repeated } = await network.send(() => edge.request(path, init));
      if (response.status !== 401) {
        if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
        return response;
      }
      const { code } = await response.json<Problem>();
      if (code === "insufficient_user_authentication") {
        await stepUp(response.headers.get("WWW-Authenticate")?.includes('acr_values="password"') ?? false);
      } else if (method === "DELETE" && repeated) return response;
      else await signIn();
    }
    throw new Error(`${method} ${path} is refused for ever`);
  }

  return {
    keychain,
    signIn,
    call,
    account: async () => (await current()).account_id,
    device: async () => (await current()).device_id,
    /** Adds entries, and tells the server. */
    add: (ids: readonly string[]) =>
      call("POST", "/v1/vocabulary/sync", { changes: ids.map((id) => bread(id, { base: 0 })) }),
    /** The ids of all that the server keeps. */
    async entries(): Promise<readonly string[]> {
      const page = await (await call("GET", "/v1/vocabulary/sync?limit=500")).json<WirePage>();
      return page.items
        .filter(({ deleted }) => !deleted)
        .map(({ id }) => id)
        .sort();
    },
    makeCode: async () => (await (await call("POST", "/v1/transfer-codes")).json<{ code: string }>()).code,
    redeem: (code: string, entries?: "move" | "leave") =>
      grant({ grant_type: TRANSFER_GRANT, code, ...keychain, ...(entries === undefined ? {} : { entries }) }),
    recover: (code: string) => grant({ grant_type: RECOVERY_GRANT, code, ...keychain }),
    logIn: (email: string, typed: string) => grant({ grant_type: EMAIL_GRANT, email, password: typed, ...keychain }),
    /** Registers an email, or changes it or its password, which the owner then knows. */
    async register(email: string, typed: string): Promise<void> {
      // The app steps up with the password that it has just set, should the answer have been lost.
      password ??= typed;
      await call("PUT", "/v1/account/email", { email, password: typed });
      password = typed;
    },
  };
}

export type Traveller = ReturnType<typeof travellerOf>;
