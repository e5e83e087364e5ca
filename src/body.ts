/** Reading request bodies with a bound, as JSON or as a form. What the content means is validated elsewhere. */
import { type Failed, type Failure, failed } from "./errors.ts";

/** A decoded body, or why there is none. */
export type BodyResult<T> = { readonly ok: true; readonly value: T } | Failed<Failure>;

const tooLarge = (limitBytes: number) =>
  failed<Failure>({ code: "payload_too_large", detail: `The body may hold at most ${limitBytes} bytes.` });

/** The body's bytes; stops reading as soon as the limit is passed. */
async function readBytes(request: Request, limitBytes: number): Promise<BodyResult<Uint8Array>> {
  const declared = request.headers.get("Content-Length");
  if (declared !== null) {
    if (Number(declared) > limitBytes) return tooLarge(limitBytes);
    return { ok: true, value: new Uint8Array(await request.arrayBuffer()) };
  }
  if (request.body === null) return { ok: true, value: new Uint8Array(0) };
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body as ReadableStream<Uint8Array>) {
    length += chunk.byteLength;
    if (length > limitBytes) return tooLarge(limitBytes);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return { ok: true, value: bytes };
}

const UTF8 = new TextDecoder();
const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** The body as text. Not UTF-8 is a failure, never U+FFFD; only a text that holds one is decoded again strictly, which takes longer. */
async function readText(request: Request, limitBytes: number): Promise<BodyResult<string>> {
  const bytes = await readBytes(request, limitBytes);
  if (!bytes.ok) return bytes;
  const text = UTF8.decode(bytes.value);
  if (!text.includes("\uFFFD")) return { ok: true, value: text };
  try {
    return { ok: true, value: STRICT_UTF8.decode(bytes.value) };
  } catch {
    return failed({ code: "invalid_json", detail: "The body is not encoded as UTF-8." });
  }
}

/** V8's words for what is wrong with JSON; empty where nothing is. */
function complaint(text: string): string {
  try {
    JSON.parse(text);
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}

/**
 * Where strict JSON first fails. V8 tells most positions; where it quotes the text instead, the fault stands at the end of
 * the shortest beginning that fails in the same way, since a shorter one only ends too early.
 */
function firstFault(text: string): string {
  if (text.trim() === "") return "it is empty";
  const isUnexpected = (part: string) => complaint(part).startsWith("Unexpected token");
  if (!isUnexpected(text)) {
    return `the first fault is at position ${/ at position (\d+)/.exec(complaint(text))?.[1] ?? text.length}`;
  }
  let before = 0;
  let after = text.length;
  while (before < after) {
    const middle = Math.floor((before + after) / 2);
    if (isUnexpected(text.slice(0, middle + 1))) after = middle;
    else before = middle + 1;
  }
  return `the first fault is at position ${before}`;
}

/** RFC 8259 text into a value. A failure names the position of the first fault (in characters, from 0). */
export function parseJson(text: string): BodyResult<unknown> {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return failed({ code: "invalid_json", detail: `The body is not JSON: ${firstFault(text)}.` });
  }
}

/** A name that the caller chose, where it is a plain one; any other may be a text or a secret, and is not repeated. */
export function shown(name: string): string {
  return /^\w{1,32}$/.test(name) ? name : "(another name)";
}

/** Text that was UTF-8 can hold half of a pair only as an escape. */
const SURROGATE_ESCAPE = /\\u[dD]/;

/** The path of a string that holds half of a surrogate pair, within 20 levels; D1 would store it as U+FFFD. */
function loneSurrogate(value: unknown, path = "", depth = 0): string | undefined {
  if (typeof value === "string") return value.isWellFormed() ? undefined : path;
  if (typeof value !== "object" || value === null || depth > 20) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const found = loneSurrogate(item, path === "" ? shown(key) : `${path}.${shown(key)}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The media type of a request, without parameters and in lower case. */
function mediaType(request: Request): string {
  return (request.headers.get("Content-Type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** The repeated parameters of a form, which RFC 6749 section 3.2 forbids, beside its values. */
export interface Form {
  readonly values: Readonly<Record<string, string>>;
  readonly repeated: readonly string[];
}

function isDecodable(escaped: string): boolean {
  try {
    decodeURIComponent(escaped);
    return true;
  } catch {
    return false;
  }
}

function parseForm(text: string): Form {
  const values: Record<string, string> = Object.create(null);
  const repeated: string[] = [];
  for (const [name, value] of new URLSearchParams(text)) {
    if (name in values) repeated.push(shown(name));
    values[name] = value;
  }
  return { values, repeated };
}

/** Reads a JSON body of at most `limitBytes` bytes. With `texts` any, half surrogate pairs are left to the caller. */
export async function readJson(request: Request, limitBytes: number, texts?: "any"): Promise<BodyResult<unknown>> {
  if (mediaType(request) !== "application/json") {
    return failed({ code: "unsupported_media_type", detail: "The content type must be application/json." });
  }
  const text = await readText(request, limitBytes);
  if (!text.ok) return text;
  const json = parseJson(text.value);
  if (!json.ok) return json;
  const surrogate = texts !== "any" && SURROGATE_ESCAPE.test(text.value) ? loneSurrogate(json.value) : undefined;
  if (surrogate === undefined) return json;
  return failed({
    code: "invalid_text",
    detail: `Half of a surrogate pair at ${surrogate === "" ? "the top" : surrogate.slice(0, 100)}.`,
  });
}

/** Reads a body that is a form or JSON (RFC 6749 has forms only). A JSON object arrives as `values`. */
export async function readFormOrJson(
  request: Request,
  limitBytes: number,
): Promise<BodyResult<{ values: unknown; repeated: readonly string[] }>> {
  const type = mediaType(request);
  if (type === "application/json") {
    const json = await readJson(request, limitBytes);
    return json.ok ? { ok: true, value: { values: json.value, repeated: [] } } : json;
  }
  if (type !== "application/x-www-form-urlencoded") {
    return failed({
      code: "unsupported_media_type",
      detail: "The content type must be application/x-www-form-urlencoded or application/json.",
    });
  }
  const text = await readText(request, limitBytes);
  if (!text.ok) return text;
  // URLSearchParams would put U+FFFD where the escapes are not UTF-8. A bare percent sign is one.
  if (!isDecodable(text.value.replaceAll(/%(?![\da-f]{2})/gi, "%25")))
    return failed({ code: "invalid_text", detail: "The form's percent-encoding is not UTF-8." });
  return { ok: true, value: parseForm(text.value) };
}

/** Reads a body of one of some media types as bytes. */
export async function readFileBody(
  request: Request,
  limitBytes: number,
  types: readonly string[],
): Promise<BodyResult<Uint8Array>> {
  if (types.includes(mediaType(request))) return readBytes(request, limitBytes);
  return failed({ code: "unsupported_media_type", detail: `The content type must be one of ${types.join(", ")}.` });
}
