/**
 * The rules of the quota over its statement: which subjects an account's characters count for, what a refusal is called
 * to the caller, and when the operator is told.
 */
import type { Verified } from "../auth/access-token.ts";
import { BUDGET_NEAR, SETTLE_WAIT_MS } from "../bounds.ts";
import type { Config } from "../config.ts";
import { secondsToMidnight, utcDay } from "../days.ts";
import { within } from "../deadline.ts";
import type { Failure } from "../errors.ts";
import type { SecurityEvent } from "../events/event.ts";
import { type Counted, giveBack, type QuotaSubject, reserveCharacters } from "./quota-store.ts";

/** What reserving and settling work with. `address` is the caller's hashed prefix. */
export interface QuotaContext {
  readonly db: D1Database;
  readonly config: Config;
  readonly caller: Verified;
  readonly address: string;
  readonly now: number;
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly report: (event: SecurityEvent) => void;
  /** Adds to the request's log line. */
  readonly note: (fields: Readonly<Record<string, number>>) => void;
}

/** Characters that are reserved. `left` is the least that any subject has left; `settle` gives back what was not billed. */
export interface Reserved {
  readonly outcome: "reserved";
  readonly left: number;
  readonly settle: (unbilled: number) => Promise<void>;
}

/** What asking for characters came to. */
export type QuotaResult =
  | Reserved
  | { readonly outcome: "refused"; readonly failure: Failure; readonly left: number }
  | { readonly outcome: "session_over" };

/** Whom an account's characters count for. */
export function quotaSubjects({
  config,
  caller,
  address,
}: Pick<QuotaContext, "config" | "caller" | "address">): readonly QuotaSubject[] {
  const { dailyCharacters, newAccountCharacters } = config;
  return [
    {
      subject: `account:${caller.accountId}`,
      cap: dailyCharacters.perAccount,
      newCap: Math.min(dailyCharacters.perAccount, newAccountCharacters.perAccount),
    },
    { subject: `new-ip:${address}`, newCap: newAccountCharacters.perIp },
    { subject: "new", newCap: newAccountCharacters.inAll },
    { subject: "total", cap: dailyCharacters.total },
  ];
}

/** The least that any subject has left. */
export function leastLeft(counted: readonly Counted[]): number {
  return Math.max(0, Math.min(...counted.map(({ cap, characters }) => cap - characters)));
}

const WHOLE_SERVICE = ["total", "new"];

function refusal({ report, now }: QuotaContext, subject: string): Failure {
  const retryAfterSeconds = secondsToMidnight(now);
  if (!WHOLE_SERVICE.includes(subject)) {
    return {
      code: "quota_exceeded",
      detail: "This account has had translated all that it may today (UTC).",
      retryAfterSeconds,
    };
  }
  const cause =
    subject === "total"
      ? "the day's characters are used up"
      : "the new accounts' share of the day's characters is used up";
  report({ kind: "budget_exhausted", severity: "alarm", cause, once: `${subject} ${utcDay(now)}` });
  return {
    code: "budget_exhausted",
    detail: "This service has translated all that it may today (UTC).",
    retryAfterSeconds,
  };
}

/** Reserves characters before they are forwarded. One statement, one more where it is refused. */
export async function reserveQuota(context: QuotaContext, characters: number): Promise<QuotaResult> {
  const { db, caller, config, now, waitUntil, report } = context;
  const day = utcDay(now);
  const result = await reserveCharacters(
    db,
    caller.sessionId,
    { day, characters, subjects: quotaSubjects(context) },
    now,
  );
  if (result.outcome === "session_over") return result;
  if (result.outcome === "full")
    return { outcome: "refused", failure: refusal(context, result.subject), left: Math.max(0, result.left) };
  const total = result.counted.find(({ subject }) => subject === "total")?.characters ?? 0;
  const near = config.dailyCharacters.total * BUDGET_NEAR;
  if (total >= near && total - characters < near) {
    report({
      kind: "budget_near",
      severity: "warning",
      cause: `${total} of the day's ${config.dailyCharacters.total} characters are spent`,
      // What is given back may be reserved, and the line crossed, again.
      once: day,
    });
  }
  return {
    outcome: "reserved",
    left: leastLeft(result.counted),
    async settle(unbilled) {
      if (unbilled <= 0) return;
      // Waited for briefly, so that the next request finds it settled; then it goes on behind the answer.
      const subjects = result.counted.map(({ subject }) => subject);
      const settled = giveBack(db, day, subjects, unbilled).catch(() => context.note({ unsettled: unbilled }));
      waitUntil(settled);
      await within(SETTLE_WAIT_MS, settled);
    },
  };
}
