// Answers that apps keep: JSON with a strong ETag over its bytes, fresh for a day, and 304 to whoever has it already.
import type { Context } from "hono";
import { PHRASEBOOK_MAX_AGE_SECONDS } from "../bounds.ts";
import type { AppEnv } from "../context.ts";
import { sha256 } from "../encoding.ts";
import { isKnown } from "../entity-tag.ts";

/** A body, and the ETag that stands for it. */
export interface Rendered {
  readonly body: string;
  readonly etag: string;
}

/** Characters of a hash in base64url, 132 bits: as good as never the same for two bodies. */
const ETAG_CHARACTERS = 22;

/** Writes a value as JSON. Equal values with their members in the same order give equal bytes. */
export async function render(value: unknown): Promise<Rendered> {
  const body = JSON.stringify(value);
  return { body, etag: `"${(await sha256(body)).slice(0, ETAG_CHARACTERS)}"` };
}

/** 200 with the body, or 304 where `If-None-Match` names it. */
export function keptAnswer(
  c: Context<AppEnv>,
  { body, etag }: Rendered,
  headers: Record<string, string> = {},
): Response {
  const all = { ...headers, ETag: etag, "Cache-Control": `private, max-age=${PHRASEBOOK_MAX_AGE_SECONDS}` };
  if (isKnown(c.req.header("If-None-Match"), etag)) return c.body(null, 304, all);
  return c.body(body, 200, { ...all, "Content-Type": "application/json" });
}
