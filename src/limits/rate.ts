/**
 * The rate limits by who is asking: what proves nothing yet by address, who is known by account or session. The
 * bindings count per data centre and approximately; the exact layer is in D1. Without a binding nothing is limited.
 */
import type { Context } from "hono";
import { ANONYMOUS_LIMIT, CALLER_LIMIT, RATE_LIMIT_PERIOD_SECONDS } from "../bounds.ts";
import type { AppEnv } from "../context.ts";
import type { Failure } from "../errors.ts";
import { addressPrefix } from "./address.ts";

/** `RateLimit-Policy` in the form of draft-ietf-httpapi-ratelimit-headers: quota and window, no remaining count. */
const POLICY = {
  anonymous: `"anonymous";q=${ANONYMOUS_LIMIT};w=${RATE_LIMIT_PERIOD_SECONDS}`,
  caller: `"caller";q=${CALLER_LIMIT};w=${RATE_LIMIT_PERIOD_SECONDS}`,
} as const;

/** Who is counted: an address with what it is doing, or a known account or session. */
export type Subject =
  | { readonly kind: "anonymous"; readonly doing: "junk" | "sign-in" | "codes" | "email" | "look" }
  | { readonly kind: "account" | "session"; readonly id: string };

/** The address that a request came from, cut to what one customer holds (IPv4 address, IPv6 /64 or /48). */
export function callerPrefix(c: Context<AppEnv>, bits: 48 | 64): string {
  return addressPrefix(c.req.header("CF-Connecting-IP") ?? "", bits);
}

/** Counts the request, and notes the policy for its answer. A failure when the subject has had its share for now. */
export async function limit(c: Context<AppEnv>, subject: Subject): Promise<Failure | undefined> {
  const anonymous = subject.kind === "anonymous";
  c.set("ratePolicy", anonymous ? POLICY.anonymous : POLICY.caller);
  if (!c.get("config").rateLimited) return undefined;
  const binding = anonymous ? c.env.ANONYMOUS_LIMIT : c.env.CALLER_LIMIT;
  if (binding === undefined) return undefined;
  const key = anonymous ? `${subject.doing}:${callerPrefix(c, 64)}` : `${subject.kind}:${subject.id}`;
  const { success } = await binding.limit({ key });
  if (success) return undefined;
  return {
    code: "rate_limited",
    detail: "Too many requests in a minute.",
    retryAfterSeconds: RATE_LIMIT_PERIOD_SECONDS,
  };
}
