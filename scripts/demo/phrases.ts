/**
 * Looks through the phrasebook: its categories, one of them, or what a search finds; and carries a pair of languages in
 * a file, from which the same is answered with no server. Searching a file uses the server's own folding.
 */
import { indexPairs, search } from "../../src/phrasebook/search.ts";
import type { Client } from "../client/client.ts";
import { fetchPack, findConcepts, listCategories, type PhrasebookConcept } from "../client/phrasebook.ts";
import { type Command, type CommandInput, printable, stringOption, UsageError } from "./command.ts";
import { readPackFile, writePackFile } from "./pack-file.ts";
import { alignColumns } from "./table.ts";

export const phrases: Command = {
  name: "phrases",
  usage: "[--from en] --to es [--category food] [--search tea] [--save pack.json] [--pack pack.json]",
  summary: "look through the phrasebook; --save keeps a pair in a file, --pack answers from it without a server",
  options: {
    from: { type: "string" },
    to: { type: "string" },
    category: { type: "string" },
    search: { type: "string" },
    save: { type: "string" },
    pack: { type: "string" },
  },
  run: runPhrases,
};

/** Where the phrasebook is looked through: a server, or a file. */
interface Source {
  from: string;
  to: string;
  categories: () => Promise<Awaited<ReturnType<typeof listCategories>>>;
  find: (filter: { category: string | undefined; q: string | undefined }) => Promise<readonly PhrasebookConcept[]>;
}

async function runPhrases({ client, values, print }: CommandInput): Promise<void> {
  const [category, q, save, file] = ["category", "search", "save", "pack"].map((name) => stringOption(values, name));
  const [from, to] = [stringOption(values, "from"), stringOption(values, "to")];
  if (save !== undefined && file !== undefined) throw new UsageError("Either --save a pack or look into a --pack.");
  const source = file === undefined ? onServer(client, from, to) : inFile(file, from, to);

  if (save !== undefined) {
    print(await saved(client, source, save));
    if (category === undefined && q === undefined) return;
  }
  const found = await source.find({ category, q });
  const rows =
    category === undefined && q === undefined
      ? categoryRows(await source.categories(), found)
      : conceptRows(found, source);
  for (const line of alignColumns(rows.map((row) => row.map(printable)))) print(line);
}

function onServer(client: Client, from = "en", to: string | undefined): Source {
  if (to === undefined) throw new UsageError("Into which language? Say for example: --to es");
  return {
    from,
    to,
    categories: () => listCategories(client, from),
    find: (filter) => findConcepts(client, { from, to, ...filter }),
  };
}

function inFile(path: string, from: string | undefined, to: string | undefined): Source {
  const kept = readPackFile(path);
  if (kept === undefined) throw new UsageError(`There is no ${path}. --save writes one.`);
  const { pack } = kept;
  if ((from ?? pack.from) !== pack.from || (to ?? pack.to) !== pack.to)
    throw new UsageError(`${path} goes from ${pack.from} to ${pack.to}.`);
  return {
    from: pack.from,
    to: pack.to,
    categories: async () => kept.categories,
    find: async (filter) => search(indexPairs(pack.concepts, pack.from, pack.to), filter),
  };
}

/** Fetches the pair into a file, unless what is there is what the server has. */
async function saved(client: Client, { from, to, categories }: Source, path: string): Promise<string> {
  const before = readPackFile(path);
  const isSamePair = before?.pack.from === from && before.pack.to === to;
  const fetched = await fetchPack(client, from, to, isSamePair ? before.etag : undefined);
  if (fetched === undefined) return `${path} is what the server has: nothing was sent.`;
  const bytes = writePackFile(path, { ...fetched, categories: await categories() });
  return `Saved ${fetched.pack.concepts.length} words and phrases to ${path}, ${Math.ceil(bytes / 1024)} KiB.`;
}

/** The categories that the pair has, counted in the pair: it may lack what the phrasebook has. */
function categoryRows(
  categories: Awaited<ReturnType<typeof listCategories>>,
  concepts: readonly PhrasebookConcept[],
): string[][] {
  const rows = categories.flatMap(({ id, name }) => {
    const members = concepts.filter(({ category }) => category === id);
    const words = members.filter(({ kind }) => kind === "word").length;
    return members.length === 0 ? [] : [[id, name, String(words), String(members.length - words)]];
  });
  return [["category", "name", "words", "phrases"], ...rows];
}

function conceptRows(concepts: readonly PhrasebookConcept[], { from, to }: Source): string[][] {
  if (concepts.length === 0) return [["Nothing is found."]];
  const rows = concepts.map((concept) => [shown(concept.from), shown(concept.to), concept.category]);
  return [[from, to, "category"], ...rows];
}

/** A text with its reading, as "水 (みず, mizu)". */
function shown({ text, kana, pronunciation }: PhrasebookConcept["from"]): string {
  const aids = [kana, pronunciation].filter((aid) => aid !== undefined && aid !== text);
  return aids.length === 0 ? text : `${text} (${aids.join(", ")})`;
}
