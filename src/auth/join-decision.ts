/**
 * What a join comes to, decided in one statement: who asks, which account the credential opens, what is left behind, in
 * the order of the cases. `join-store.ts` carries it out in the same batch.
 */
import { CODE_FAILURES_PER_IP, DEVICES_PER_ACCOUNT } from "../bounds.ts";
import type { AccountId } from "./ids.ts";

/** What lets a device into an account: a code by its hashes, or a password that was verified against what is stored. */
export type Credential =
  | { readonly kind: "transfer"; readonly hashes: readonly string[] }
  | { readonly kind: "recovery"; readonly hash: string }
  | { readonly kind: "password"; readonly accountId: AccountId; readonly password: string };

/** SQL for the account that a credential opens, by its kind: `?5` and `?6` are the credential. */
const OPENS = {
  // Used by this device: it may repeat the redemption, as long as it is still there.
  transfer: `
SELECT t.account_id AS id FROM transfer_codes t JOIN devices m ON m.id = t.device_id AND m.account_id = t.account_id
WHERE t.code_hash IN (SELECT value FROM json_each(?5)) AND ?6 IS NULL AND t.expires_at > ?2 AND m.removed_at IS NULL
  AND (t.used_by IS NULL OR EXISTS (SELECT 1 FROM device d WHERE d.id = t.used_by AND d.account_id = t.account_id))`,
  // A code that two accounts have was not made at random, and opens neither.
  recovery: "SELECT max(id) AS id FROM accounts WHERE recovery_hash = ?5 AND ?6 IS NULL HAVING count(*) = 1",
  password: "SELECT id FROM accounts WHERE id = ?5 AND password = ?6",
} as const;

// ?1 the new session, ?2 now, ?3 app ID, ?4 hash of its secret, ?5 ?6 credential, ?7 id of a new device, ?8 entries, ?9 day,
// ?10 counter of failed codes, ?11 whether an email leads into an account
/** The statement that writes the decision. */
export const decide = (kind: Credential["kind"]) => `
WITH device AS MATERIALIZED (
  SELECT v.id, v.account_id, v.removed_at IS NOT NULL AS removed, v.secret_hash = ?4 AS proven, a.blocked_at IS NOT NULL AS blocked
  FROM devices v JOIN accounts a ON a.id = v.account_id WHERE v.app_id = ?3),
target AS MATERIALIZED (
  SELECT a.id, a.blocked_at IS NOT NULL AS blocked,
    (SELECT count(*) FROM devices o WHERE o.account_id = a.id AND o.removed_at IS NULL) AS devices
  FROM (${OPENS[kind]}) g JOIN accounts a ON a.id = g.id),
leaving AS MATERIALIZED (
  SELECT a.id, a.entry_count, (a.email IS NULL OR NOT ?11) AND a.recovery_hash IS NULL AND NOT EXISTS (
    SELECT 1 FROM devices o WHERE o.account_id = a.id AND o.id <> d.id AND o.removed_at IS NULL) AS lost
  FROM device d JOIN accounts a ON a.id = d.account_id WHERE d.account_id <> (SELECT id FROM target))
INSERT INTO joins (session_id, outcome, account_id, device_id, left_id, erases, moves)
SELECT ?1, CASE
    WHEN (SELECT count FROM failures WHERE period = ?9 AND subject = ?10) >= ${CODE_FAILURES_PER_IP} THEN 'throttled'
    WHEN d.blocked THEN 'blocked'
    WHEN d.removed THEN 'removed'
    WHEN NOT d.proven THEN 'secret_mismatch'
    WHEN t.id IS NULL THEN 'refused'
    WHEN t.blocked THEN 'blocked'
    WHEN d.account_id = t.id THEN 'here'
    WHEN t.devices >= ${DEVICES_PER_ACCOUNT} THEN 'device_limit'
    WHEN l.lost AND l.entry_count > 0 AND ?8 IS NULL THEN 'choice_required'
    ELSE 'joined' END,
  t.id, coalesce(d.id, ?7), l.id, coalesce(l.lost, 0), coalesce(l.lost AND ?8 = 'move', 0)
FROM (SELECT 1) LEFT JOIN device d LEFT JOIN target t LEFT JOIN leaving l`;

/** A credential as the statement takes it. */
export function credentialValues(credential: Credential): readonly [string, string | null] {
  switch (credential.kind) {
    case "transfer":
      return [JSON.stringify(credential.hashes), null];
    case "recovery":
      return [credential.hash, null];
    case "password":
      return [credential.accountId, credential.password];
  }
}

/** What a join is remembered by, so that its repetition is known: hashes of a code under each key, or the word for a password. */
export function credentialKeys(credential: Credential): readonly string[] {
  switch (credential.kind) {
    case "transfer":
      return credential.hashes;
    case "recovery":
      return [credential.hash];
    case "password":
      return ["password"];
  }
}
