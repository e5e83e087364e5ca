/** A signed-in app that translates: what the tests of translation ask a Worker with, and how they read its answers. */
import { env } from "cloudflare:workers";
import { plant, smallSeed } from "../phrasebook/seeding.ts";
import { startWorker, type Tokens, type WorkerOptions } from "../worker.ts";

/** A result of one unit, as it comes over the wire. */
interface WireResult {
  readonly to: string;
  readonly text?: string;
  readonly pronunciation?: string;
  readonly source?: string;
  readonly error?: { readonly code: string; readonly detail: string; readonly retryAfterSeconds?: number };
}

/** The answer of `POST /v1/translate`. */
export interface WireAnswer {
  readonly translations: readonly {
    readonly text: string;
    readonly detectedLanguage?: { readonly language: string; readonly score: number };
    readonly results: readonly WireResult[];
  }[];
  readonly usage: { readonly charactersBilled: number; readonly charactersLeft?: number };
}

/** A problem (RFC 9457), with the status and `Retry-After` that it came with. */
export interface WireProblem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly retryAfter: string | null;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** A fresh isolate, and an app in it: a new one, or one that has its tokens already. */
export async function traveller(options: WorkerOptions = {}, known?: Tokens) {
  const worker = startWorker(options);
  const tokens = known ?? (await worker.signIn());
  const ask = (body: unknown, headers: Record<string, string> = {}) =>
    worker.post("/v1/translate", body, tokens.access_token, headers);
  return {
    worker,
    tokens,
    /** The response as it is. */
    ask,
    /** The answer; throws where it is no 200. */
    async translate(body: unknown, headers: Record<string, string> = {}): Promise<WireAnswer> {
      const response = await ask(body, headers);
      if (response.status !== 200) throw new Error(await response.text());
      return response.json();
    },
    /** The problem; throws where there is none. */
    async refused(body: unknown, headers: Record<string, string> = {}): Promise<WireProblem> {
      const response = await ask(body, headers);
      if (response.status === 200) throw new Error(`Not refused: ${await response.text()}`);
      return { ...(await response.json<WireProblem>()), retryAfter: response.headers.get("Retry-After") };
    },
  };
}

/** Each unit in order as `source: text`, or `error: code`. */
export function read(answer: WireAnswer): string[] {
  return answer.translations.flatMap(({ results }) =>
    results.map(({ text, source, error }) => (error === undefined ? `${source}: ${text}` : `error: ${error.code}`)),
  );
}

/** A phrasebook of three languages, planted into the test file's own database. */
export function plantPhrasebook(): Promise<void> {
  return plant(
    env.DB,
    smallSeed({
      en: { bread: ["bread", "cldr"], water: ["water", "cldr"] },
      es: { bread: ["pan", "hand"], water: ["agua", "cldr"] },
      ja: { bread: ["パン", "hand"], water: ["水", "cldr"] },
    }),
  );
}

/** Characters spent today (or on `day`) by subject: `total`, `account:…`. */
export async function spent(day = new Date().toISOString().slice(0, 10)): Promise<Record<string, number>> {
  const { results } = await env.DB.prepare("SELECT subject, characters FROM spent WHERE day = ?1")
    .bind(day)
    .all<{ subject: string; characters: number }>();
  return Object.fromEntries(results.map(({ subject, characters }) => [subject, characters]));
}
