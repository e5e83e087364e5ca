/** What the service says of itself: name, health, its OpenAPI document, and what its errors mean. */
import type { Context } from "hono";
import * as v from "valibot";
import { STORAGE_RETRY_SECONDS } from "../bounds.ts";
import type { AppEnv } from "../context.ts";
import { limit } from "../limits/rate.ts";
import { PROBLEMS } from "../problems.ts";
import type { Declaration, Mount } from "../route.ts";
import { refuse } from "../route.ts";
import { VERSION } from "../version.ts";
import { checkHealth } from "./health.ts";

const TAG = "About";

const rootRoute = {
  method: "get",
  path: "/",
  access: "open",
  docs: DOCUMENTED && {
    operationId: "about",
    tag: TAG,
    summary: "Name, version, and where to read on",
    description: "For whoever opens the address to see what is there.",
    answers: {
      200: {
        description: "What this is.",
        schema: v.object({
          name: v.string(),
          version: v.string(),
          description: v.string(),
          documentation: v.string(),
          metadata: v.string(),
          health: v.string(),
        }),
      },
    },
    errors: [],
  },
} as const satisfies Declaration;

/** For the document only; a function, because the bundle would keep a constant that nothing uses. */
function healthAnswer() {
  const state = v.picklist(["ok", "failing"]);
  return v.object({ status: state, version: v.string(), database: v.optional(state), cache: v.optional(state) });
}

const healthRoute = {
  method: "get",
  path: "/healthz",
  access: "open",
  query: v.object({
    deep: v.optional(v.pipe(v.picklist(["0", "1"], "must be 0 or 1"), v.description("1 asks D1 and KV too."))),
  }),
  docs: DOCUMENTED && {
    operationId: "health",
    tag: TAG,
    summary: "Whether the service is up",
    description:
      "Plain, it needs nothing but the Worker. With `deep=1` it asks D1 and KV as well, and is limited by address.",
    answers: {
      200: { description: "It is up.", schema: healthAnswer(), headers: { "RateLimit-Policy": "With `deep=1`." } },
      503: {
        description: "D1 or KV does not answer.",
        schema: healthAnswer(),
        headers: { "Retry-After": "Seconds.", "RateLimit-Policy": "The limit by address." },
      },
    },
    errors: ["rate_limited"],
  },
} as const satisfies Declaration;

const openapiRoute = {
  method: "get",
  path: "/openapi.json",
  access: "open",
  docs: DOCUMENTED && {
    operationId: "openapi",
    tag: TAG,
    summary: "This document",
    description: "OpenAPI 3.1, made from the same declarations that the routes are mounted from.",
    answers: { 200: { description: "The document.", schema: v.objectWithRest({ openapi: v.string() }, v.unknown()) } },
    errors: [],
  },
} as const satisfies Declaration;

const problemRoute = {
  method: "get",
  path: "/problems/:code",
  access: "open",
  params: v.object({ code: v.pipe(v.string(), v.description("A problem's `code`."), v.examples(["invalid_token"])) }),
  docs: DOCUMENTED && {
    operationId: "problem",
    tag: TAG,
    summary: "What an error means",
    description: "The page that a problem's `type` leads to.",
    answers: { 200: { description: "The page.", schema: v.string(), contentType: "text/html; charset=utf-8" } },
    errors: ["not_found"],
  },
} as const satisfies Declaration;

/** Answers with a static asset, under the headers that are given. */
async function serveAsset(c: Context<AppEnv>, path: string, headers: Record<string, string>): Promise<Response> {
  const asset = await c.env.ASSETS.fetch(new URL(path, c.req.url));
  if (!asset.ok) throw new Error(`${path} was not deployed`);
  return c.body(await asset.arrayBuffer(), 200, headers);
}

/** Mounts the open routes. The OpenAPI document and the problems' pages are static assets, so that they weigh nothing in the bundle. */
export function aboutRoutes(mount: Mount): void {
  mount(rootRoute, (c) =>
    c.json({
      name: "pidging-edge",
      version: VERSION,
      description: "Anonymous app sign-in, translation and vocabulary for travel apps.",
      documentation: "/openapi.json",
      metadata: "/.well-known/oauth-authorization-server",
      health: "/healthz",
    }),
  );

  mount(healthRoute, async (c, { query }) => {
    if (query.deep !== "1") return c.json({ status: "ok", version: VERSION });
    const limited = await limit(c, { kind: "anonymous", doing: "look" });
    if (limited !== undefined) return refuse(c, limited);
    const health = await checkHealth(c.env.DB, c.env.TRANSLATIONS);
    const ok = health.database === "ok" && health.cache === "ok";
    const body = { status: ok ? "ok" : "failing", version: VERSION, ...health };
    return ok ? c.json(body) : c.json(body, 503, { "Retry-After": String(STORAGE_RETRY_SECONDS) });
  });

  mount(openapiRoute, (c) => serveAsset(c, "/openapi.json", { "Content-Type": "application/json" }));

  mount(problemRoute, (c, { params: { code } }) => {
    if (!Object.hasOwn(PROBLEMS, code))
      return refuse(c, { code: "not_found", detail: "There is no problem of that code." });
    return serveAsset(c, `/problems/${code}`, {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    });
  });
}
