/** Pieces that the owner's answers share. */
import * as v from "valibot";

/** A time, as ISO 8601 UTC. */
export const time = v.pipe(v.string(), v.isoTimestamp());

/** Milliseconds since 1970 as ISO 8601 UTC. */
export const iso = (ms: number): string => new Date(ms).toISOString();

/** A number of things. */
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** What an app said of its device. */
export const deviceFacts = {
  id: v.string(),
  name: v.nullable(v.string()),
  platform: v.nullable(v.picklist(["ios", "android", "web", "other"])),
  appVersion: v.nullable(v.string()),
};

/** `{id}` of a path; `current` is the caller's own. */
export const IdOrCurrent = v.object({
  id: v.pipe(v.string(), v.description("An id of this account's, or `current`."), v.examples(["current"])),
});
