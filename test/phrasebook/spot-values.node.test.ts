// Spot values: what a speaker of the language says, written down before the seed was built. Where several words are
// right, any of them is.
import { describe, expect, test } from "vitest";
import { buildSeed } from "../../scripts/phrasebook/seed.ts";
import { readSources } from "../../scripts/phrasebook/sources.ts";
import { lookUp, parseLanguage } from "../../src/phrasebook/lookup.ts";
import spotValues from "./spot-values.json" with { type: "json" };

const { languages } = buildSeed(readSources());
const english = parseLanguage("en", JSON.stringify(languages.get("en")));

describe.each(Object.entries(spotValues))("%s", (language, values) => {
  const parsed = parseLanguage(language, JSON.stringify(languages.get(language)));

  test.each(Object.entries<string | string[]>(values))("%s is %j", (concept, accepted) => {
    const asked = english.byConcept.get(concept)?.text ?? "";
    expect([accepted].flat()).toContain(lookUp(asked, english, parsed)?.text);
  });
});
