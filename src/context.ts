/** What the runtime hands to the Worker, and what one request carries along: types only. */
import type { Verified } from "./auth/access-token.ts";
import type { Config } from "./config.ts";
import type { Trace } from "./observe.ts";

/** The bindings of `wrangler.toml`. Settings arrive as strings (or numbers) under their own names and are read by `readConfig`. */
export interface Env {
  readonly DB: D1Database;
  readonly TRANSLATIONS: KVNamespace;
  /** What is served as it is: the OpenAPI document. */
  readonly ASSETS: Fetcher;
  /** May be left out of `wrangler.toml`. */
  readonly ANONYMOUS_LIMIT?: RateLimit;
  /** May be left out of `wrangler.toml`. */
  readonly CALLER_LIMIT?: RateLimit;
}

/**
 * Hono's environment for every route. `caller` is set by the middleware of routes that need an access token,
 * `ratePolicy` by the rate limit that the request was counted under.
 * On the hot path read them with `c.get`: `c.var` copies all of them each time.
 */
export interface AppEnv {
  Bindings: Env;
  Variables: { config: Config; trace: Trace; caller: Verified; ratePolicy?: string };
}
