/**
 * The heart of the client: always an access token that should work, without the traveller noticing. It refreshes, and
 * where that is refused signs in again with the app grant; it steps up where a route wants fresh proof, and joins
 * another account where the traveller wants that. Each step is kept before it is used, so a process may die anywhere
 * and the next one goes on from there. It sends no API request itself.
 */
import { MAX_RENEWAL_STEPS, REFRESH_EARLY_MS } from "./bounds.ts";
import { makeCredentials } from "./credentials.ts";
import { ClientError, isTemporary } from "./failure.ts";
import {
  type DeviceDescription,
  type EntriesChoice,
  type GrantAnswer,
  type Joined,
  joinAccount,
  type Key,
  type Proof,
  refresh,
  revoke,
  signInByApp,
} from "./grants.ts";
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
  /** Tokens that have just proved the app secret, and the account's password where that is given (RFC 9470). */
  stepUp(proof?: Proof): Promise<Tokens>;
  /** Joins the account that the key opens. Throws `entries_choice` where the traveller must choose first. */
  join(key: Key, entries?: EntriesChoice): Promise<Joined>;
  /** Makes a new app ID: after the owner has removed this device, or erased its account. */
  startAnew(): Promise<void>;
  /** Ends the session on the server and forgets its tokens. The credentials stay: the next call signs in again. */
  signOut(): Promise<void>;
}

/** A refresh's outcome; early, it may as well be put off. */
type RefreshAnswer = GrantAnswer | { kind: "still_good"; tokens: Tokens };

/** Which tokens are wanted, and how those that are kept are traded for them. */
interface Wanted {
  isGood: (tokens: Tokens) => boolean;
  refreshOld: (saved: Saved, old: Tokens) => Promise<RefreshAnswer>;
  /** Whether tokens from the app grant will do. */
  isSignInEnough: boolean;
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
    return await obtain({
      isGood: (tokens) => isUsable(tokens, refusedToken, REFRESH_EARLY_MS),
      refreshOld: (saved, old) => refreshed(saved, old, refusedToken),
      isSignInEnough: true,
    });
  }

  async function stepUp(proof?: Proof): Promise<Tokens> {
    const wanted: Wanted = {
      isGood: () => false,
      refreshOld: async (saved, old) => {
        const answer = await refresh(edge, saved, old.refreshToken, GRANT_PATIENCE, proof ?? {});
        const isWrong = answer.kind === "invalid_grant" && answer.errorCode === "wrong_password";
        if (isWrong) throw new ClientError({ kind: "wrong_password" });
        return answer;
      },
      isSignInEnough: proof === undefined,
    };
    return await store.exclusively(() => obtain(wanted));
  }

  /** Gets new tokens for those that are kept, as often as it takes. */
  async function obtain({ isGood, refreshOld, isSignInEnough }: Wanted): Promise<Tokens> {
    // Another process may have renewed them while this one waited for its turn.
    let saved = await store.read();
    for (let step = 0; step < MAX_RENEWAL_STEPS; step++) {
      const old = saved.tokens;
      if (old && isGood(old)) return old;

      const answer = old
        ? await refreshOld(saved, old)
        : await signInByApp(edge, saved, choices.device, choices.takeOver);
      if (answer.kind === "still_good") return answer.tokens;
      if (answer.kind === "tokens") {
        saved = await store.replace(saved, { ...saved, tokens: answer.tokens });
        choices.onStep(old ? "refreshed" : "signed in");
        if (saved.tokens && (old || isSignInEnough)) return saved.tokens;
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
  async function refreshed(saved: Saved, old: Tokens, refusedToken: string | undefined): Promise<RefreshAnswer> {
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

  async function join(key: Key, entries?: EntriesChoice): Promise<Joined> {
    return await store.exclusively(async () => {
      let saved = await store.read();
      for (let step = 0; step < MAX_RENEWAL_STEPS; step++) {
        const answer = await joinAccount(edge, saved, choices.device, key, entries);
        if (answer.kind === "tokens") {
          await store.replace(saved, { ...saved, tokens: answer.tokens });
          return answer.joined ?? { moved: 0, equal: 0, renamed: 0, left: 0 };
        }
        const { errorCode, description } = answer;
        if (errorCode !== "device_removed" && errorCode !== "app_secret_mismatch")
          throw new ClientError({ kind: "not_let_in", description });
        saved = await afterRefusedApp(saved, answer);
      }
      throw new ClientError({ kind: "refused", error: "invalid_grant", description: "The server accepts no app ID." });
    });
  }

  async function startAnew(): Promise<void> {
    await store.exclusively(async () => {
      await store.replace(await store.read(), { ...makeCredentials(), tokens: undefined });
    });
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

  return { tokens, stepUp, join, startAnew, signOut };
}
