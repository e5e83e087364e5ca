/**
 * `POST /v1/translate` for an app: texts in, each with its translations, and from which tier every one came. A unit
 * that failed carries its own error; only when all failed does the call fail.
 */
import * as v from "valibot";
import type { Client } from "./client.ts";

const Result = v.object({
  to: v.string(),
  /** The translation; absent where `error` is there. */
  text: v.optional(v.string()),
  pronunciation: v.optional(v.string()),
  /** The tier that answered: memory, phrasebook, kv, azure, or same. A later server may add one. */
  source: v.optional(v.string()),
  error: v.optional(v.object({ code: v.string() })),
});

const TranslateBody = v.object({
  translations: v.array(
    v.object({
      text: v.string(),
      detectedLanguage: v.optional(v.object({ language: v.string(), score: v.number() })),
      results: v.array(Result),
    }),
  ),
  usage: v.object({ charactersBilled: v.number(), charactersLeft: v.optional(v.number()) }),
});

/** The translations, the usage, and what the server says of its own time. */
export type Translated = v.InferOutput<typeof TranslateBody> & { serverTiming: string };

export interface TranslateOptions {
  textType?: "plain" | "html";
  pronunciation?: boolean;
}

/** Translates every text into every language of `to`. Without `from` the language is detected, and the phrasebook stays out. */
export async function translate(
  client: Client,
  texts: readonly string[],
  from: string | undefined,
  to: readonly string[],
  options: TranslateOptions = {},
): Promise<Translated> {
  const { body, headers } = await client.requestJson(TranslateBody, "/v1/translate", {
    body: { texts, to, ...(from !== undefined && { from }), ...options },
  });
  return { ...body, serverTiming: headers.get("Server-Timing") ?? "" };
}
