/**
 * RxDB's replication over the vocabulary's sync contract. Documents keep the entry's `rev`, the base of their next
 * change. What a push changed gets its new one by a pull alone; an edit before that costs a conflict, which is resolved
 * without loss by `rxdb-conflicts.js`.
 */
import { replicateRxCollection } from "rxdb/plugins/replication";
import { vocabularyAt } from "./vocabulary.js";

const toDocument = ({ deleted = false, ...item }) => ({ ...item, _deleted: deleted });

/** A merge patch: what was in `before` and is no longer is cleared. */
function toChange({ _deleted, rev: _, ...fields }, before) {
  const base = before?.rev ?? 0;
  if (_deleted) return { id: fields.id, base, deleted: true };
  const kept = Object.keys(before ?? {}).filter((name) => name !== "rev" && !name.startsWith("_"));
  const cleared = kept.filter((name) => fields[name] === undefined);
  return { ...fields, ...Object.fromEntries(cleared.map((name) => [name, null])), base };
}

/** Starts replicating. `onRejected` is told of a change that the server refuses for itself; it is not sent again. */
export function replicateVocabulary(collection, { url, token, fetch, onRejected, ...options }) {
  const { pull, pullAll, push } = vocabularyAt({ url, token, fetch });

  async function startAnew(reason) {
    const held = (await collection.find().exec()).map((document) => document.toMutableJSON());
    if (reason !== "floor") await push(held.map((entry) => toChange({ ...entry, _deleted: false })));
    const { items, cursor } = await pullAll(0);
    const listed = new Set(items.map(({ id }) => id));
    // The library keeps what it has not pushed yet, whatever is pulled.
    const gone = held.filter(({ id }) => reason === "floor" && !listed.has(id));
    return { documents: [...items.map(toDocument), ...gone.map((entry) => ({ ...entry, _deleted: true }))], cursor };
  }

  async function pulled(checkpoint = {}, limit) {
    try {
      const { items, more, page, cursor } = await pull(checkpoint, limit);
      const next = more ? { since: checkpoint.since ?? 0, page } : { since: cursor };
      return { documents: items.map(toDocument), checkpoint: next };
    } catch (error) {
      if (error.code === "invalid_request" && checkpoint.page !== undefined)
        return pulled({ since: checkpoint.since }, limit);
      if (error.code !== "resync_required") throw error;
      const { documents, cursor } = await startAnew(error.reason);
      return { documents, checkpoint: { since: cursor } };
    }
  }

  async function pushed(rows) {
    const results = await push(rows.map((row) => toChange(row.newDocumentState, row.assumedMasterState)));
    for (const { id, status, code } of results) if (status === "rejected") onRejected?.(id, code);
    return results.filter(({ status }) => status === "conflict").map(({ current }) => toDocument(current));
  }

  const handlers = { pull: { handler: pulled, batchSize: 500 }, push: { handler: pushed, batchSize: 200 } };
  return replicateRxCollection({ collection, replicationIdentifier: url, ...handlers, ...options });
}
