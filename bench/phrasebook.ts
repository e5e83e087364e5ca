// What parsing the phrasebook costs an isolate: the CPU time of its largest languages, from the seed's JSON to maps ready
// for lookup. It runs on Node's engine, which is the Worker's; the first parse of each process is shown by itself,
// since that is what a cold isolate pays.
import { buildSeed } from "../scripts/phrasebook/seed.ts";
import { readSources } from "../scripts/phrasebook/sources.ts";
import { lookUp, parseLanguage } from "../src/phrasebook/lookup.ts";

const ROUNDS = 50;
const LARGEST = 5;
/** What the design allows for the largest language. */
const ALLOWED_MS = 5;

/** CPU milliseconds of this process that a function took. */
function cpuMs(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const rows = [...buildSeed(readSources()).languages]
  .map(([language, texts]) => ({ language, json: JSON.stringify(texts) }))
  .sort((a, b) => Buffer.byteLength(b.json) - Buffer.byteLength(a.json))
  .slice(0, LARGEST);

for (const { language, json } of rows) {
  const first = cpuMs(() => parseLanguage(language, json));
  const all = Array.from({ length: ROUNDS }, () => cpuMs(() => parseLanguage(language, json)));
  const size = `${(Buffer.byteLength(json) / 1000).toFixed(1)} kB`;
  console.log(`${language}: ${size}, first parse ${first.toFixed(2)} ms, median ${median(all).toFixed(2)} ms of CPU`);
  if (median(all) >= ALLOWED_MS) process.exitCode = 1;
}

const [largest] = rows;
if (largest !== undefined) {
  const texts = parseLanguage(largest.language, largest.json);
  const asked = [...texts.byConcept.values()].map(({ text }) => text);
  const each = cpuMs(() => asked.map((text) => lookUp(text, texts, texts))) / asked.length;
  console.log(`a lookup: ${(each * 1000).toFixed(1)} µs`);
}
