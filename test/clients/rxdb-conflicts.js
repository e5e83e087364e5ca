/**
 * How RxDB settles an entry that was changed here and elsewhere: a deletion wins over an edit, wherever it was made;
 * else edits are merged field by field, and of two edits of one field ours stands.
 */
import { deepEqual } from "rxdb/plugins/utils";

/** For the collection's `conflictHandler`. */
export const fieldWise = {
  isEqual: deepEqual,
  async resolve({ assumedMasterState: before = {}, realMasterState: theirs, newDocumentState: ours }) {
    if (theirs._deleted || ours._deleted) return { ...theirs, _deleted: true };
    const edited = Object.keys({ ...before, ...ours }).filter((name) => !deepEqual(ours[name], before[name]));
    const merged = { ...theirs, ...Object.fromEntries(edited.map((name) => [name, ours[name]])), rev: theirs.rev };
    return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
  },
};
