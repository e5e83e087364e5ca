/**
 * The database of the simulated devices' account, past the Worker: what it holds, and what cron and the operator do to it.
 * Half a year is made to pass for single tombstones; a restore puts back the account's rows alone.
 */
import { env } from "cloudflare:workers";
import { restoredSql } from "../../scripts/restored/command.ts";
import { purgeTombstones } from "../../src/vocabulary/tombstone-store.ts";
import type { Fields } from "./devices.ts";

interface Row {
  readonly id: string;
  readonly rev: number;
  readonly deleted: number;
  readonly content: string;
}

/** An account's rows as they were at some time. */
export interface Snapshot {
  readonly rows: readonly object[];
  readonly figures: readonly unknown[];
  readonly epoch: number;
}

/** The epoch, and the revision of everything that is there, tombstones too. */
export interface Revisions {
  readonly epoch: number;
  readonly revisions: ReadonlyMap<string, number>;
}

/** The database of one account. */
export function databaseOf(account: string) {
  const entryRows = () => env.DB.prepare("SELECT * FROM entries WHERE account_id = ?1").bind(account);
  const accountRow = () =>
    env.DB.prepare("SELECT revision, floor, entry_count, entry_bytes FROM accounts WHERE id = ?1").bind(account);
  const epochRow = () => env.DB.prepare("SELECT epoch FROM deployment");
  const rows = async () => (await entryRows().all<Row>()).results;

  return {
    /** What is there, tombstones aside. */
    async entries(): Promise<ReadonlyMap<string, Fields>> {
      const there = (await rows()).filter(({ deleted }) => !deleted);
      return new Map(there.map(({ id, content }) => [id, JSON.parse(content)]));
    },

    async revisions(): Promise<Revisions> {
      const [entries, epoch] = await env.DB.batch<Row & { readonly epoch: number }>([entryRows(), epochRow()]);
      return {
        epoch: epoch?.results[0]?.epoch ?? 0,
        revisions: new Map(entries?.results.map(({ id, rev }) => [id, rev])),
      };
    },

    /** Cron, half a year after the older part of the tombstones. The ids of those. */
    async purge(part: number): Promise<readonly string[]> {
      const tombstones = (await rows()).filter(({ deleted }) => deleted).sort((a, b) => a.rev - b.rev);
      const old = tombstones.slice(0, Math.ceil(tombstones.length * part)).map(({ id }) => id);
      await env.DB.prepare(
        "UPDATE entries SET changed_at = 0 WHERE account_id = ?1 AND id IN (SELECT value FROM json_each(?2))",
      )
        .bind(account, JSON.stringify(old))
        .run();
      await purgeTombstones(env.DB, Date.now());
      return old;
    },

    /** A point in time to restore to. */
    async keep(): Promise<Snapshot> {
      const [entries, figures, epoch] = await env.DB.batch<Record<string, unknown>>([
        entryRows(),
        accountRow(),
        epochRow(),
      ]);
      return {
        rows: entries?.results ?? [],
        figures: Object.values(figures?.results[0] ?? {}),
        epoch: Number(epoch?.results[0]?.epoch),
      };
    },

    /** Everything is as it was then, and the operator runs the command. */
    async restore(snapshot: Snapshot): Promise<void> {
      const before = Number(await epochRow().first("epoch"));
      await env.DB.batch([
        env.DB.prepare("DELETE FROM entries WHERE account_id = ?1").bind(account),
        env.DB.prepare(
          `INSERT INTO entries SELECT value ->> 'account_id', value ->> 'id', value ->> 'rev', value ->> 'deleted', value ->> 'content',
             value ->> 'bytes', value ->> 'change_count', value ->> 'change_bytes', value ->> 'changed_at' FROM json_each(?1)`,
        ).bind(JSON.stringify(snapshot.rows)),
        env.DB.prepare(
          "UPDATE accounts SET revision = ?2, floor = ?3, entry_count = ?4, entry_bytes = ?5 WHERE id = ?1",
        ).bind(account, ...snapshot.figures),
        env.DB.prepare("UPDATE deployment SET epoch = ?1").bind(snapshot.epoch),
        ...restoredSql(before, Date.now()).map((sql) => env.DB.prepare(sql)),
      ]);
    },
  };
}
