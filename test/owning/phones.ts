/** Phones of the owner's stories: they sign in, keep entries, make and redeem codes, on an isolate with a clock moved by hand. */
import { RECOVERY_GRANT, TRANSFER_GRANT } from "../../src/auth/token-request.ts";
import { type Edge, errorOf, tokensOf } from "../auth/edge.ts";
import { type Phone, phoneWith } from "../vocabulary/phone.ts";
import { type AppCredentials, newApp, type Tokens } from "../worker.ts";

/** What a join reports. */
export interface Joined {
  readonly moved: number;
  readonly equal: number;
  readonly renamed: number;
  readonly left: number;
}

/** The tokens of a join. */
export type JoinTokens = Tokens & { readonly joined: Joined };

/** A recovery code, as an app makes it. */
export const RECOVERY = "7K2M-9QXW-3TRB-5HVD-8NCF-4GZP-6J";

/** A phone that signed in, with its app's credentials. */
export type OwnedPhone = Phone & { readonly app: AppCredentials };

/** Makes the phones of an isolate. */
export function phonesOf(edge: Edge) {
  const withTokens = (app: AppCredentials, tokens: Tokens): OwnedPhone => ({ ...phoneWith(edge, tokens), app });
  const send = (grant_type: string, code: string, app: AppCredentials, more: object = {}) =>
    edge.post("/oauth/token", { grant_type, code, ...app, ...more });
  const redeem = (code: string, app: AppCredentials, more: object = {}) => send(TRANSFER_GRANT, code, app, more);
  const recover = (code: string, app: AppCredentials, more: object = {}) => send(RECOVERY_GRANT, code, app, more);
  return {
    withTokens,
    redeem,
    recover,
    /** Signs a new app in. */
    async phone(more: Record<string, unknown> = {}): Promise<OwnedPhone> {
      const app = newApp();
      return withTokens(app, await tokensOf(await edge.appGrant(app, more)));
    },
    /** A new transfer code of a phone's account. */
    async codeOf({ tokens }: Phone): Promise<string> {
      const response = await edge.post("/v1/transfer-codes", undefined, tokens.access_token);
      if (response.status !== 201) throw new Error(`No code: ${await response.text()}`);
      return (await response.json<{ code: string }>()).code;
    },
    /** The tokens of a redemption that must succeed. */
    redeemed: async (code: string, app: AppCredentials, more: object = {}): Promise<JoinTokens> =>
      // The grant's answer carries `joined`.
      (await tokensOf(await redeem(code, app, more))) as JoinTokens,
    recovered: async (code: string, app: AppCredentials, more: object = {}): Promise<JoinTokens> =>
      // As above.
      (await tokensOf(await recover(code, app, more))) as JoinTokens,
    refused: async (response: Promise<Response>) => errorOf(await response),
    /** Sets the recovery code of a phone's account. */
    async setRecovery({ tokens }: Phone, code: string = RECOVERY): Promise<number> {
      return (
        await edge.request("/v1/account/recovery-code", {
          method: "PUT",
          headers: { Authorization: `Bearer ${tokens.access_token}`, "Content-Type": "application/json" },
          body: JSON.stringify({ code }),
        })
      ).status;
    },
    delete: async (path: string, { tokens }: Phone): Promise<number> =>
      (await edge.request(path, { method: "DELETE", headers: { Authorization: `Bearer ${tokens.access_token}` } }))
        .status,
  };
}

/** What a phone's account holds: id to text, deleted ones left out. */
export async function textsOf({ pull }: Phone): Promise<ReadonlyMap<string, unknown>> {
  const texts = new Map<string, unknown>();
  let page = await pull({ limit: 500 });
  for (;;) {
    for (const { id, text, deleted } of page.items) if (!deleted) texts.set(id, text);
    if (page.page === undefined) return texts;
    page = await pull({ limit: 500, page: page.page });
  }
}
