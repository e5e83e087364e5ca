/**
 * The one batch of a sign-in with the app grant: it enrols an unknown app ID within the day's caps, or recognises a
 * known one, and starts the session. Ten racers with one new app ID end in one account and one live session; a wrong
 * secret changes nothing.
 */
import { ask } from "../storage.ts";
import { type AccountId, type DeviceId, newId, type SessionId } from "./ids.ts";
import { type SessionStart, startingSession } from "./session-start.ts";

/** A counter that an enrolment adds to, and the count that it may not pass in a UTC day. */
export interface EnrolmentCap {
  readonly subject: string;
  readonly cap: number;
}

/** A sign-in: the session that it starts, and the caps of an enrolment. `day` is the UTC day. */
export interface SignIn extends Omit<SessionStart, "sessionId" | "decidedByJoin"> {
  readonly enrolment: { readonly open: boolean; readonly day: string; readonly caps: readonly EnrolmentCap[] };
}

/** A counter of the day, after the batch. */
export interface EnrolmentCount extends EnrolmentCap {
  readonly count: number;
}

/** What a sign-in came to. `endedSessions` are those that it ended; `counts` are the day's enrolments. */
export type SignInReport =
  | {
      readonly outcome: "signed_in";
      readonly accountId: AccountId;
      readonly deviceId: DeviceId;
      readonly sessionId: SessionId;
      readonly enrolled: boolean;
      readonly endedSessions: readonly SessionId[];
      readonly counts: readonly EnrolmentCount[];
    }
  | { readonly outcome: "secret_mismatch" | "blocked" | "removed" | "displaced"; readonly accountId: AccountId }
  | { readonly outcome: "capped"; readonly counts: readonly EnrolmentCount[] }
  | { readonly outcome: "paused" };

const COUNTS = `
SELECT j.value ->> 'subject' AS subject, j.value ->> 'cap' AS cap, coalesce(e.count, 0) AS count FROM json_each(?1) j
LEFT JOIN enrolments e ON e.day = ?2 AND e.subject = j.value ->> 'subject'`;

const ENROL_ACCOUNT = `
INSERT INTO accounts (id, created_at)
SELECT ?3, ?4 WHERE ?5 AND NOT EXISTS (SELECT 1 FROM devices WHERE app_id = ?6)
  AND NOT EXISTS (SELECT 1 FROM (${COUNTS}) WHERE count >= cap)`;

// WHERE EXISTS: the account is there only if the statement above has just made it, since its id is new.
const COUNT_ENROLMENT = `
INSERT INTO enrolments (day, subject, count)
SELECT ?2, j.value ->> 'subject', 1 FROM json_each(?1) j WHERE EXISTS (SELECT 1 FROM accounts WHERE id = ?3)
ON CONFLICT (day, subject) DO UPDATE SET count = count + 1`;

const ENROL_DEVICE = `
INSERT INTO devices (id, account_id, app_id, secret_hash, created_at, last_seen_at)
SELECT ?1, ?2, ?3, ?4, ?5, ?5 WHERE EXISTS (SELECT 1 FROM accounts WHERE id = ?2)`;

const READ_BACK = `
SELECT v.id AS deviceId, v.account_id AS accountId, v.secret_hash = ?2 AS proven, a.blocked_at IS NOT NULL AS blocked,
  v.removed_at IS NOT NULL AS removed, v.displaced_at IS NOT NULL AS displaced
FROM devices v JOIN accounts a ON a.id = v.account_id WHERE v.app_id = ?1`;

interface ReadBack {
  readonly deviceId: DeviceId;
  readonly accountId: AccountId;
  readonly proven: number | null;
  readonly blocked: number;
  readonly removed: number;
  readonly displaced: number;
}

function outcomeOf(
  row: ReadBack,
  mayBeDisplaced: boolean,
): "signed_in" | "blocked" | "removed" | "secret_mismatch" | "displaced" {
  if (row.blocked) return "blocked";
  if (row.removed) return "removed";
  if (!row.proven) return "secret_mismatch";
  return row.displaced && !mayBeDisplaced ? "displaced" : "signed_in";
}

/** Runs a sign-in: one batch, whatever it comes to. */
export async function signIn(db: D1Database, request: SignIn): Promise<SignInReport> {
  const { appId, appSecretHash, enrolment, now, mayBeDisplaced } = request;
  const accountId = newId<AccountId>();
  const sessionId = newId<SessionId>();
  const caps = JSON.stringify(enrolment.caps);
  const answers = await ask(
    db.batch([
      db.prepare(ENROL_ACCOUNT).bind(caps, enrolment.day, accountId, now, enrolment.open ? 1 : 0, appId),
      db.prepare(COUNT_ENROLMENT).bind(caps, enrolment.day, accountId),
      db.prepare(ENROL_DEVICE).bind(newId<DeviceId>(), accountId, appId, appSecretHash, now),
      db.prepare(READ_BACK).bind(appId, appSecretHash),
      db.prepare(COUNTS).bind(caps, enrolment.day),
      ...startingSession(db, { ...request, sessionId, decidedByJoin: false }),
    ]),
  );
  // Rows have the columns of their own statement. The read-back stands before what the sign-in changes of the device.
  const row = answers[3]?.results[0] as ReadBack | undefined;
  const counts = (answers[4]?.results ?? []) as EnrolmentCount[];
  if (row === undefined) return enrolment.open ? { outcome: "capped", counts } : { outcome: "paused" };
  const outcome = outcomeOf(row, mayBeDisplaced);
  if (outcome !== "signed_in") return { outcome, accountId: row.accountId };
  const endedSessions = ((answers[5]?.results ?? []) as { id: SessionId }[]).map(({ id }) => id);
  const { deviceId } = row;
  return {
    outcome,
    accountId: row.accountId,
    deviceId,
    sessionId,
    enrolled: row.accountId === accountId,
    endedSessions,
    counts,
  };
}
