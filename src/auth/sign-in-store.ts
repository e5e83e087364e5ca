/**
 * The one batch of a sign-in with the app grant: it enrols an unknown app ID within the day's caps, or recognises a
 * known one, ends the device's former session and makes the new one. Ten racers with one new app ID end in one account
 * and one live session; a wrong secret changes nothing.
 */
import { ask } from "../storage.ts";
import { type AccountId, type DeviceId, newId, type SessionId } from "./ids.ts";

/** What the app says of its device. Absent keeps what is known. */
export interface DeviceFacts {
  readonly name?: string | undefined;
  readonly platform?: string | undefined;
  readonly appVersion?: string | undefined;
}

/** A counter that an enrolment adds to, and the count that it may not pass in a UTC day. */
export interface EnrolmentCap {
  readonly subject: string;
  readonly cap: number;
}

/** A sign-in by hashes. Times are milliseconds, `day` is the UTC day. */
export interface SignIn {
  readonly appId: string;
  readonly appSecretHash: string;
  readonly device: DeviceFacts;
  readonly refreshSecretHash: string;
  readonly enrolment: { readonly open: boolean; readonly day: string; readonly caps: readonly EnrolmentCap[] };
  readonly now: number;
  readonly idleExpiresAt: number;
  readonly absoluteExpiresAt: number;
}

/** What a sign-in came to. `capped` names the counters that are full. */
export type SignInReport =
  | {
      readonly outcome: "signed_in";
      readonly accountId: AccountId;
      readonly deviceId: DeviceId;
      readonly sessionId: SessionId;
    }
  | { readonly outcome: "secret_mismatch" | "blocked"; readonly accountId: AccountId }
  | { readonly outcome: "capped"; readonly subjects: readonly string[] }
  | { readonly outcome: "paused" };

const FULL_COUNTERS = `
SELECT j.value ->> 'subject' AS subject FROM json_each(?1) j
LEFT JOIN enrolments e ON e.day = ?2 AND e.subject = j.value ->> 'subject'
WHERE coalesce(e.count, 0) >= j.value ->> 'cap'`;

const ENROL_ACCOUNT = `
INSERT INTO accounts (id, created_at)
SELECT ?3, ?4 WHERE ?5 AND NOT EXISTS (SELECT 1 FROM devices WHERE app_id = ?6) AND NOT EXISTS (${FULL_COUNTERS})`;

// WHERE EXISTS: the account is there only if the statement above has just made it, since its id is new.
const COUNT_ENROLMENT = `
INSERT INTO enrolments (day, subject, count)
SELECT ?2, j.value ->> 'subject', 1 FROM json_each(?1) j WHERE EXISTS (SELECT 1 FROM accounts WHERE id = ?3)
ON CONFLICT (day, subject) DO UPDATE SET count = count + 1`;

const ENROL_DEVICE = `
INSERT INTO devices (id, account_id, app_id, secret_hash, created_at, last_seen_at)
SELECT ?1, ?2, ?3, ?4, ?5, ?5 WHERE EXISTS (SELECT 1 FROM accounts WHERE id = ?2)`;

const PROVEN_DEVICE = `
SELECT v.id FROM devices v JOIN accounts a ON a.id = v.account_id
WHERE v.app_id = ?1 AND v.secret_hash = ?2 AND a.blocked_at IS NULL`;

const UPDATE_DEVICE = `
UPDATE devices SET name = coalesce(?4, name), platform = coalesce(?5, platform), app_version = coalesce(?6, app_version), last_seen_at = ?3
WHERE id = (${PROVEN_DEVICE})`;

const END_FORMER_SESSION = `UPDATE sessions SET revoked_at = ?3 WHERE revoked_at IS NULL AND device_id = (${PROVEN_DEVICE})`;

const START_SESSION = `
INSERT INTO sessions (id, account_id, device_id, generation, secret_hash, rotated_at, signed_in_at, idle_expires_at, absolute_expires_at)
SELECT ?4, account_id, id, 1, ?5, ?3, ?3, ?6, ?7 FROM devices WHERE id = (${PROVEN_DEVICE})`;

const READ_BACK = `
SELECT v.id AS deviceId, v.account_id AS accountId, v.secret_hash = ?2 AS proven, a.blocked_at IS NOT NULL AS blocked
FROM devices v JOIN accounts a ON a.id = v.account_id WHERE v.app_id = ?1`;

interface ReadBack {
  readonly deviceId: DeviceId;
  readonly accountId: AccountId;
  readonly proven: number;
  readonly blocked: number;
}

/** Runs a sign-in: one batch, whatever it comes to. */
export async function signIn(db: D1Database, request: SignIn): Promise<SignInReport> {
  const { appId, appSecretHash, device, enrolment, now } = request;
  const accountId = newId<AccountId>();
  const sessionId = newId<SessionId>();
  const caps = JSON.stringify(enrolment.caps);
  const [, , , , , , readBack, full] = await ask(
    db.batch([
      db.prepare(ENROL_ACCOUNT).bind(caps, enrolment.day, accountId, now, enrolment.open ? 1 : 0, appId),
      db.prepare(COUNT_ENROLMENT).bind(caps, enrolment.day, accountId),
      db.prepare(ENROL_DEVICE).bind(newId<DeviceId>(), accountId, appId, appSecretHash, now),
      db
        .prepare(UPDATE_DEVICE)
        .bind(appId, appSecretHash, now, device.name ?? null, device.platform ?? null, device.appVersion ?? null),
      db.prepare(END_FORMER_SESSION).bind(appId, appSecretHash, now),
      db
        .prepare(START_SESSION)
        .bind(
          appId,
          appSecretHash,
          now,
          sessionId,
          request.refreshSecretHash,
          request.idleExpiresAt,
          request.absoluteExpiresAt,
        ),
      db.prepare(READ_BACK).bind(appId, appSecretHash),
      db.prepare(FULL_COUNTERS).bind(caps, enrolment.day),
    ]),
  );
  // Rows have the columns of their own statement.
  const row = readBack?.results[0] as ReadBack | undefined;
  if (row === undefined) {
    if (!enrolment.open) return { outcome: "paused" };
    return {
      outcome: "capped",
      subjects: ((full?.results ?? []) as { subject: string }[]).map(({ subject }) => subject),
    };
  }
  if (row.blocked) return { outcome: "blocked", accountId: row.accountId };
  if (!row.proven) return { outcome: "secret_mismatch", accountId: row.accountId };
  return { outcome: "signed_in", accountId: row.accountId, deviceId: row.deviceId, sessionId };
}
