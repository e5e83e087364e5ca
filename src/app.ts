/**
 * The app of one isolate: middleware order, where each feature is mounted, and the one place for each of: unknown
 * paths, wrong methods, unexpected faults. All state of an isolate hangs on what is made here.
 */
import type { Context, MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { HonoBase } from "hono/hono-base";
import { PHRASEBOOK_LANGUAGES } from "../generated/phrasebook.ts";
import { aboutRoutes } from "./about/routes.ts";
import { deviceRoutes } from "./account/device-routes.ts";
import { emailRoutes } from "./account/email-routes.ts";
import { eraseRoutes } from "./account/erase-routes.ts";
import { exportRoutes } from "./account/export-routes.ts";
import { linkRoutes } from "./account/link-routes.ts";
import { recoveryRoutes } from "./account/recovery-routes.ts";
import { accountRoutes } from "./account/routes.ts";
import { sessionRoutes } from "./account/session-routes.ts";
import { transferRoutes } from "./account/transfer-routes.ts";
import { createVerifier } from "./auth/access-token.ts";
import { discoveryRoutes } from "./auth/discovery-routes.ts";
import { createKeyring } from "./auth/keyring.ts";
import {
  type AuthParts,
  authenticate,
  authenticateBySnapshot,
  authenticateLink,
  requireStepUp,
} from "./auth/middleware.ts";
import { createRevocations } from "./auth/revocation.ts";
import { tokenRoutes } from "./auth/token-routes.ts";
import { type Config, readConfig } from "./config.ts";
import type { AppEnv } from "./context.ts";
import { createOnce, deliverEvents } from "./events/reporter.ts";
import { limit } from "./limits/rate.ts";
import { type Log, requestIdFrom, startTrace } from "./observe.ts";
import { outbound } from "./outbound.ts";
import { createPhrasebook } from "./phrasebook/phrasebook.ts";
import { phrasebookRoutes } from "./phrasebook/routes.ts";
import { type Declaration, mounter, refuse } from "./route.ts";
import { createRouter, pathPattern } from "./router.ts";
import { STORAGE_UNAVAILABLE, StorageUnavailable, storageCause } from "./storage.ts";
import { languagesRoutes } from "./translate/languages-route.ts";
import { translateRoutes } from "./translate/routes.ts";
import { entryRoutes } from "./vocabulary/entry-routes.ts";
import { fileRoutes } from "./vocabulary/file-routes.ts";
import { listRoutes } from "./vocabulary/list-routes.ts";
import { syncRoutes } from "./vocabulary/sync-routes.ts";

/** What an isolate is made of. */
export interface AppParts {
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** A Worker's app, and the declarations of all that it serves. */
export interface App {
  readonly fetch: HonoBase<AppEnv>["fetch"];
  readonly routes: HonoBase<AppEnv>["routes"];
  readonly declarations: readonly Declaration[];
}

const HSTS = "max-age=31536000";
const EXPOSED = ["WWW-Authenticate", "ETag", "Retry-After", "X-Request-Id"];
const CORS_HEADERS = ["Authorization", "Content-Type", "If-Match", "If-None-Match", "Cache-Control", "X-Request-Id"];
const CORS_MAX_AGE_SECONDS = 86_400;

/** Outermost: the request's id, constant headers, Server-Timing and the log line. */
function observe({ log, clock }: AppParts): MiddlewareHandler<AppEnv> {
  const isNew = createOnce();
  return async function observeRequest(c, next) {
    const trace = startTrace(requestIdFrom(c.req.header("X-Request-Id") ?? null), { log, clock, isNew });
    c.set("trace", trace);
    await next();
    const { headers } = c.res;
    headers.set("X-Request-Id", trace.requestId);
    headers.set("Server-Timing", trace.serverTiming());
    headers.set("X-Content-Type-Options", "nosniff");
    const ratePolicy = c.get("ratePolicy");
    if (ratePolicy !== undefined) headers.set("RateLimit-Policy", ratePolicy);
    // Answers to known callers are theirs alone, unless the route says how they may be kept.
    if (c.get("caller") !== undefined && !headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
    if (trace.events.length > 0) c.executionCtx.waitUntil(deliver(c, log, clock()));
    if (c.get("config")?.httpsOnly) headers.set("Strict-Transport-Security", HSTS);
    trace.finish({ method: c.req.method, path: pathForLog(c.req.routePath), status: c.res.status });
  };
}

/** Records the request's events behind its answer. */
function deliver(c: Context<AppEnv>, log: Log, now: number): Promise<void> {
  const config = c.get("config");
  const trace = c.get("trace");
  const delivery = {
    db: c.env.DB,
    fetch: outbound,
    webhookUrl: config.alertWebhookUrl,
    issuer: config.issuer,
    now,
    log,
  };
  return deliverEvents(delivery, trace.events);
}

/** The route's pattern, so that no id and no stray text of a path comes into the log. */
function pathForLog(routePath: string): string {
  return routePath === "/*" || routePath === "*" ? "(none)" : routePath;
}

/**
 * Reads the configuration once, and refuses plain http where https is the issuer's scheme: its token has leaked already.
 * CORS for the configured origins; without any, no header and no preflight.
 */
function configure(): MiddlewareHandler<AppEnv> {
  let config: Config | undefined;
  let crossOrigin: MiddlewareHandler<AppEnv> | undefined;
  return async function configureRequest(c, next) {
    config ??= readConfig(c.env);
    c.set("config", config);
    if (config.httpsOnly && c.req.url.startsWith("http:")) {
      return refuse(c, {
        code: "https_required",
        detail: "Use https; a token that was sent over http must be taken as known to others.",
      });
    }
    if (config.corsOrigins.length === 0) return next();
    crossOrigin ??= cors({
      origin: [...config.corsOrigins],
      allowHeaders: CORS_HEADERS,
      exposeHeaders: EXPOSED,
      maxAge: CORS_MAX_AGE_SECONDS,
    });
    return crossOrigin(c, next);
  };
}

/** Counts requests by address, for open routes that cost something. */
const byAddress: MiddlewareHandler<AppEnv> = async function limitByAddress(c, next) {
  const limited = await limit(c, { kind: "anonymous", doing: "look" });
  return limited === undefined ? next() : refuse(c, limited);
};

/** Counts by address what a token endpoint has refused before it could tell who is asking: a body that cannot be read. */
const unreadByAddress: MiddlewareHandler<AppEnv> = async function limitUnreadByAddress(c, next) {
  await next();
  if (c.get("ratePolicy") !== undefined) return;
  const limited = await limit(c, { kind: "anonymous", doing: "junk" });
  if (limited !== undefined) c.res = refuse(c, limited);
};

/** The methods that are served at a path: for 405, asked only where nothing matched. */
function methodsAt(declarations: readonly Declaration[], path: string): readonly string[] {
  const matches = declarations.filter((route) => pathPattern(route.path).test(path));
  return [...new Set(matches.flatMap(({ method }) => (method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()])))];
}

/** Makes the app of an isolate. */
export function createApp(parts: AppParts): App {
  const { clock } = parts;
  const app = new HonoBase<AppEnv>({ router: createRouter() });
  const auth: AuthParts = {
    keyringOf: createKeyring(),
    verify: createVerifier(),
    revocations: createRevocations(),
    clock,
  };
  const known = authenticate(auth);
  app.use(observe(parts), configure());

  const { mount, declarations } = mounter(app, {
    open: [],
    anonymous: [byAddress],
    grant: [unreadByAddress],
    token: [known],
    "token-or-link": [authenticateLink(auth)],
    snapshot: [authenticateBySnapshot(auth)],
    "step-up": [known, requireStepUp(auth)],
  });
  aboutRoutes(mount);
  tokenRoutes(mount, auth);
  discoveryRoutes(mount, auth.keyringOf);
  accountRoutes(mount, auth);
  sessionRoutes(mount, auth);
  deviceRoutes(mount, auth);
  transferRoutes(mount, auth);
  recoveryRoutes(mount, auth);
  eraseRoutes(mount, auth);
  exportRoutes(mount, auth);
  emailRoutes(mount, auth);
  linkRoutes(mount, auth);
  syncRoutes(mount, auth);
  fileRoutes(mount, auth);
  listRoutes(mount, auth);
  entryRoutes(mount, auth);
  const phrasebook = createPhrasebook({ languages: PHRASEBOOK_LANGUAGES });
  translateRoutes(mount, auth, phrasebook);
  languagesRoutes(mount);
  phrasebookRoutes(mount, phrasebook, clock);

  app.notFound((c) => {
    const allow = methodsAt(declarations, c.req.path);
    if (allow.length > 0)
      return refuse(c, { code: "method_not_allowed", detail: "This path takes other methods.", allow });
    return refuse(c, { code: "not_found", detail: "No route has this path." });
  });

  app.onError((error, c) => {
    if (error instanceof StorageUnavailable) {
      c.get("trace").note({ cause: storageCause(error) });
      return refuse(c, STORAGE_UNAVAILABLE);
    }
    c.get("trace").note({ error: error.message, stack: error.stack });
    return refuse(c, { code: "internal", detail: "Something went wrong here; the log has it under the request id." });
  });

  return { fetch: app.fetch, routes: app.routes, declarations };
}
