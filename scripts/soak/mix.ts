/**
 * A realistic mix of translate requests: phrases and devices by Zipf's law, five pairs of languages, a part of the
 * phrases in the built-in phrasebook, mostly one text into one language, now and then a page of them. It also knows the
 * right answers; what came of a request is for others to judge.
 */
import { pseudoTranslate } from "../../test/azure/pseudo-translation.ts";
import type { Client } from "../client/client.ts";
import { fetchPack } from "../client/phrasebook.ts";
import { zipfRanks } from "./random.ts";

const PAIRS = [
  { from: "en", to: "es" },
  { from: "en", to: "ja" },
  { from: "en", to: "fr" },
  { from: "de", to: "it" },
  { from: "fr", to: "en" },
] as const;

/** Phrases of a pair that travellers ever type. */
const PHRASES = 20_000;
/** One rank in so many is a phrase of the phrasebook, while there are any left. */
const PHRASEBOOK_ONE_IN = 3;
const PAGE_SHARE = 0.05;
const PAGE_TEXTS = 25;
/** Requests from English that ask for all its targets at once. */
const ALL_TARGETS_SHARE = 0.1;

const OPENINGS = ["Where is", "How much is", "When does", "Please show me", "I am looking for", "Is this"];
const QUALITIES = [
  "the nearest",
  "the cheapest",
  "a quiet",
  "the oldest",
  "an open",
  "the last",
  "a small",
  "the best",
];
const THINGS = [
  "bakery",
  "ferry",
  "museum",
  "night bus",
  "campsite",
  "laundry",
  "market",
  "bridge",
  "pharmacy",
  "hostel",
];
const PLACES = [
  "harbour",
  "old town",
  "station",
  "castle",
  "river",
  "airport",
  "beach",
  "square",
  "university",
  "park",
];

/** A pair with the phrasebook's answers, by the text asked. */
interface MixPair {
  readonly from: string;
  readonly to: string;
  readonly known: ReadonlyMap<string, string>;
  readonly texts: readonly string[];
}

/** A translate request. `device` is a rank. */
export interface MixRequest {
  readonly device: number;
  readonly from: string;
  readonly to: readonly string[];
  readonly texts: readonly string[];
}

/** What a unit may be answered with. */
export interface RightAnswers {
  readonly phrasebook: string | undefined;
  readonly provider: string;
}

/** The mix. */
export interface Mix {
  readonly next: () => MixRequest;
  readonly rightAnswers: (text: string, from: string, to: string) => RightAnswers;
}

const at = (words: readonly string[], index: number) => words[index % words.length] ?? "";

/** A sentence that no phrasebook has: the number keeps each apart, as a house number or a time would. */
function sentence(index: number): string {
  const thing = `${at(QUALITIES, index >> 2)} ${at(THINGS, index >> 1)}`;
  return `${at(OPENINGS, index)} ${thing} by the ${at(PLACES, index >> 3)}, line ${index}?`;
}

/** Every right answer of the phrasebook; a text that stands for several concepts is left out, since it has none. */
async function readPair(client: Client, from: string, to: string): Promise<MixPair> {
  const fetched = await fetchPack(client, from, to);
  const concepts = fetched?.pack.concepts ?? [];
  const asked = concepts.map((concept) => concept.from.text);
  const known = new Map(
    concepts.flatMap((concept, index) =>
      asked.indexOf(concept.from.text) === index && asked.lastIndexOf(concept.from.text) === index
        ? [[concept.from.text, concept.to.text] as const]
        : [],
    ),
  );
  const phrases = known.keys();
  const texts = Array.from({ length: PHRASES }, (_, rank) => {
    const phrase = rank % PHRASEBOOK_ONE_IN === 0 ? phrases.next().value : undefined;
    return phrase ?? sentence(rank);
  });
  return { from, to, known, texts };
}

/** Makes a mix for so many devices; the phrasebook's part is asked of the edge. */
export async function createMix(client: Client, devices: number, random: () => number): Promise<Mix> {
  const pairs = await Promise.all(PAIRS.map(({ from, to }) => readPair(client, from, to)));
  const nextDevice = zipfRanks(devices, random);
  const nextRank = zipfRanks(PHRASES, random);
  return {
    next() {
      const pair = pairs[Math.floor(random() * pairs.length)] ?? pairs[0];
      if (pair === undefined) throw new Error("The mix has no pairs");
      const { from, to, texts } = pair;
      const count = random() < PAGE_SHARE ? PAGE_TEXTS : 1;
      const all = random() < ALL_TARGETS_SHARE;
      return {
        device: nextDevice(),
        from,
        to: all ? PAIRS.filter((each) => each.from === from).map((each) => each.to) : [to],
        texts: Array.from({ length: count }, () => texts[nextRank()] ?? ""),
      };
    },
    rightAnswers: (text, from, to) => ({
      phrasebook: pairs.find((pair) => pair.from === from && pair.to === to)?.known.get(text),
      provider: pseudoTranslate(text, to),
    }),
  };
}
