/**
 * The one batch by which a device joins an account and signs in there. It first decides, in a row of `joins`, and all
 * its statements go by that row: the code is used, entries move, the account that nobody could reach any more is erased,
 * the device changes hands, the session starts; or nothing of it. Ten thousand entries move in one batch.
 */
import { erasingMarked } from "../erase-store.ts";
import { ask } from "../storage.ts";
import type { Joined } from "./grant.ts";
import { type AccountId, type DeviceId, newId, type SessionId } from "./ids.ts";
import { type Credential, credentialKeys, credentialValues, decide } from "./join-decision.ts";
import { type SessionStart, startingSession } from "./session-start.ts";

/** A join. `day` is the UTC day. */
export interface Join extends Omit<SessionStart, "sessionId" | "decidedByJoin" | "mayBeDisplaced"> {
  readonly credential: Credential;
  /** What becomes of entries that nobody could reach any more. */
  readonly entries: "move" | "leave" | undefined;
  /** The counter of failed codes of the caller's address; none where a password is its own throttle. */
  readonly failureSubject: string | undefined;
  readonly day: string;
  /** Whether an email and its password lead into an account. */
  readonly emailAccounts: boolean;
  /** Statements of the caller's for the same batch, which run behind the join. */
  readonly beside: readonly D1PreparedStatement[];
}

/** A device as it is told where there are too many. */
export interface DeviceSeen {
  readonly id: DeviceId;
  readonly name: string | null;
  readonly lastSeenAt: number;
}

/** A device that is in the account now, or was before (`here`), and its new session. */
interface SignedIn {
  readonly outcome: "joined" | "here";
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  readonly sessionId: SessionId;
  readonly joined: Joined;
  readonly endedSessions: readonly SessionId[];
}

/** Why a join did not take place. Nothing was consumed. */
export type NotJoined =
  | { readonly outcome: "secret_mismatch"; readonly accountId: AccountId }
  | { readonly outcome: "blocked" | "removed" | "throttled" }
  /** `failures`: failed codes of the day, of this address and in all. */
  | { readonly outcome: "refused"; readonly failures: readonly number[] }
  | { readonly outcome: "device_limit"; readonly devices: readonly DeviceSeen[] }
  | { readonly outcome: "choice_required"; readonly entryCount: number; readonly deviceName: string | null };

/** What a join came to. */
export type JoinReport = SignedIn | NotJoined;

const JOINED = "(SELECT * FROM joins WHERE session_id = ?1 AND outcome = 'joined')";

// What goes by, entry by entry: `t` is what the joined account has under the same id.
const MOVING = `
FROM ${JOINED} j JOIN entries e ON e.account_id = j.left_id AND e.deleted = 0
  LEFT JOIN entries t ON t.account_id = j.account_id AND t.id = e.id AND t.deleted = 0
WHERE j.moves`;

const REPORT = `
UPDATE joins SET report = (
  SELECT json_object('moved', coalesce(sum(t.id IS NULL), 0), 'equal', coalesce(sum(t.content = e.content), 0),
    'renamed', coalesce(sum(t.content <> e.content), 0),
    'left', (SELECT CASE WHEN joins.moves THEN 0 ELSE coalesce((SELECT entry_count FROM accounts WHERE id = joins.left_id), 0) END))
  ${MOVING})
WHERE session_id = ?1 AND outcome = 'joined'`;

// A tombstone in the way was of an entry that its owner deleted elsewhere; here the entry is alive.
const MOVE = `
INSERT INTO entries (account_id, id, rev, deleted, content, bytes, change_count, change_bytes, changed_at)
SELECT j.account_id, CASE WHEN t.id IS NULL THEN e.id ELSE lower(hex(randomblob(16))) END,
  (SELECT revision FROM accounts WHERE id = j.account_id) + row_number() OVER (ORDER BY e.rev), 0, e.content, e.bytes, 1, e.bytes, ?2
${MOVING} AND (t.id IS NULL OR t.content <> e.content)
ON CONFLICT (account_id, id) DO UPDATE SET rev = excluded.rev, deleted = 0, content = excluded.content, bytes = excluded.bytes,
  change_count = 1, change_bytes = excluded.bytes, changed_at = excluded.changed_at`;

// Exactly the entries that have just moved are ahead of the account's revision.
const FOLLOW = `
UPDATE accounts SET
  entry_count = entry_count + (SELECT count(*) FROM entries e WHERE e.account_id = accounts.id AND e.rev > accounts.revision),
  entry_bytes = entry_bytes + (SELECT sum(bytes) FROM entries e WHERE e.account_id = accounts.id AND e.rev > accounts.revision),
  revision = (SELECT max(rev) FROM entries e WHERE e.account_id = accounts.id)
WHERE id = (SELECT account_id FROM ${JOINED} WHERE moves) AND revision < (SELECT max(rev) FROM entries e WHERE e.account_id = accounts.id)`;

const USE_CODE = `
UPDATE transfer_codes SET used_by = j.device_id, used_at = ?2 FROM ${JOINED} j WHERE transfer_codes.account_id = j.account_id`;

const COUNT_FAILURE = `
INSERT INTO failures (period, subject, count, last_at)
SELECT ?3, s.value, 1, ?2 FROM json_each(?4) s WHERE EXISTS (SELECT 1 FROM joins WHERE session_id = ?1 AND outcome = 'refused')
ON CONFLICT (period, subject) DO UPDATE SET count = count + 1, last_at = excluded.last_at
RETURNING count`;

// The rows go, since those of another account than the device's own would keep that account from being erased.
const END_ITS_SESSIONS = `
INSERT INTO ended_sessions (session_id, ended_at)
SELECT s.id, ?2 FROM sessions s JOIN ${JOINED} j ON j.device_id = s.device_id WHERE true
ON CONFLICT DO NOTHING RETURNING session_id AS id`;
const DROP_ITS_SESSIONS = `DELETE FROM sessions WHERE device_id = (SELECT device_id FROM ${JOINED})`;

const MARK_LEFT = `UPDATE accounts SET erased_at = ?2 WHERE id = (SELECT left_id FROM ${JOINED} WHERE erases)`;

const HAND_OVER = `
INSERT INTO devices (id, account_id, app_id, secret_hash, created_at, last_seen_at, joined)
SELECT j.device_id, j.account_id, ?3, ?4, ?2, ?2, json_set(j.report, '$.by', ?5) FROM ${JOINED} j WHERE true
ON CONFLICT (id) DO UPDATE SET account_id = excluded.account_id, joined = excluded.joined`;

// As where its maker is removed: it would let nobody in any more, and look as if it did.
const VOID_ITS_CODE = `
DELETE FROM transfer_codes WHERE (account_id, device_id) IN (SELECT left_id, device_id FROM ${JOINED})`;

const TELL = `
SELECT j.outcome, j.account_id AS accountId, j.device_id AS deviceId, v.joined,
  (SELECT account_id FROM devices WHERE app_id = ?2) AS ownAccountId,
  (SELECT entry_count FROM accounts WHERE id = j.left_id) AS entryCount,
  (SELECT m.name FROM transfer_codes t JOIN devices m ON m.id = t.device_id WHERE t.account_id = j.account_id) AS deviceName
FROM joins j LEFT JOIN devices v ON v.id = j.device_id WHERE j.session_id = ?1`;

const TELL_DEVICES = `
SELECT v.id, v.name, max(v.last_seen_at, coalesce((SELECT max(rotated_at) FROM sessions s WHERE s.device_id = v.id), 0)) AS lastSeenAt
FROM devices v JOIN joins j ON j.account_id = v.account_id
WHERE j.session_id = ?1 AND j.outcome = 'device_limit' AND v.removed_at IS NULL ORDER BY lastSeenAt DESC`;

const FORGET = "DELETE FROM joins WHERE session_id = ?1";

interface Told {
  readonly outcome: JoinReport["outcome"];
  readonly accountId: AccountId | null;
  readonly deviceId: DeviceId;
  readonly joined: string | null;
  readonly ownAccountId: AccountId | null;
  readonly entryCount: number | null;
  readonly deviceName: string | null;
}

const NOTHING: Joined = { moved: 0, equal: 0, renamed: 0, left: 0 };

/** What this redemption, or the one that it repeats, moved: a join by another code or password is another matter. */
function joinedBy(keys: readonly string[], stored: string | null): Joined {
  if (stored === null) return NOTHING;
  // As the statements write it.
  const { by, ...joined } = JSON.parse(stored) as Joined & { readonly by: string };
  return keys.includes(by) ? joined : NOTHING;
}

/** Runs a join: one batch, whatever it comes to. */
export async function runJoin(db: D1Database, request: Join): Promise<JoinReport> {
  const { appId, appSecretHash, credential, failureSubject, now, day } = request;
  const sessionId = newId<SessionId>();
  const { kind } = credential;
  const keys = credentialKeys(credential);
  const [key] = keys;
  const failing = failureSubject === undefined ? [] : [failureSubject, "codes"];
  const step = (sql: string, ...values: unknown[]) => db.prepare(sql).bind(sessionId, ...values);
  const statements = {
    decide: step(
      decide(kind),
      ...[now, appId, appSecretHash, ...credentialValues(credential), newId<DeviceId>(), request.entries ?? null, day],
      failureSubject ?? null,
      request.emailAccounts ? 1 : 0,
    ),
    countFailure: step(COUNT_FAILURE, now, day, JSON.stringify(failing)),
    report: step(REPORT),
    move: step(MOVE, now),
    follow: step(FOLLOW),
    ...(kind === "transfer" ? { useCode: step(USE_CODE, now) } : {}),
    endItsSessions: step(END_ITS_SESSIONS, now),
    dropItsSessions: step(DROP_ITS_SESSIONS),
    markLeft: step(MARK_LEFT, now),
    handOver: step(HAND_OVER, now, appId, appSecretHash, key),
    voidItsCode: step(VOID_ITS_CODE),
    tell: step(TELL, appId),
    tellDevices: step(TELL_DEVICES),
  };
  const erasing = erasingMarked(db, now);
  const starting = startingSession(db, { ...request, sessionId, decidedByJoin: true, mayBeDisplaced: true });
  const batch = [...Object.values(statements), ...erasing, ...starting, ...request.beside, step(FORGET)];
  const answers = await ask(db.batch(batch));
  // Rows have the columns of their own statement.
  const rows = <T>(statement: D1PreparedStatement | undefined) =>
    (answers[statement === undefined ? -1 : batch.indexOf(statement)]?.results ?? []) as T[];
  const [told] = rows<Told>(statements.tell);
  if (told === undefined) throw new Error("A join left no decision");
  const { outcome } = told;
  switch (outcome) {
    case "joined":
    case "here": {
      const ended = [statements.endItsSessions, erasing[0], starting[0]].flatMap((one) => rows<{ id: SessionId }>(one));
      if (told.accountId === null) throw new Error("A join has no account");
      return {
        outcome,
        accountId: told.accountId,
        deviceId: told.deviceId,
        sessionId,
        // What the statements above have written.
        joined: joinedBy(keys, told.joined),
        endedSessions: ended.map(({ id }) => id),
      };
    }
    case "secret_mismatch":
      if (told.ownAccountId === null) throw new Error("A known device has no account");
      return { outcome, accountId: told.ownAccountId };
    case "refused":
      return { outcome, failures: rows<{ count: number }>(statements.countFailure).map(({ count }) => count) };
    case "device_limit":
      return { outcome, devices: rows<DeviceSeen>(statements.tellDevices) };
    case "choice_required":
      return { outcome, entryCount: told.entryCount ?? 0, deviceName: told.deviceName };
    default:
      return { outcome };
  }
}
