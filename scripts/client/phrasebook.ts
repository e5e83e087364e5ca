/**
 * The built-in phrasebook for an app: its categories, searching it on the server, and a whole pair of languages to keep
 * for when there is no network, which is asked for again with its ETag and mostly turns out unchanged.
 */
import * as v from "valibot";
import type { Client } from "./client.ts";
import { ClientError } from "./failure.ts";

const Text = v.object({
  text: v.string(),
  /** In Latin letters, where that is known. */
  pronunciation: v.optional(v.string()),
  /** Japanese in kana alone. */
  kana: v.optional(v.string()),
});

const Concept = v.object({
  /** Stable for ever: what an app keeps. */
  id: v.string(),
  category: v.string(),
  /** A word or a phrase; a later server may add one. */
  kind: v.string(),
  from: Text,
  to: Text,
});

/** A concept in both languages. */
export type PhrasebookConcept = v.InferOutput<typeof Concept>;

/** A whole pair of languages, in the provider's spelling. */
export const Pack = v.object({ from: v.string(), to: v.string(), concepts: v.array(Concept) });

const PageBody = v.object({ concepts: v.array(Concept), page: v.optional(v.string()) });

/** The categories, named in one language. */
export const Categories = v.array(
  v.object({ id: v.string(), name: v.string(), words: v.number(), phrases: v.number() }),
);

/** What to look for; without category and `q`, everything. */
export interface PhrasebookQuestion {
  from: string;
  to: string;
  category?: string | undefined;
  q?: string | undefined;
}

/** As many as the server gives at once. */
const PAGE_CONCEPTS = 200;

/** A phrasebook that changes while it is read is read again, so many times in all. */
const READS = 2;

/** The categories in display order, named in a language where the server can. */
export async function listCategories(client: Client, language: string): Promise<v.InferOutput<typeof Categories>> {
  const path = `/v1/phrasebook/categories?${new URLSearchParams({ language })}`;
  return (await client.requestJson(v.object({ categories: Categories }), path)).body.categories;
}

/** All that a question finds, page by page; from the beginning where the phrasebook changed on the way. */
export async function findConcepts(client: Client, question: PhrasebookQuestion): Promise<PhrasebookConcept[]> {
  for (let read = 1; ; read += 1) {
    try {
      return await readPages(client, question);
    } catch (error) {
      if (!isExpiredPage(error) || read === READS) throw error;
    }
  }
}

async function readPages(client: Client, { from, to, category, q }: PhrasebookQuestion): Promise<PhrasebookConcept[]> {
  const found: PhrasebookConcept[] = [];
  let page: string | undefined;
  do {
    const query = new URLSearchParams({ from, to, limit: String(PAGE_CONCEPTS) });
    if (category !== undefined) query.set("category", category);
    if (q !== undefined) query.set("q", q);
    if (page !== undefined) query.set("page", page);
    const { body } = await client.requestJson(PageBody, `/v1/phrasebook?${query}`);
    found.push(...body.concepts);
    page = body.page;
  } while (page !== undefined);
  return found;
}

function isExpiredPage(error: unknown): boolean {
  if (!(error instanceof ClientError)) return false;
  const { failure } = error;
  return failure.kind === "problem" && failure.problem.code === "page_expired";
}

/** A pair's pack with its ETag; undefined where `knownEtag` is still the ETag of what the server has. */
export async function fetchPack(
  client: Client,
  from: string,
  to: string,
  knownEtag?: string,
): Promise<{ etag: string; pack: v.InferOutput<typeof Pack> } | undefined> {
  const path = `/v1/phrasebook/packs/${encodeURIComponent(from)}/${encodeURIComponent(to)}`;
  const answer = await client.request(path, knownEtag === undefined ? {} : { headers: { "If-None-Match": knownEtag } });
  if (answer.status === 304) return undefined;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Pack), answer.text);
  if (!parsed.success) throw new ClientError({ kind: "unexpected", status: answer.status, url: path });
  return { etag: answer.headers.get("ETag") ?? "", pack: parsed.output };
}
