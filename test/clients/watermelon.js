/**
 * WatermelonDB's `synchronize` over the vocabulary's sync contract. The table's columns bear the names of the wire. The
 * library merges column by column, and a deletion wins over an edit; it moves its cursor by pulls alone.
 */
import { synchronize } from "@nozbe/watermelondb/sync/index.js";
import { vocabularyAt } from "./vocabulary.js";

const TABLE = "entries";

/** What the table has no columns for is left as the server has it; what an item lacks is empty. */
const pickColumns = (database, record) =>
  Object.fromEntries(database.schema.tables[TABLE].columnArray.map(({ name }) => [name, record[name] ?? null]));

/** Synchronizes once; a failure throws, and doing it again is safe. `onRejected` is told of changes that are refused. */
export async function syncVocabulary(database, { url, token, fetch, onRejected }) {
  const { pullAll, push } = vocabularyAt({ url, token, fetch });
  const toChange = (record) => ({ id: record.id, ...pickColumns(database, record) });

  async function changesSince(since) {
    const { items, cursor } = await pullAll(since);
    const updated = items
      .filter(({ deleted }) => !deleted)
      .map((item) => ({ id: item.id, ...pickColumns(database, item) }));
    const deleted = items.filter((item) => item.deleted).map(({ id }) => id);
    return { changes: { [TABLE]: { created: [], updated, deleted } }, timestamp: cursor };
  }

  async function pullChanges({ lastPulledAt }) {
    try {
      return await changesSince(lastPulledAt ?? 0);
    } catch (error) {
      if (error.code !== "resync_required") throw error;
      if (error.reason === "floor") return { ...(await changesSince(0)), experimentalStrategy: "replacement" };
      const held = await database.get(TABLE).query().fetch();
      await push(held.map(({ _raw }) => ({ ...toChange(_raw), base: 0 })));
      return changesSince(0);
    }
  }

  async function pushChanges({
    changes: {
      [TABLE]: { created, updated, deleted },
    },
    lastPulledAt,
  }) {
    const edits = [...created, ...updated].map(toChange);
    const results = await push([...edits, ...deleted.map((id) => ({ id, deleted: true }))], lastPulledAt);
    if (results.some(({ status }) => status === "conflict")) throw new Error("Changed meanwhile: synchronize again");
    const rejected = results.filter(({ status }) => status === "rejected");
    for (const { id, code } of rejected) onRejected?.(id, code);
    return { experimentalRejectedIds: { [TABLE]: rejected.map(({ id }) => id) } };
  }

  await synchronize({ database, pullChanges, pushChanges, sendCreatedAsUpdated: true });
}
