/**
 * The one batch before a password is verified: it reads what is stored and who asks, and counts the try as a failure in
 * advance, so that tries at once are no more than tries one after the other. Whoever is right takes the failures back.
 * A device of the account that proved its app secret is counted by itself, ten an hour; anybody else by email and
 * address together, with a delay that doubles. So strangers can never delay the owner's own devices.
 */
import { DEVICE_PASSWORD_FAILURES, SIGN_IN_DELAY_SECONDS } from "../bounds.ts";
import { utcDay, utcHour } from "../days.ts";
import { ask } from "../storage.ts";
import type { AccountId, DeviceId, SessionId } from "./ids.ts";

const HOUR_MS = 3_600_000;

/** Who is asked for the password: whoever has this email, or the session whose app proved its secret beside it. */
export type Asked =
  /** `subject`: the counter of the email from this address. */
  | { readonly by: "email"; readonly email: string; readonly subject: string }
  | { readonly by: "session"; readonly sessionId: SessionId };

/** A try. `now` is milliseconds. */
export interface Try {
  readonly asked: Asked;
  readonly appId: string;
  readonly appSecretHash: string;
  readonly now: number;
}

/** A counter of failures. */
export interface FailureCounter {
  readonly period: string;
  readonly subject: string;
}

/** What the batch found. */
export interface Tried {
  /** The account and its stored password; `null` where there is none, or a session is over. */
  readonly accountId: AccountId | null;
  readonly password: string | null;
  /** The known device that asks. */
  readonly deviceId: DeviceId | null;
  /** Failures before this try, and when the next one may come (milliseconds); a try before that was not counted. */
  readonly failures: number;
  /** The latest of them (milliseconds). */
  readonly lastAt: number;
  readonly freeAt: number;
  /** What counted it; a session that is over, or has no password to be guessed, counts nothing. */
  readonly counter: FailureCounter | undefined;
}

// ?1 now, ?2 hour, ?3 its end, ?4 day, ?5 subject of strangers, ?6 app ID, ?7 hash of its secret, ?8 email or session
const WHO = {
  email: `
SELECT a.id AS accountId, a.password, (
  SELECT v.id FROM devices v WHERE v.account_id = a.id AND v.app_id = ?6 AND v.secret_hash = ?7 AND v.removed_at IS NULL) AS deviceId
FROM accounts a WHERE a.email = ?8`,
  session: `
SELECT a.id AS accountId, a.password, v.id AS deviceId
FROM sessions s JOIN accounts a ON a.id = s.account_id JOIN devices v ON v.id = s.device_id
WHERE s.id = ?8 AND s.revoked_at IS NULL AND s.idle_expires_at > ?1 AND s.absolute_expires_at > ?1
  AND a.blocked_at IS NULL AND v.app_id = ?6 AND v.secret_hash = ?7 AND a.password IS NOT NULL`,
} as const;

/** SQL for whoever asks, and what counts the try: always one row. */
const counting = (by: Asked["by"]) => `
WITH counter AS (
  SELECT w.*, coalesce('device:' || w.deviceId, ?5) AS subject, CASE WHEN w.deviceId IS NULL THEN ?4 ELSE ?2 END AS period
  FROM (SELECT 1) LEFT JOIN (${WHO[by]}) w)`;

// The parameter ?3 stands here alone.
const FREE_AT = `
CASE WHEN f.subject LIKE 'device:%' THEN CASE WHEN f.count < ${DEVICE_PASSWORD_FAILURES} THEN 0 ELSE ?3 END
ELSE f.last_at + 1000 * min(${SIGN_IN_DELAY_SECONDS}, (1 << min(f.count, 7)) >> 1) END`;

const READ = (by: Asked["by"]) => `${counting(by)}
SELECT c.*, coalesce(f.count, 0) AS failures, coalesce(f.last_at, 0) AS lastAt, coalesce(${FREE_AT}, 0) AS freeAt
FROM counter c LEFT JOIN failures f ON f.period = c.period AND f.subject = c.subject`;

const COUNT = (by: Asked["by"]) => `${counting(by)}
INSERT INTO failures AS f (period, subject, count, last_at)
SELECT period, subject, 1, ?1 FROM counter WHERE subject IS NOT NULL
ON CONFLICT (period, subject) DO UPDATE SET count = f.count + 1, last_at = ?1 WHERE ?1 >= ${FREE_AT}`;

type Row = Omit<Tried, "counter"> & { readonly period: string; readonly subject: string | null };

/** Counts a try, and reads what it is to be held against. One batch. */
export async function tryPassword(db: D1Database, { asked, appId, appSecretHash, now }: Try): Promise<Tried> {
  const byEmail = asked.by === "email";
  const values = [
    ...[now, utcHour(now), now - (now % HOUR_MS) + HOUR_MS, utcDay(now), byEmail ? asked.subject : null],
    ...[appId, appSecretHash, byEmail ? asked.email : asked.sessionId],
  ];
  const statements = [READ(asked.by), COUNT(asked.by)].map((sql) => db.prepare(sql).bind(...values));
  const [read] = await ask(db.batch<Row>(statements));
  const row = read?.results[0];
  if (row === undefined) throw new Error("A try has no row");
  const { period, subject, ...found } = row;
  return { ...found, counter: subject === null ? undefined : { period, subject } };
}

const CLEAR = "DELETE FROM failures WHERE period = ?1 AND subject = ?2";
// The time of the failure before comes back too, unless another try has followed: else the delay would begin anew.
const TAKE_BACK = `
UPDATE failures SET count = count - 1, last_at = CASE last_at WHEN ?3 THEN ?4 ELSE last_at END
WHERE period = ?1 AND subject = ?2 AND count > 0`;
// Not where it was changed meanwhile.
const UPGRADE = "UPDATE accounts SET password = ?3 WHERE id = ?1 AND password = ?2";

/** The statement of a batch that forgets the failures of whoever was right in the end. */
export function clearingFailures(db: D1Database, { period, subject }: FailureCounter): D1PreparedStatement {
  return db.prepare(CLEAR).bind(period, subject);
}

/** Takes a try back that came to nothing, because there was no room to hash. */
export async function takeBackTry(
  db: D1Database,
  { period, subject }: FailureCounter,
  triedAt: number,
  lastAt: number,
): Promise<void> {
  await ask(db.prepare(TAKE_BACK).bind(period, subject, triedAt, lastAt).run());
}

/** The statement of a batch that puts a stronger hash of the same password in the place of what was verified. */
export function upgradingPassword(
  db: D1Database,
  accountId: AccountId,
  verified: string,
  upgraded: string,
): D1PreparedStatement {
  return db.prepare(UPGRADE).bind(accountId, verified, upgraded);
}
