// A pack: a whole pair of languages as the bytes that an app keeps for use without a network. The version is no part of
// it, so that a new seed which leaves a pair as it was leaves its pack and ETag as well.

import { PHRASEBOOK_PACKS_KEPT } from "../bounds.ts";
import { createRecent } from "../recent.ts";
import { pairConcepts } from "./concepts.ts";
import { type Rendered, render } from "./kept-answer.ts";
import type { Edition } from "./phrasebook.ts";

/** Renders packs, keeping those of the latest few pairs. The same edition gives the same bytes in every isolate. */
export function createPacks(): (edition: Edition) => Promise<Rendered> {
  const kept = createRecent<Rendered>(PHRASEBOOK_PACKS_KEPT);
  return async ({ version, concepts, from, to }) => {
    const key = `${version} ${from.language} ${to.language}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const pack = await render({
      from: from.language,
      to: to.language,
      concepts: pairConcepts(concepts, from, to),
    });
    kept.set(key, pack);
    return pack;
  };
}
