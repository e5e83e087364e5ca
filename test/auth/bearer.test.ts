/** The bearer header (RFC 6750): in which forms a token is taken, and what a 401 says. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { type Edge, SECOND_MS, signedIn, startEdge } from "./edge.ts";

let edge: Edge;
let token: string;
beforeAll(async () => {
  edge = startEdge();
  token = (await signedIn(edge)).tokens.access_token;
});

const ask = (authorization: string) => edge.get("/v1/account", undefined, { Authorization: authorization });
const INVALID = /^Bearer error="invalid_token", error_description="[\x20-\x21\x23-\x5B\x5D-\x7E]+"$/;

async function refusal(response: Response): Promise<readonly (number | string | null)[]> {
  const { code } = await response.clone().json<{ code: string }>();
  expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  expect(response.headers.get("Cache-Control")).toBe("no-store");
  return [response.status, code, response.headers.get("WWW-Authenticate")];
}

describe("a good token", () => {
  it("is taken in any case of the scheme and with more than one space", async () => {
    for (const header of [`Bearer ${token}`, `bearer ${token}`, `BEARER ${token}`, `Bearer   ${token}`]) {
      expect((await ask(header)).status, header.slice(0, 10)).toBe(200);
    }
  });

  it("answers are not for caches", async () => {
    expect((await ask(`Bearer ${token}`)).headers.get("Cache-Control")).toBe("no-store");
  });
});

describe("without a bearer token", () => {
  it("the challenge is a bare Bearer", async () => {
    const headers = [
      "",
      "Bearer",
      "Bearer ",
      "Basic YTpi",
      `Token ${token}`,
      token,
      `Bearer${token}`,
      `XBearer ${token}`,
    ];
    for (const header of headers)
      expect(await refusal(await ask(header)), header.slice(0, 10)).toEqual([401, "missing_token", "Bearer"]);
    expect(await refusal(await edge.get("/v1/account"))).toEqual([401, "missing_token", "Bearer"]);
  });

  it("a token in the query or in another header counts for nothing", async () => {
    expect((await edge.get(`/v1/account?access_token=${token}`)).status).toBe(401);
    expect((await edge.get("/v1/account", undefined, { "X-Token": token, Cookie: `token=${token}` })).status).toBe(401);
  });
});

describe("with a token that is not good", () => {
  const INVALID_TOKEN = [401, "invalid_token", expect.stringMatching(INVALID)];

  it("the challenge says invalid_token, whatever is wrong with it", async () => {
    for (const bad of ["x", `${token}x`, token.slice(0, -1), "a.b.c", '"><script>', `${token},${token}`]) {
      expect(await refusal(await ask(`Bearer ${bad}`)), bad.slice(0, 10)).toEqual(INVALID_TOKEN);
    }
  });

  it("an expired one gets the same", async () => {
    const late = startEdge();
    const { tokens } = await signedIn(late);
    late.advance(905 * SECOND_MS);
    expect(await refusal(await late.get("/v1/account", tokens.access_token))).toEqual(INVALID_TOKEN);
  });

  it("one of a session that ended, has expired or belongs to a blocked account gets the same", async () => {
    const sessions = [await signedIn(edge), await signedIn(edge), await signedIn(edge), await signedIn(edge)];
    const [ended, idle, over, blocked] = sessions.map(({ tokens }) => tokens);
    const set = (what: string, id: string | undefined) =>
      env.DB.prepare(`UPDATE ${what} = ?2 WHERE id = ?1`).bind(id, edge.now()).run();
    await set("sessions SET revoked_at", ended?.session_id);
    await set("sessions SET idle_expires_at", idle?.session_id);
    await set("sessions SET absolute_expires_at", over?.session_id);
    await set("accounts SET blocked_at", blocked?.account_id);
    for (const { tokens } of sessions) {
      expect(await refusal(await edge.get("/v1/account", tokens.access_token))).toEqual(INVALID_TOKEN);
    }
  });
});
