/** What an owner may see of the account: its status, and what it has had translated. */
import type { Context } from "hono";
import * as v from "valibot";
import { type AuthParts, refuseEnded } from "../auth/middleware.ts";
import { hashAddress } from "../auth/token-keys.ts";
import { ENTRIES_PER_ACCOUNT, ENTRY_BYTES_PER_ACCOUNT, USAGE_DAYS } from "../bounds.ts";
import type { AppEnv } from "../context.ts";
import { nextMidnight } from "../days.ts";
import { leastLeft, quotaSubjects } from "../limits/quota.ts";
import { callerPrefix } from "../limits/rate.ts";
import type { Declaration, Mount } from "../route.ts";
import { count, deviceFacts, iso, time } from "./shapes.ts";
import { type Quota, readStatus, readUsage } from "./status-store.ts";

const Characters = v.object({
  perDay: v.pipe(
    count,
    v.description(
      "What this account may have translated in a UTC day, cache and phrasebook aside; less in its first 24 hours.",
    ),
  ),
  left: v.pipe(count, v.description("What it may still have translated today, the service's own budget included.")),
  resetsAt: v.pipe(time, v.description("The next UTC midnight.")),
});

const accountRoute = {
  method: "get",
  path: "/v1/account",
  access: "token",
  docs: DOCUMENTED && {
    operationId: "getAccount",
    tag: "Account",
    summary: "The caller's account",
    description:
      "Who is signed in, on what, until when, and what is left of today's characters. Exact: a session that was ended gets 401.",
    answers: {
      200: {
        description: "The account.",
        schema: v.object({
          id: v.string(),
          createdAt: time,
          email: v.pipe(v.nullable(v.string()), v.description("What it signs in with, where it has an email.")),
          recoveryCode: v.pipe(v.boolean(), v.description("Whether one is set.")),
          device: v.object(deviceFacts),
          session: v.object({ id: v.string(), createdAt: time, lastUsedAt: time, expiresAt: time }),
          characters: Characters,
          vocabulary: v.object({
            entries: v.pipe(count, v.description("Entries kept.")),
            bytes: v.pipe(count, v.description("What their contents take.")),
            entriesLimit: count,
            bytesLimit: count,
          }),
        }),
      },
    },
    errors: ["storage_unavailable"],
  },
} as const satisfies Declaration;

const usageRoute = {
  method: "get",
  path: "/v1/usage",
  access: "token",
  docs: DOCUMENTED && {
    operationId: "getUsage",
    tag: "Translation",
    summary: "What the account had translated",
    description: `Characters by UTC day over the latest ${USAGE_DAYS} days, the latest first; days without any are left out. Hits in a cache or the phrasebook cost none.`,
    answers: {
      200: {
        description: "The usage.",
        schema: v.object({
          days: v.array(v.object({ day: v.pipe(v.string(), v.isoDate()), characters: count })),
          characters: Characters,
        }),
      },
    },
    errors: ["storage_unavailable"],
  },
} as const satisfies Declaration;

/** Mounts the routes. */
export function accountRoutes(mount: Mount, { keyringOf, clock }: AuthParts): void {
  const subjectsOf = async (c: Context<AppEnv>) => {
    const caller = c.get("caller");
    const config = c.get("config");
    const address = await hashAddress((await keyringOf(config)).tokens, callerPrefix(c, 48));
    return quotaSubjects({ config, caller, address });
  };
  const charactersOf = (quota: Quota, now: number) => ({
    perDay: quota.find(({ subject }) => subject.startsWith("account:"))?.cap ?? 0,
    left: leastLeft(quota),
    resetsAt: iso(nextMidnight(now)),
  });

  mount(accountRoute, async (c) => {
    const caller = c.get("caller");
    const trace = c.get("trace");
    const now = clock();
    const subjects = await subjectsOf(c);
    const read = await trace.timed("d1", () => readStatus(c.env.DB, caller, subjects, now));
    if (read === undefined) return refuseEnded(c);
    const { status, quota } = read;
    return c.json({
      id: caller.accountId,
      createdAt: iso(status.accountCreatedAt),
      email: status.email,
      recoveryCode: status.hasRecoveryCode === 1,
      device: {
        id: caller.deviceId,
        name: status.deviceName,
        platform: status.platform,
        appVersion: status.appVersion,
      },
      session: {
        id: caller.sessionId,
        createdAt: iso(status.signedInAt),
        lastUsedAt: iso(status.rotatedAt),
        expiresAt: iso(status.idleExpiresAt),
      },
      characters: charactersOf(quota, now),
      vocabulary: {
        entries: status.entryCount,
        bytes: status.entryBytes,
        entriesLimit: ENTRIES_PER_ACCOUNT,
        bytesLimit: ENTRY_BYTES_PER_ACCOUNT,
      },
    });
  });

  mount(usageRoute, async (c) => {
    const now = clock();
    const subjects = await subjectsOf(c);
    const read = await c.get("trace").timed("d1", () => readUsage(c.env.DB, c.get("caller"), subjects, now));
    if (read === undefined) return refuseEnded(c);
    return c.json({ days: read.days, characters: charactersOf(read.quota, now) });
  });
}
