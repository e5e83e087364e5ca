/**
 * What is kept on an account, read a page at a time in the order of a key, each of them for a live session only.
 * Hashes and secrets are never selected; entries are the vocabulary's.
 */
import type { SessionId } from "../auth/ids.ts";
import { ACCOUNT_OF_SESSION, LIVE_SESSION } from "../auth/live-session.ts";
import { EXPORT_PAGE } from "../bounds.ts";
import { DAYS_SPENT } from "../erase-store.ts";
import { ask } from "../storage.ts";
import { LAST_SEEN } from "./device-store.ts";

/** A row of a section: `key` is what the next page begins behind. */
export type ExportRow = { readonly key: string | number } & Readonly<Record<string, string | number | null>>;

/** The account's own row. */
export interface ExportAccount {
  readonly id: string;
  readonly createdAt: number;
  readonly email: string | null;
  readonly hasRecoveryCode: number;
}

/** A part of the document: a list of one kind of row. */
export interface ExportSection {
  readonly name: string;
  /** Less than every key. */
  readonly start: string | number;
  readonly sql: string;
}

const ACCOUNT = `
SELECT id, created_at AS createdAt, email, recovery_hash IS NOT NULL AS hasRecoveryCode FROM accounts
WHERE id = ${ACCOUNT_OF_SESSION} AND EXISTS (${LIVE_SESSION})`;

// ?1 session, ?2 now, ?3 the key to begin behind, ?4 rows at most.
const paged = (key: string, columns: string, from: string) => `
SELECT ${key} AS key, ${columns} FROM ${from} AND ${key} > ?3 AND EXISTS (${LIVE_SESSION}) ORDER BY ${key} LIMIT ?4`;

const DEVICES = paged(
  "d.id",
  `d.id, d.app_id AS appId, d.name, d.platform, d.app_version AS appVersion, d.created_at AS createdAt,
  ${LAST_SEEN} AS lastSeenAt, d.removed_at AS removedAt, d.displaced_at AS displacedAt, json_remove(d.joined, '$.by') AS joined`,
  `devices d WHERE d.account_id = ${ACCOUNT_OF_SESSION}`,
);

const SESSIONS = paged(
  "id",
  `id, device_id AS deviceId, signed_in_at AS createdAt, rotated_at AS lastUsedAt, idle_expires_at AS expiresAt, revoked_at AS endedAt`,
  `sessions WHERE account_id = ${ACCOUNT_OF_SESSION}`,
);

const TRANSFER_CODES = paged(
  "account_id",
  `device_id AS deviceId, created_at AS createdAt, expires_at AS expiresAt, used_by AS usedBy, used_at AS usedAt`,
  `transfer_codes WHERE account_id = ${ACCOUNT_OF_SESSION}`,
);

const DAYS = paged(
  "day",
  "day, characters",
  `spent WHERE subject = 'account:' || ${ACCOUNT_OF_SESSION} AND day IN ${DAYS_SPENT}`,
);

// These two have no index by account, and are kept two days.
const FAILURES = paged(
  "period || ' ' || subject",
  "period, subject, count, last_at AS lastAt",
  `failures WHERE subject IN (
  SELECT 'taken:' || ${ACCOUNT_OF_SESSION} UNION ALL SELECT 'device:' || id FROM devices WHERE account_id = ${ACCOUNT_OF_SESSION})`,
);

const ALERTS = paged(
  "hour || ' ' || subject",
  "hour, substr(subject, 1, instr(subject, ':') - 1) AS kind, count",
  `alerts WHERE substr(subject, instr(subject, ':') + 1) = ${ACCOUNT_OF_SESSION}`,
);

const EVENTS = paged(
  "id",
  "at, kind, severity, session_id AS sessionId, cause",
  `events WHERE account_id = ${ACCOUNT_OF_SESSION}`,
);

/** The document's lists, in order. */
export const EXPORT_SECTIONS: readonly ExportSection[] = [
  { name: "devices", start: "", sql: DEVICES },
  { name: "sessions", start: "", sql: SESSIONS },
  { name: "transferCodes", start: "", sql: TRANSFER_CODES },
  { name: "days", start: "", sql: DAYS },
  { name: "failures", start: "", sql: FAILURES },
  { name: "alerts", start: "", sql: ALERTS },
  { name: "events", start: 0, sql: EVENTS },
];

const paging = (db: D1Database, { sql }: ExportSection, sessionId: SessionId, after: string | number, now: number) =>
  db.prepare(sql).bind(sessionId, now, after, EXPORT_PAGE);

/** The account, and the first page of each section in order; `undefined` where the session is over. One batch. */
export async function readExportStart(
  db: D1Database,
  sessionId: SessionId,
  now: number,
): Promise<{ readonly account: ExportAccount; readonly pages: readonly (readonly ExportRow[])[] } | undefined> {
  const [account, ...pages] = await ask(
    db.batch([
      db.prepare(ACCOUNT).bind(sessionId, now),
      ...EXPORT_SECTIONS.map((section) => paging(db, section, sessionId, section.start, now)),
    ]),
  );
  // Rows have the columns of their own statement.
  const row = account?.results[0] as ExportAccount | undefined;
  return row && { account: row, pages: pages.map(({ results }) => results as ExportRow[]) };
}

/** A section's next page, behind the key `after`; nothing where the session is over. One statement. */
export async function readExportPage(
  db: D1Database,
  sessionId: SessionId,
  section: ExportSection,
  after: string | number,
  now: number,
): Promise<readonly ExportRow[]> {
  return (await ask(paging(db, section, sessionId, after, now).all<ExportRow>())).results;
}
