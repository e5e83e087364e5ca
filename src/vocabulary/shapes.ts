/** Pieces that the vocabulary's answers share. */
import * as v from "valibot";
import { FIELDS } from "./entry.ts";

/** A stamp, opaque to clients. */
export const stamp = v.pipe(
  v.number(),
  v.safeInteger(),
  v.description("An opaque stamp: an entry's revision, or a cursor."),
);

const { text, language, translation, translationLanguage, favourite, createdAt, updatedAt, ...optional } = FIELDS;

/** An entry. */
export const Entry = v.object({
  id: v.string(),
  rev: stamp,
  ...{ text, language, translation, translationLanguage, favourite, createdAt, updatedAt },
  ...v.partial(v.object(optional)).entries,
});

/** An entry or a tombstone. */
export const Item = v.union([v.object({ id: v.string(), rev: stamp, deleted: v.literal(true) }), Entry]);
