/**
 * The heart of the client: always an access token that should work, without the traveller noticing. It refreshes, and
 * where that is refused signs in again with the app grant; each step is kept before it is used, so a process may die
 * anywhere and the next one goes on from there. It sends no API request itself.
 */
import { MAX_RENEWAL_STEPS, REFRESH_EARLY_MS } from "./bounds.ts";
import { makeCredentials } from "./credentials.ts";
import { ClientError, isTemporary } from "./failure.ts";
import { type DeviceDescription, type GrantAnswer, refresh, revoke, signInByApp } from "./grants.ts";
import { EARLY_REFRESH_PATIENCE, type Edge, GRANT_PATIENCE } from "./send.ts";
import type { Saved, Store, Tokens } from "./store.ts";

/** What the session did by itself, for a log or a curious user. */
export type SessionStep = "refreshed" | "signed in" | "made a new app ID";

export interface SessionChoices {
  device: DeviceDescription;
  /** The traveller has agreed to end the sign-in on the account's other device. */
  takeOver: boolean;
  onStep: (step: SessionStep) => void;
}

export interface Session {
  /** Tokens to use now. `refusedToken` is an access token that the API has just refused, however good it looks here. */
  tokens(refusedToken?: string): Promise<Tokens>;
  /** Ends the session on the server and forgets its tokens. The credentials stay: the next call signs in again. */
  signOut(): Promise<void>;
}

/** A session over one store. Several on one store, in one process or in many, share one sign-in. */
export function openSession(edge: Edge, store: Store, choices: SessionChoices): Session {
  let renewal: Promise<Tokens> | undefined;

  /** Whoever needs new tokens while some are being fetched waits for those. */
  async function tokens(refusedToken?: string): Promise<Tokens> {
    const saved = await store.read();
    if (saved.tokens && isUsable(saved.tokens, refusedToken, REFRESH_EARLY_MS)) return saved.tokens;
    renewal ??= store
      .exclusively(() => renew(refusedToken))
      .finally(() => {
        renewal = undefined;
      });
    return await renewal;
  }

  async function renew(refusedToken: string | undefined): Promise<Tokens> {
    // Another process may have renewed them while this one waited for its turn.
    let saved = await store.read();
    for (let step = 0; step < MAX_RENEWAL_STEPS; step++) {
      const old = saved.tokens;
      if (old && isUsable(old, refusedToken, REFRESH_EARLY_MS)) return old;

      const answer = old
        ? await refreshed(saved, old, refusedToken)
        : await signInByApp(edge, saved, choices.device, choices.takeOver);
      if (answer.kind === "still_good") return answer.tokens;
      if (answer.kind === "tokens") {
        saved = await store.replace(saved, { ...saved, tokens: answer.tokens });
        choices.onStep(old ? "refreshed" : "signed in");
        if (saved.tokens) return saved.tokens;
      } else if (old) {
        // Where another process has rotated meanwhile, its tokens stay and are tried next; else the app grant is.
        saved = await store.replace(saved, { ...saved, tokens: undefined });
      } else {
        saved = await afterRefusedApp(saved, answer);
      }
    }
    throw new ClientError({ kind: "refused", error: "invalid_grant", description: "The server accepts no sign-in." });
  }

  /** Refreshes. Early, one try is enough: a server that cannot do it now leaves an access token that still works. */
  async function refreshed(
    saved: Saved,
    old: Tokens,
    refusedToken: string | undefined,
  ): Promise<GrantAnswer | { kind: "still_good"; tokens: Tokens }> {
    const isEarly = isUsable(old, refusedToken, 0);
    try {
      return await refresh(edge, saved, old.refreshToken, isEarly ? EARLY_REFRESH_PATIENCE : GRANT_PATIENCE);
    } catch (error) {
      if (isEarly && isTemporary(error)) return { kind: "still_good", tokens: old };
      throw error;
    }
  }

  /** The app grant was refused. A dead app ID is replaced; what else the app keeps (its entries) is not touched. */
  async function afterRefusedApp(
    saved: Saved,
    { errorCode, description }: { errorCode: string; description: string },
  ): Promise<Saved> {
    switch (errorCode) {
      case "device_removed":
      case "app_secret_mismatch": {
        choices.onStep("made a new app ID");
        return await store.replace(saved, { ...makeCredentials(), tokens: undefined });
      }
      case "signed_in_elsewhere":
        throw new ClientError({ kind: "signed_in_elsewhere" });
      default:
        throw new ClientError({ kind: "refused", error: "invalid_grant", description });
    }
  }

  async function signOut(): Promise<void> {
    await store.exclusively(async () => {
      const saved = await store.read();
      if (!saved.tokens) return;
      await revoke(edge, saved.tokens.refreshToken);
      await store.replace(saved, { ...saved, tokens: undefined });
    });
  }

  function isUsable(candidate: Tokens, refusedToken: string | undefined, marginMs: number): boolean {
    return candidate.accessToken !== refusedToken && candidate.accessExpiresAt - edge.now() > marginMs;
  }

  return { tokens, signOut };
}
