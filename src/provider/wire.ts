/** The provider's wire contract, Azure Translator v3.0 `POST /translate`: what is sent, and whether the answer fits it. */
import * as v from "valibot";
import { PROVIDER_ANSWER_BYTES } from "../bounds.ts";

/** One call: texts with equal options into equal targets. */
export interface ProviderCall {
  readonly texts: readonly string[];
  readonly from: string | undefined;
  readonly targets: readonly string[];
  readonly textType: "plain" | "html";
  readonly toScript: "Latn" | undefined;
}

/** One text into one target, as the provider answered it. */
export interface ProviderTranslation {
  readonly text: string;
  readonly detected: { readonly language: string; readonly score: number } | undefined;
  readonly pronunciation: string | undefined;
}

/** Where and as whom the provider is asked. */
export interface ProviderAccount {
  readonly endpoint: string;
  readonly region: string | undefined;
  readonly key: string;
}

/** The characters that a call may be billed: UTF-16 length times targets. */
export function charactersOf(call: ProviderCall): number {
  return call.texts.reduce((sum, text) => sum + text.length, 0) * call.targets.length;
}

/** The HTTP request of a call. `traceId` is a fresh GUID. Redirects are not followed: they would carry the key away. */
export function requestOf(
  account: ProviderAccount,
  call: ProviderCall,
  traceId: string,
): { readonly url: string; readonly init: RequestInit } {
  const query = new URLSearchParams({ "api-version": "3.0" });
  if (call.from !== undefined) query.set("from", call.from);
  for (const target of call.targets) query.append("to", target);
  if (call.textType !== "plain") query.set("textType", call.textType);
  if (call.toScript !== undefined) query.set("toScript", call.toScript);
  const headers: Record<string, string> = {
    "Content-Type": "application/json; charset=UTF-8",
    "Ocp-Apim-Subscription-Key": account.key,
    "X-ClientTraceId": traceId,
  };
  if (account.region !== undefined) headers["Ocp-Apim-Subscription-Region"] = account.region;
  const body = JSON.stringify(call.texts.map((text) => ({ Text: text })));
  return { url: `${account.endpoint}/translate?${query}`, init: { method: "POST", headers, body, redirect: "manual" } };
}

const Answer = v.array(
  v.object({
    detectedLanguage: v.optional(v.object({ language: v.string(), score: v.number() })),
    translations: v.array(
      v.object({ to: v.string(), text: v.string(), transliteration: v.optional(v.object({ text: v.string() })) }),
    ),
  }),
);

/**
 * The translations by text and then target, or `undefined` where the answer is not one to this call: another count,
 * order or target would pair a text with a foreign translation.
 */
export function readAnswer(call: ProviderCall, text: string): readonly (readonly ProviderTranslation[])[] | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = v.safeParse(Answer, json);
  if (!parsed.success || parsed.output.length !== call.texts.length) return undefined;
  const fits = parsed.output.every(
    ({ translations }) =>
      translations.length === call.targets.length &&
      translations.every(({ to }, index) => to.toLowerCase() === call.targets[index]?.toLowerCase()),
  );
  if (!fits) return undefined;
  return parsed.output.map(({ detectedLanguage, translations }) =>
    translations.map(({ text, transliteration }) => ({
      text,
      detected: call.from === undefined ? detectedLanguage : undefined,
      pronunciation: transliteration?.text,
    })),
  );
}

/** The number in the provider's error body (`{"error":{"code":401000,…}}`), for the operator. */
export function errorCodeOf(text: string): number | undefined {
  try {
    const code = (JSON.parse(text) as { error?: { code?: unknown } } | null)?.error?.code;
    return typeof code === "number" ? code : undefined;
  } catch {
    return undefined;
  }
}

/** Reads an answer's body up to `PROVIDER_ANSWER_BYTES`. Throws where it is longer or breaks off. */
export async function readBody(response: Response): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > PROVIDER_ANSWER_BYTES) throw new RangeError("The provider's answer is too long");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
