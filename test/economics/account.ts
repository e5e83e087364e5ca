/** What the tests of quotas set up around the routes: an account's age, what a subject has spent, a time of day. */
import { env } from "cloudflare:workers";

/** A fixed time, far from midnight: what is asserted of a day holds whenever the tests run. */
export const NOON = Date.parse("2026-11-25T12:00:00Z");
/** The UTC day of `NOON`. */
export const TODAY = "2026-11-25";
/** Seconds from `NOON` to the next UTC midnight. */
export const TO_MIDNIGHT = "43200";
/** A time at which no account of these tests is new. */
export const LONG_AGO = NOON - 30 * 86_400_000;

/** The limits of new accounts as they are deployed: the tests of everything else are run without. */
export const NEW_ACCOUNT_LIMITS = {
  NEW_ACCOUNT_CHARACTERS: 1000,
  NEW_ACCOUNT_CHARACTERS_PER_IP: 3000,
  NEW_ACCOUNT_SHARE: 0.25,
};

/** Makes an account as old as one that was made at `createdAt` (milliseconds). */
export async function createdAt(accountId: string, time: number): Promise<void> {
  await env.DB.prepare("UPDATE accounts SET created_at = ?2 WHERE id = ?1").bind(accountId, time).run();
}

/** Sets what a subject has spent on a day. */
export async function setSpent(subject: string, characters: number, day = TODAY): Promise<void> {
  const sql =
    "INSERT INTO spent VALUES (?1, ?2, ?3) ON CONFLICT (day, subject) DO UPDATE SET characters = excluded.characters";
  await env.DB.prepare(sql).bind(day, subject, characters).run();
}

/** Forgets what anybody has spent. */
export async function nothingSpent(): Promise<void> {
  await env.DB.prepare("DELETE FROM spent").run();
}
