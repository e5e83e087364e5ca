/**
 * Somebody with a copy of a phone's refresh token and nothing else: he refreshes with the newest he has, and keeps
 * whatever he is given. When he is out is for the soak to judge.
 */
import * as v from "valibot";

const TokenBody = v.object({ access_token: v.string(), refresh_token: v.string() });
const ErrorBody = v.object({ error: v.string() });

/** A thief of one session. */
export interface Thief {
  /** Refreshes with his newest token. */
  readonly strike: () => Promise<void>;
  /** How often he was given tokens. */
  readonly gains: () => number;
  /** Tries all that he ever had, the newest first; how many of them still got him in. */
  readonly tryAll: () => Promise<number>;
  /** Answers to him that no refresh should have. */
  readonly faults: readonly string[];
}

/** A thief who has just copied this refresh token. */
export function thiefOf(baseUrl: string, stolen: string): Thief {
  const refreshTokens = [stolen];
  const accessTokens: string[] = [];
  const faults: string[] = [];

  /** Whether the token was taken. Any other refusal than `invalid_grant` is the server's fault. */
  async function present(refreshToken: string): Promise<boolean> {
    const response = await fetch(`${baseUrl}/oauth/token`, {
      method: "POST",
      body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken }),
    });
    const body: unknown = await response.json();
    if (v.is(TokenBody, body)) {
      refreshTokens.unshift(body.refresh_token);
      accessTokens.unshift(body.access_token);
      return true;
    }
    const error = v.is(ErrorBody, body) ? body.error : "no OAuth error";
    if (response.status !== 400 || error !== "invalid_grant") faults.push(`${response.status} ${error}`);
    return false;
  }

  async function enter(accessToken: string): Promise<boolean> {
    const response = await fetch(`${baseUrl}/v1/sessions/current`, {
      headers: { Authorization: `Bearer ${accessToken}` },
    });
    await response.arrayBuffer();
    return response.status !== 401;
  }

  return {
    async strike() {
      const [newest = stolen] = refreshTokens;
      await present(newest);
    },
    gains: () => accessTokens.length,
    async tryAll() {
      let open = 0;
      for (const token of [...accessTokens]) open += (await enter(token)) ? 1 : 0;
      for (const token of [...refreshTokens]) open += (await present(token)) ? 1 : 0;
      return open;
    },
    faults,
  };
}
