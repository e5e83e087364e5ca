/**
 * The answer to a translate call that was understood: one result for each text, its translations in the order of the
 * targets, and the headers that say what it cost. Pure; what goes wrong on demand is done to it elsewhere.
 */

import { detectLanguage } from "./detection.ts";
import { ownScript, scriptConversion } from "./languages.ts";
import { pseudoTranslate, pseudoTransliterate, withoutMarkup } from "./pseudo-translation.ts";
import type { TranslateQuery } from "./request-query.ts";

/** A whole translate call as it was understood. */
export interface TranslateCall extends TranslateQuery {
  readonly texts: readonly string[];
  readonly clientTraceId: string | null;
}

/** One translation of one text. */
export interface Translation {
  readonly text: string;
  readonly to: string;
  readonly transliteration?: { readonly script: string; readonly text: string };
  readonly alignment?: { readonly proj: string };
  readonly sentLen?: { readonly srcSentLen: readonly number[]; readonly transSentLen: readonly number[] };
}

/** Everything that became of one text. */
export interface TranslateResult {
  readonly detectedLanguage?: { readonly language: string; readonly score: number };
  readonly sourceText?: { readonly text: string };
  readonly translations: readonly Translation[];
}

/** How the provider counts a text: the pages disagree, so both can be tried. */
export type Meter = "utf16" | "codePoints";

/** Characters of a call, times its targets. */
export function meteredCharacters(call: TranslateCall, meter: Meter): number {
  const length = (text: string) => (meter === "utf16" ? text.length : [...text].length);
  return call.texts.reduce((sum, text) => sum + length(text), 0) * call.to.length;
}

/** The results of a call, one for each text. */
export function translateAll(call: TranslateCall): readonly TranslateResult[] {
  return call.texts.map((text) => {
    const translations = call.to.map((to, index) => translateOne(call, text, to, call.toScripts[index]));
    if (call.from === null) {
      const visible = call.textType === "html" ? withoutMarkup(text) : text;
      return { detectedLanguage: detectLanguage(visible, call.suggestedFrom ?? undefined), translations };
    }
    if (call.fromScript === null) return { translations };
    return { sourceText: { text: pseudoTransliterate(text, ownScript(call.from)) }, translations };
  });
}

function translateOne(call: TranslateCall, source: string, to: string, toScript: string | undefined): Translation {
  const text = pseudoTranslate(source, to, call.textType);
  const converted = toScript !== undefined && scriptConversion(to, toScript) === "converted";
  return {
    text,
    ...(converted ? { transliteration: { script: toScript, text: pseudoTransliterate(text, toScript) } } : {}),
    to,
    ...(call.includeAlignment ? { alignment: { proj: wholeTextAlignment(source, text) } } : {}),
    ...(call.includeSentenceLength ? { sentLen: { srcSentLen: [source.length], transSentLen: [text.length] } } : {}),
  };
}

/** The whole source aligned with the end of its pseudo-translation, where it stands unchanged in plain text. */
function wholeTextAlignment(source: string, text: string): string {
  if (source === "" || !text.endsWith(source)) return "";
  return `0:${source.length - 1}-${text.length - source.length}:${text.length - 1}`;
}

/** The headers of a successful answer. */
export function answerHeaders(call: TranslateCall, meter: Meter): Headers {
  return new Headers({
    "Content-Type": "application/json; charset=utf-8",
    "X-RequestId": crypto.randomUUID(),
    "X-MT-System": call.to.map(() => "Team").join(","),
    "X-Metered-Usage": String(meteredCharacters(call, meter)),
  });
}
