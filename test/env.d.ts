/** What `env` of `cloudflare:workers` holds in the tests. */
declare namespace Cloudflare {
  interface Env extends Pick<import("../src/context.ts").Env, "ASSETS" | "DB" | "TRANSLATIONS"> {
    readonly ANONYMOUS_LIMIT: RateLimit;
    readonly CALLER_LIMIT: RateLimit;
    readonly SIGNING_KEYS: string;
    readonly TOKEN_SECRETS: string;
    readonly TEST_MIGRATIONS: import("cloudflare:test").D1Migration[];
  }
}
