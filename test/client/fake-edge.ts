/**
 * A token endpoint in memory that follows the refresh table of the design, for what the real Worker cannot be made to
 * do on demand: lose an answer, be down, cut a body, remove a device. It knows one account per device, checks no
 * signatures (its tokens are random), and serves two API routes that only show whether an access token is live.
 */
import { createHash, randomUUID } from "node:crypto";
import type { Fetch } from "../../scripts/client/send.ts";

const CONCURRENT_MS = 30_000;
const STALE_MS = 120_000;

/** What happens to one request: lost before it arrives, carried out but its answer lost, or answered by `response`. */
type Fault = "request lost" | "answer lost" | (() => Response | Promise<Response>);

interface Device {
  secret: string;
  removed: boolean;
  displaced: boolean;
}

interface Session {
  id: string;
  appId: string;
  generation: number;
  secret: string;
  previousSecret: string | undefined;
  attemptId: string | undefined;
  rotatedAt: number;
  revoked: boolean;
}

/** The fake, its state open to tests. */
export interface FakeEdge {
  fetch: Fetch;
  devices: Map<string, Device>;
  sessions: Map<string, Session>;
  /** Every request that arrived: the grant or path, and how the refresh table decided it. */
  log: string[];
  /** The parameters of every request to the token endpoint. */
  parameters: URLSearchParams[];
  /** Taken one for each request to the token endpoint (or, in `apiFaults`, to the API); `undefined` lets one through. */
  tokenFaults: (Fault | undefined)[];
  apiFaults: (Fault | undefined)[];
  accessTtlSeconds: number;
  blocked: boolean;
}

/** A new edge without devices. `now` is its clock. */
export function fakeEdge(now: () => number): FakeEdge {
  const accessTokens = new Map<string, { session: Session; expiresAt: number }>();
  const edge: FakeEdge = {
    fetch: async (url, init) => {
      const path = new URL(url).pathname;
      const faults = path.startsWith("/oauth/") ? edge.tokenFaults : edge.apiFaults;
      const fault = faults.shift();
      if (typeof fault === "function") return await fault();
      if (fault === "request lost") throw new TypeError("fetch failed");
      const response = route(path, new Headers(init.headers), String(init.body ?? ""));
      if (fault === "answer lost") throw new TypeError("fetch failed");
      return response;
    },
    devices: new Map(),
    sessions: new Map(),
    log: [],
    parameters: [],
    tokenFaults: [],
    apiFaults: [],
    accessTtlSeconds: 900,
    blocked: false,
  };

  function route(path: string, headers: Headers, body: string): Response {
    if (path === "/oauth/token") return token(new URLSearchParams(body));
    if (path === "/oauth/revoke") return revoke(new URLSearchParams(body));
    edge.log.push(path);
    const access = accessTokens.get((headers.get("Authorization") ?? "").replace("Bearer ", ""));
    if (!access || access.session.revoked || access.expiresAt <= now()) {
      const challenge = { "WWW-Authenticate": 'Bearer error="invalid_token"' };
      return problem(401, "invalid_token", challenge);
    }
    return path === "/v1/translate" ? translations(JSON.parse(body)) : Response.json({ session: access.session.id });
  }

  function token(parameters: URLSearchParams): Response {
    edge.parameters.push(parameters);
    if (edge.blocked) return oauthError(403, "access_denied");
    const isRefresh = parameters.get("grant_type") === "refresh_token";
    return isRefresh ? refresh(parameters) : appGrant(parameters);
  }

  function appGrant(parameters: URLSearchParams): Response {
    edge.log.push("app");
    const appId = parameters.get("app_id") ?? "";
    const secret = parameters.get("app_secret") ?? "";
    const device = edge.devices.get(appId) ?? { secret, removed: false, displaced: false };
    if (device.removed) return oauthError(400, "invalid_grant", "device_removed");
    if (device.secret !== secret) return oauthError(400, "invalid_grant", "app_secret_mismatch");
    if (device.displaced && parameters.get("take_over") !== "true") {
      return oauthError(400, "invalid_grant", "signed_in_elsewhere");
    }
    edge.devices.set(appId, { ...device, displaced: false });
    for (const session of edge.sessions.values()) if (session.appId === appId) session.revoked = true;
    const session: Session = {
      id: randomUUID(),
      appId,
      generation: 1,
      secret: randomUUID(),
      previousSecret: undefined,
      attemptId: undefined,
      rotatedAt: now(),
      revoked: false,
    };
    edge.sessions.set(session.id, session);
    return tokens(session);
  }

  /** The refresh table, row by row. */
  function refresh(parameters: URLSearchParams): Response {
    const [id = "", generationText, secret] = (parameters.get("refresh_token") ?? "").split(".");
    const generation = Number(generationText);
    const session = edge.sessions.get(id);
    const attemptId = parameters.get("attempt_id") ?? undefined;
    if (!session || session.revoked) return decided("revoked", oauthError(400, "invalid_grant"));

    const ageMs = now() - session.rotatedAt;
    if (generation === session.generation && secret === session.secret) {
      session.generation += 1;
      session.previousSecret = session.secret;
      session.secret = successor(session.secret);
      session.attemptId = attemptId;
      session.rotatedAt = now();
      return decided("rotated", tokens(session));
    }
    if (generation === session.generation - 1 && secret === session.previousSecret) {
      if (attemptId !== undefined && attemptId === session.attemptId) return decided("retry", tokens(session));
      if (ageMs <= CONCURRENT_MS) return decided("concurrent", tokens(session));
    } else if (generation >= session.generation) {
      return decided("rollback", oauthError(400, "invalid_grant"));
    } else if (generation < session.generation - 1 && ageMs <= STALE_MS) {
      return decided("stale", oauthError(400, "invalid_grant"));
    }
    session.revoked = true;
    return decided("reuse", oauthError(400, "invalid_grant"));
  }

  function revoke(parameters: URLSearchParams): Response {
    edge.log.push("revoke");
    const session = edge.sessions.get((parameters.get("token") ?? "").split(".")[0] ?? "");
    if (session) session.revoked = true;
    return new Response();
  }

  function decided(outcome: string, response: Response): Response {
    edge.log.push(outcome);
    return response;
  }

  function tokens(session: Session): Response {
    const accessToken = randomUUID();
    accessTokens.set(accessToken, { session, expiresAt: now() + edge.accessTtlSeconds * 1000 });
    return Response.json({
      access_token: accessToken,
      token_type: "Bearer",
      expires_in: edge.accessTtlSeconds,
      refresh_token: `${session.id}.${session.generation}.${session.secret}`,
      refresh_expires_in: 2_592_000,
      scope: "app",
      session_id: session.id,
      device_id: `device of ${session.appId}`,
      account_id: `account of ${session.appId}`,
    });
  }

  return edge;
}

/** An RFC 6749 section 5.2 answer. */
export function oauthError(
  status: number,
  error: string,
  errorCode?: string,
  headers?: Record<string, string>,
): Response {
  const body = { error, error_description: `because ${error}`, ...(errorCode && { error_code: errorCode }) };
  return Response.json(body, { status, ...(headers && { headers }) });
}

/** An RFC 9457 answer. */
export function problem(status: number, code: string, headers?: Record<string, string>): Response {
  const body = { type: `/problems/${code}`, title: `Title of ${code}`, status, detail: `Detail of ${code}.`, code };
  return new Response(JSON.stringify({ ...body, requestId: "r-1" }), {
    status,
    headers: { "Content-Type": "application/problem+json", ...headers },
  });
}

function translations({ texts, to }: { texts: string[]; to: string[] }): Response {
  const results = (text: string) =>
    to.map((language) =>
      language === "xx"
        ? { to: language, error: { code: "unsupported_language" } }
        : { to: language, text: `${text}-${language}`, source: "phrasebook" },
    );
  const body = {
    translations: texts.map((text) => ({ text, results: results(text) })),
    usage: { charactersBilled: 0, charactersLeft: 5000 },
  };
  return Response.json(body, { headers: { "Server-Timing": 'total;dur=2, tier-phrasebook;desc="2 units"' } });
}

function successor(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}
