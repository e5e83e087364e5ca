/**
 * An account's email and password, for its owner. Setting them takes two batches, since hashing comes between: the first
 * reads what there is, the second writes what was made of it, unless that is no longer so. Both count an address that
 * another account has, at most five times a day for the account and for where it asks from.
 */
import type { Verified } from "../auth/access-token.ts";
import type { AccountId, SessionId } from "../auth/ids.ts";
import { ACCOUNT_OF_SESSION, LIVE_SESSION, PROVEN_SESSION } from "../auth/live-session.ts";
import { EMAILS_TAKEN } from "../bounds.ts";
import { utcDay } from "../days.ts";
import { ask } from "../storage.ts";

/** Who sets which email. `proved` is what `provesPassword` tells; `now` is milliseconds. */
export interface EmailChange {
  readonly caller: Verified;
  readonly proved: 0 | 1;
  /** Folded. */
  readonly email: string;
  /** A keyed hash of the address prefix that the caller asks from. */
  readonly address: string;
  readonly now: number;
}

/** What stands in the way of a change, or what the account has so far. */
export type EmailState =
  | { readonly outcome: "session_over" | "unproven" | "limited" | "taken" }
  | {
      readonly outcome: "free";
      readonly accountId: AccountId;
      readonly email: string | null;
      readonly password: string | null;
    };

// ?1 session, ?2 now, ?3 proven, ?4 email, ?5 day, ?6 hash of the address
const TRIES = `
SELECT count(*) FROM failures
WHERE period = ?5 AND subject IN ('taken:' || ${ACCOUNT_OF_SESSION}, 'taken-ip:' || ?6) AND count >= ${EMAILS_TAKEN}`;
const ELSEWHERE = `SELECT 1 FROM accounts o WHERE o.email = ?4 AND o.id <> ${ACCOUNT_OF_SESSION}`;

const READ = `
SELECT a.id AS accountId, a.email, a.password, EXISTS (${PROVEN_SESSION}) AS proven, EXISTS (${ELSEWHERE}) AS taken,
  a.email IS NOT ?4 AND (${TRIES}) > 0 AS limited
FROM accounts a WHERE a.id = ${ACCOUNT_OF_SESSION} AND EXISTS (${LIVE_SESSION})`;

const COUNT_TAKEN = `
INSERT INTO failures (period, subject, count, last_at)
SELECT ?5, j.value, 1, ?2 FROM json_each(json_array('taken:' || ${ACCOUNT_OF_SESSION}, 'taken-ip:' || ?6)) j
WHERE EXISTS (${PROVEN_SESSION}) AND EXISTS (${ELSEWHERE}) AND (${TRIES}) = 0
ON CONFLICT (period, subject) DO UPDATE SET count = count + 1, last_at = excluded.last_at`;

interface Row {
  readonly accountId: AccountId;
  readonly email: string | null;
  readonly password: string | null;
  readonly proven: number;
  readonly taken: number;
  readonly limited: number;
}

function stateOf(row: Row | undefined): EmailState {
  if (row === undefined) return { outcome: "session_over" };
  if (!row.proven) return { outcome: "unproven" };
  if (row.limited) return { outcome: "limited" };
  if (row.taken) return { outcome: "taken" };
  const { accountId, email, password } = row;
  return { outcome: "free", accountId, email, password };
}

const valuesOf = ({ caller, proved, email, address, now }: EmailChange) => [
  caller.sessionId,
  now,
  proved,
  email,
  utcDay(now),
  address,
];

/** What the account has, or why it may not have that email. One batch, the first of two. */
export async function readEmail(db: D1Database, change: EmailChange): Promise<EmailState> {
  const [read] = await ask(db.batch<Row>([READ, COUNT_TAKEN].map((sql) => db.prepare(sql).bind(...valuesOf(change)))));
  return stateOf(read?.results[0]);
}

// ?7 the password that was found. Every statement that writes has it, and stands before the one that changes it.
const STILL = `
EXISTS (${PROVEN_SESSION} AND a.password IS ?7 AND (a.email IS ?4 OR (${TRIES}) = 0)) AND NOT EXISTS (${ELSEWHERE})`;

const END_OTHERS = `
UPDATE sessions SET revoked_at = ?2
WHERE account_id = ${ACCOUNT_OF_SESSION} AND id <> ?1 AND revoked_at IS NULL AND ${STILL} RETURNING id`;
const VOID_CODE = `DELETE FROM transfer_codes WHERE account_id = ${ACCOUNT_OF_SESSION} AND ${STILL}`;
const WRITE = `UPDATE accounts SET email = ?4, password = ?8 WHERE id = ${ACCOUNT_OF_SESSION} AND ${STILL}`;

/** The stored password: as it was found (`null`: none), and as it is to be. */
export interface PasswordChange {
  readonly found: string | null;
  readonly next: string;
}

/** What a change came to. `sessions` are the others, which a changed password ends. */
export type EmailChanged =
  | { readonly outcome: "session_over" | "unproven" | "limited" | "taken" }
  | { readonly outcome: "changed"; readonly sessions: readonly SessionId[] };

/** Sets email and password; a password that is no longer as it was found is as good as unproven. One batch, the second of two. */
export async function writeEmail(
  db: D1Database,
  change: EmailChange,
  { found, next }: PasswordChange,
): Promise<EmailChanged> {
  const values = valuesOf(change);
  const ending = found === null || found === next ? [] : [END_OTHERS, VOID_CODE];
  const [read, , ended] = await ask(
    db.batch([
      ...[READ, COUNT_TAKEN].map((sql) => db.prepare(sql).bind(...values)),
      ...ending.map((sql) => db.prepare(sql).bind(...values, found)),
      db.prepare(WRITE).bind(...values, found, next),
    ]),
  );
  // Rows have the columns of their own statement; without an ending the third is the write, which has none.
  const state = stateOf(read?.results[0] as Row | undefined);
  if (state.outcome !== "free") return state;
  if (state.password !== found) return { outcome: "unproven" };
  return { outcome: "changed", sessions: ((ended?.results ?? []) as { id: SessionId }[]).map(({ id }) => id) };
}

const CHECK = `SELECT EXISTS (${LIVE_SESSION}) AS live, EXISTS (${PROVEN_SESSION}) AS proven`;
const REMOVE = `
UPDATE accounts SET email = NULL, password = NULL WHERE id = ${ACCOUNT_OF_SESSION} AND EXISTS (${PROVEN_SESSION})`;

/** Removes email and password; also where there are none. One batch. */
export async function removeEmail(
  db: D1Database,
  caller: Verified,
  proved: 0 | 1,
  now: number,
): Promise<"session_over" | "unproven" | "removed"> {
  const [check] = await ask(
    db.batch<{ live: number; proven: number }>(
      [CHECK, REMOVE].map((sql) => db.prepare(sql).bind(caller.sessionId, now, proved)),
    ),
  );
  const row = check?.results[0];
  if (!row?.live) return "session_over";
  return row.proven ? "removed" : "unproven";
}
