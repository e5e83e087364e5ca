/** Holds every answer that the tests get over HTTP against the OpenAPI document: status, media type, headers, body. */
import { type Schema, Validator } from "@cfworker/json-schema";
import openapi from "../generated/openapi.json";

interface Media {
  readonly schema?: Schema;
}
interface Operation {
  readonly responses: Readonly<
    Record<
      string,
      { readonly headers?: Readonly<Record<string, unknown>>; readonly content?: Readonly<Record<string, Media>> }
    >
  >;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: unknown;
}

/** The document that the Worker serves. */
export const document: Document = openapi as unknown as Document;

const patterns = Object.keys(document.paths).map((path) => ({
  path,
  pattern: new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{[^}]+\}/g, "[^/]+")}$`),
}));

/** Headers that any answer may carry, of which a document need not speak. */
const UNSPOKEN = [
  "content-type",
  "content-length",
  "x-content-type-options",
  "strict-transport-security",
  "vary",
  "content-security-policy",
];

/** The schema with its objects closed: clients must bear a field that the document lacks, but here it is a mistake. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, closed(part)]));
  return "properties" in inner && !("additionalProperties" in inner)
    ? { ...inner, additionalProperties: false }
    : inner;
}

const validators = new Map<Schema, Validator>();

/** The validator of one of the document's schemas, made once: most of its cost is in the components. */
function validatorOf(schema: Schema): Validator {
  const made = validators.get(schema);
  if (made !== undefined) return made;
  const whole = closed({ ...schema, components: document.components }) as Schema;
  const validator = new Validator(whole, "2020-12", false);
  validators.set(schema, validator);
  return validator;
}

/** The operation of a request; `undefined` where the document has none (404, 405). */
function operationOf(request: Request): Operation | undefined {
  const { pathname } = new URL(request.url);
  const path = patterns.find(({ pattern }) => pattern.test(pathname))?.path;
  const method = request.method === "HEAD" ? "get" : request.method.toLowerCase();
  return path === undefined ? undefined : document.paths[path]?.[method];
}

/** Throws where the answer is not one that the document allows for this request. Reads the answer's body. */
export async function checkAnswer(request: Request, response: Response): Promise<void> {
  const where = `${request.method} ${new URL(request.url).pathname} ${response.status}`;
  const operation = operationOf(request);
  if (operation === undefined) {
    if (![204, 404, 405].includes(response.status) && response.status !== 403)
      throw new Error(`${where}: not in the document`);
    return;
  }
  const answer = operation.responses[response.status];
  if (answer === undefined) throw new Error(`${where}: the document has no such status`);
  const spoken = Object.keys(answer.headers ?? {}).map((name) => name.toLowerCase());
  for (const name of response.headers.keys()) {
    if (name.startsWith("access-control-") || UNSPOKEN.includes(name) || spoken.includes(name)) continue;
    if (name === "cache-control" && response.headers.get(name) === "no-store") continue;
    throw new Error(`${where}: the document does not speak of the header ${name}`);
  }
  for (const required of ["X-Request-Id", "Server-Timing"]) {
    if (!response.headers.has(required)) throw new Error(`${where}: ${required} is missing`);
  }
  const text = await response.text();
  if (answer.content === undefined || text === "") {
    if (text !== "") throw new Error(`${where}: the document has no body here`);
    return;
  }
  const type = (response.headers.get("Content-Type") ?? "").split(";", 1)[0];
  const [, media] = Object.entries(answer.content).find(([name]) => name.split(";", 1)[0] === type) ?? [];
  if (media === undefined) throw new Error(`${where}: the document has no ${type}`);
  if (type === "text/html" || media.schema === undefined) return;
  const { valid, errors } = validatorOf(media.schema).validate(type?.endsWith("json") ? JSON.parse(text) : text);
  if (!valid) throw new Error(`${where}: ${JSON.stringify(errors.slice(-3))} in ${text.slice(0, 500)}`);
}
