// The `account` command's arguments and SQL.

/** What the operator asks for. */
export type AccountCommand =
  | {
      readonly ok: true;
      readonly act: "block" | "unblock";
      readonly accountId: string;
      readonly where: "--local" | "--remote";
    }
  | { readonly ok: false; readonly message: string };

const USAGE = "Usage: npm run account -- block|unblock <account id> --local|--remote";

/** Reads the command line. */
export function readArguments(words: readonly string[]): AccountCommand {
  const isPlace = (word: string) => word === "--local" || word === "--remote";
  const [where, ...others] = words.filter(isPlace);
  const [act, accountId, ...rest] = words.filter((word) => !isPlace(word));
  if ((act !== "block" && act !== "unblock") || accountId === undefined || rest.length > 0)
    return { ok: false, message: USAGE };
  if (!/^[A-Za-z0-9_-]{22}$/.test(accountId)) return { ok: false, message: `${accountId} is not an account id` };
  if ((where !== "--local" && where !== "--remote") || others.length > 0) {
    return { ok: false, message: `Say whether the --local or the --remote database is meant. ${USAGE}` };
  }
  return { ok: true, act, accountId, where };
}

/** The statements; the account id has been held to its form, so it needs no escaping. */
export function blockingSql(act: "block" | "unblock", accountId: string, now: number): string {
  const event = `INSERT INTO events (at, kind, severity, account_id) SELECT ${now}, 'account_${act}ed', 'info', id FROM accounts WHERE id = '${accountId}'`;
  const show = `SELECT id FROM accounts WHERE id = '${accountId}'`;
  if (act === "unblock") return `UPDATE accounts SET blocked_at = NULL WHERE id = '${accountId}'; ${event}; ${show}`;
  const block = `UPDATE accounts SET blocked_at = coalesce(blocked_at, ${now}) WHERE id = '${accountId}'`;
  const end = `UPDATE sessions SET revoked_at = ${now} WHERE account_id = '${accountId}' AND revoked_at IS NULL`;
  return `${block}; ${end}; ${event}; ${show}`;
}
