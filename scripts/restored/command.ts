// The `restored` command's arguments and SQL.

/** What the operator asks for: `before` is the epoch as it was before the restore. */
export type RestoredCommand =
  | { readonly ok: true; readonly before: number; readonly where: "--local" | "--remote" }
  | { readonly ok: false; readonly message: string };

const USAGE = "Usage: npm run restored -- --epoch <as it was before the restore> --local|--remote";

/** Stamps have 9 bits for the epoch. */
const EPOCH_MAX = 511;

/** Reads the command line. */
export function readArguments(words: readonly string[]): RestoredCommand {
  const isPlace = (word: string) => word === "--local" || word === "--remote";
  const [where, ...others] = words.filter(isPlace);
  const [flag, epoch, ...rest] = words.filter((word) => !isPlace(word)).flatMap((word) => word.split("=", 2));
  if (flag !== "--epoch" || epoch === undefined || rest.length > 0) return { ok: false, message: USAGE };
  const before = /^\d{1,3}$/.test(epoch) ? Number(epoch) : 0;
  if (before < 1 || before >= EPOCH_MAX)
    return { ok: false, message: `The epoch is a number from 1 to ${EPOCH_MAX - 1}, and not ${epoch}` };
  if ((where !== "--local" && where !== "--remote") || others.length > 0)
    return { ok: false, message: `Say whether the --local or the --remote database is meant. ${USAGE}` };
  return { ok: true, before, where };
}

/**
 * The statements, as one batch: the epoch after the one before, and no session of before, since a restore revives those
 * that were revoked. Where the database is already past that epoch, the number is wrong and nothing changes. Repeating
 * it is safe.
 */
export function restoredSql(before: number, now: number): readonly string[] {
  const after = before + 1;
  return [
    `UPDATE deployment SET epoch = ${after} WHERE epoch <= ${after}`,
    `UPDATE sessions SET revoked_at = ${now} WHERE revoked_at IS NULL AND (SELECT epoch FROM deployment) = ${after}`,
    "SELECT epoch FROM deployment",
  ];
}

/** The epoch that wrangler's answer tells; `undefined` where it tells none. */
export function epochIn(answer: string): number | undefined {
  const epoch = /"epoch":\s*(\d+)/.exec(answer)?.[1];
  return epoch === undefined ? undefined : Number(epoch);
}
