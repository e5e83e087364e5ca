/**
 * What must be true of the simulated devices' world when all has come to rest: nothing was written unseen, no acknowledged
 * edit is missing, no deleted entry is back. It asks for what every run promises; where the database was restored that is
 * less, and what it then excuses, runs without a restore do not.
 */
import { expect } from "vitest";
import type { World, Write } from "./device-world.ts";
import type { Fields } from "./devices.ts";

/** The fields that travellers edit. */
export const FIELDS = ["text", "note", "category", "transliteration"] as const;

/** What was written after a restore's point is on the devices alone, and gone with an installation that is gone. */
const isExcused = (world: World, write: Write) => write.undone && !world.isThere(write);

/** A phone that was off while a tombstone came and went may push an entry as new that it had edited, or behind a restore. */
function mayBeBack(world: World, deletion: Write): boolean {
  const after = world.writes.slice(world.writes.indexOf(deletion) + 1);
  const anew = after.find(({ id, deleted }) => id === deletion.id && !deleted);
  if (isExcused(world, deletion)) return true;
  if (!world.purged.has(deletion.id) || anew === undefined) return false;
  return world.hasRestored() || world.wasPending(anew, world.writes.slice(0, world.writes.indexOf(anew)));
}

/** Its deletion was asked for by a traveller who saw all that was acknowledged, but for what they had changed themselves. */
function isRemovedWithOpenEyes(world: World, id: string, writes: readonly Write[]): boolean {
  const asked = world.removals.filter((removal) => removal.id === id);
  // A restored server may have no more of it than the phone that deletes it.
  if (world.hasRestored()) return asked.length > 0;
  const deletion = writes.findLast(({ deleted }) => deleted);
  const removal = asked.findLast(({ life }) => life === deletion?.life);
  if (deletion === undefined || removal === undefined) return false;
  const before = writes.slice(0, writes.indexOf(deletion)).filter(({ deleted }) => !deleted);
  return FIELDS.every((field) => {
    const last = before.findLast((write) => field in write.fields);
    return last === undefined || last.fields[field] === removal.saw[field] || removal.changed.includes(field);
  });
}

/** Nothing that a traveller wrote is dropped before it was sent. */
function expectSent(world: World, id: string, writes: readonly Write[]): void {
  for (const { life, fields } of world.editsOf(id)) {
    for (const field of FIELDS.filter((name) => name in fields)) {
      const sent = writes.filter((write) => write.life === life).map((write) => write.fields[field]);
      expect(sent, `${id} was edited in vain`).toContain(fields[field]);
    }
  }
}

/** Holds what the world recorded against what the server holds in the end. */
export function judge(world: World, held: ReadonlyMap<string, Fields>): void {
  expect(world.blind, "written over what was not seen").toEqual([]);
  for (const id of new Set(world.writes.map((write) => write.id))) {
    const writes = world.writes.filter((write) => write.id === id);
    const fields = held.get(id);
    const deletion = writes.findLast(({ deleted }) => deleted);
    if (fields === undefined) {
      const last = writes.findLast(({ acknowledged, deleted }) => acknowledged && !deleted);
      if (last !== undefined && !isExcused(world, last))
        expect(isRemovedWithOpenEyes(world, id, writes), `${id} is missing`).toBe(true);
      continue;
    }
    if (deletion?.acknowledged) {
      expect(mayBeBack(world, deletion), `${id} is back`).toBe(true);
      continue;
    }
    if (deletion === undefined) expectSent(world, id, writes);
    for (const field of FIELDS) {
      const values = writes.filter((write) => field in write.fields);
      const last = values.findLastIndex(({ acknowledged }) => acknowledged);
      const required = values[last];
      if (required === undefined || isExcused(world, required)) continue;
      const allowed = values.slice(last).map((write) => write.fields[field]);
      expect(allowed, `${id} has not what was acknowledged`).toContain(fields[field]);
    }
  }
}
