// Pages of a list that does not change while its version stands: a token says where the next page begins, and belongs to
// one version and one question, so that pages neither repeat nor skip. It is opaque to apps but no secret, and nothing
// is trusted in it: whoever makes one up gets the page that they describe.
import * as v from "valibot";
import { base64url, utf8 } from "../encoding.ts";

/** What a list is an answer to: its version first, then all that was asked. */
export type Question = readonly [version: string, ...asked: string[]];

/** A page, or why there is none: the token belongs to another question, or to a version that is not served any more. */
export type Page<Item> =
  | { readonly kind: "page"; readonly items: readonly Item[]; readonly next?: string }
  | { readonly kind: "foreign" }
  | { readonly kind: "expired" };

const Token = v.tuple([v.array(v.string()), v.pipe(v.number(), v.integer(), v.minValue(0))]);

function write(question: Question, begin: number): string {
  return base64url(utf8(JSON.stringify([question, begin])));
}

function read(token: string): v.InferOutput<typeof Token> | undefined {
  try {
    const bytes = Uint8Array.fromBase64(token, { alphabet: "base64url" });
    const parsed = v.safeParse(Token, JSON.parse(new TextDecoder().decode(bytes)));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/** The page of `items` that a token leads to, the first without one. `size` may differ from page to page. */
export function pageOf<Item>(
  items: readonly Item[],
  question: Question,
  token: string | undefined,
  size: number,
): Page<Item> {
  let begin = 0;
  if (token !== undefined) {
    const known = read(token);
    if (known === undefined) return { kind: "foreign" };
    const [[version, ...asked], place] = known;
    if (JSON.stringify(asked) !== JSON.stringify(question.slice(1))) return { kind: "foreign" };
    if (version !== question[0]) return { kind: "expired" };
    begin = place;
  }
  const end = begin + size;
  const page = items.slice(begin, end);
  return { kind: "page", items: page, ...(end < items.length ? { next: write(question, end) } : {}) };
}
