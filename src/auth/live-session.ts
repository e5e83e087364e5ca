/**
 * The check that every statement on an account's rows carries: session, device and account are good. A route that reads
 * asks for it in the same statement, and each statement that writes has it in its WHERE, so that a session which ended
 * a moment ago changes nothing.
 */

/** SQL that has a row where session `?1` is live at `?2` (milliseconds). Statements give it those two parameters first. */
export const LIVE_SESSION = `
SELECT 1 FROM sessions s JOIN accounts a ON a.id = s.account_id JOIN devices v ON v.id = s.device_id
WHERE s.id = ?1 AND s.revoked_at IS NULL AND s.idle_expires_at > ?2 AND s.absolute_expires_at > ?2
  AND a.blocked_at IS NULL AND v.removed_at IS NULL`;

/**
 * The same for what needs the account's password where it has one: `?3` tells whether the token proves it (`amr`).
 * Statements give it those three parameters first.
 */
export const PROVEN_SESSION = `${LIVE_SESSION} AND (a.password IS NULL OR ?3)`;

/** SQL for the account of session `?1`, live or not. */
export const ACCOUNT_OF_SESSION = "(SELECT account_id FROM sessions WHERE id = ?1)";
