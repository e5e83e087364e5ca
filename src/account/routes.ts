/** What an owner may see of the account. */
import * as v from "valibot";
import { SESSION_OVER } from "../auth/middleware.ts";
import { secondsToMidnight, utcDay } from "../days.ts";
import type { Declaration, Mount } from "../route.ts";
import { refuse } from "../route.ts";
import { readStatus } from "./status-store.ts";

const time = v.pipe(v.string(), v.isoTimestamp());
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const Account = v.object({
  id: v.string(),
  createdAt: time,
  device: v.object({
    id: v.string(),
    name: v.nullable(v.string()),
    platform: v.nullable(v.picklist(["ios", "android", "web", "other"])),
    appVersion: v.nullable(v.string()),
  }),
  session: v.object({ id: v.string(), createdAt: time, lastUsedAt: time, expiresAt: time }),
  characters: v.object({
    perDay: v.pipe(
      count,
      v.description("What this account may have translated in a UTC day, cache and phrasebook aside."),
    ),
    left: v.pipe(count, v.description("What it may still have translated today, the service's own budget included.")),
    resetsAt: v.pipe(time, v.description("The next UTC midnight.")),
  }),
});

const accountRoute = {
  method: "get",
  path: "/v1/account",
  operationId: "getAccount",
  tag: "Account",
  summary: "The caller's account",
  description:
    "Who is signed in, on what, until when, and what is left of today's characters. Exact: a session that was ended gets 401.",
  access: "token",
  answers: { 200: { description: "The account.", schema: Account } },
  errors: ["storage_unavailable"],
} as const satisfies Declaration;

const iso = (ms: number) => new Date(ms).toISOString();

/** Mounts the owner's routes. */
export function accountRoutes(mount: Mount, clock: () => number): void {
  mount(accountRoute, async (c) => {
    const { caller, config, trace } = c.var;
    const now = clock();
    const status = await trace.timed("d1", () => readStatus(c.env.DB, caller, now, utcDay(now)));
    if (status === undefined) return refuse(c, SESSION_OVER);
    const { perAccount, total } = config.dailyCharacters;
    return c.json({
      id: caller.accountId,
      createdAt: iso(status.accountCreatedAt),
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
      characters: {
        perDay: perAccount,
        left: Math.max(0, Math.min(perAccount - status.spentByAccount, total - status.spentInAll)),
        resetsAt: iso(now + secondsToMidnight(now) * 1000).replace(/\.\d+Z$/, ".000Z"),
      },
    });
  });
}
