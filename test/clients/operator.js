/**
 * What an operator's database goes through, done to the served one's file: its tombstones purged, as cron does after
 * 180 days, and the database restored to an earlier time, as `npm run restored` leaves it (sessions stay, for brevity).
 */
import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

function inDatabase(folder, work) {
  for (const path of globSync(join(folder, "**/*.sqlite"))) {
    const database = new DatabaseSync(path, { timeout: 5000 });
    try {
      if (database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'entries'").get() !== undefined)
        return work(database);
    } finally {
      database.close();
    }
  }
  throw new Error("No database with entries is there");
}

/** Purges every tombstone, and raises each account's floor to what it has reached. */
export function purgeTombstones(folder) {
  inDatabase(folder, (database) =>
    database.exec(
      "BEGIN IMMEDIATE; DELETE FROM entries WHERE deleted = 1; UPDATE accounts SET floor = revision; COMMIT",
    ),
  );
}

/** Remembers the entries as they are; what it gives puts the database back to that, in its next epoch. */
export function restoreEarlier(folder) {
  const { accounts, entries } = inDatabase(folder, (database) => ({
    accounts: database.prepare("SELECT id, revision, floor, entry_count, entry_bytes FROM accounts").all(),
    entries: database.prepare("SELECT * FROM entries").all(),
  }));
  return () =>
    inDatabase(folder, (database) => {
      database.exec("BEGIN IMMEDIATE; UPDATE deployment SET epoch = epoch + 1; DELETE FROM entries");
      for (const entry of entries) {
        const values = Object.values(entry);
        database.prepare(`INSERT INTO entries VALUES (${values.map(() => "?").join()})`).run(...values);
      }
      for (const { id, ...figures } of accounts)
        database
          .prepare("UPDATE accounts SET revision = ?, floor = ?, entry_count = ?, entry_bytes = ? WHERE id = ?")
          .run(...Object.values(figures), id);
      database.exec("COMMIT");
    });
}
