/**
 * One declaration per route: what the app mounts, what validates requests, and what the OpenAPI document is made from
 * (`scripts/openapi.ts`). Handlers get validated input; answers are checked against the same declaration by the tests.
 */
import type { Context, Hono, MiddlewareHandler } from "hono";
import * as v from "valibot";
import { readFileBody, readFormOrJson, readJson, shown } from "./body.ts";
import type { AppEnv } from "./context.ts";
import { type Failure, type Fault, failureResponse } from "./errors.ts";
import { faultOf } from "./fault.ts";
import type { ProblemCode } from "./problems.ts";

type Schema = v.GenericSchema;

/** A successful answer (or 304) of a route. */
export interface Answer {
  readonly description: string;
  /** Absent: the answer has no body. */
  readonly schema?: Schema;
  /** Default `application/json`. */
  readonly contentType?: string;
  /** Further media types, whose content no schema describes. */
  readonly alsoAs?: readonly string[];
  /** Headers beside those that every answer carries: name to meaning. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Who may call: anybody (`open`), anybody within the limit by address (`anonymous`), whoever holds a token to trade
 * (`grant`, which limits by what was presented), or an account by a good access token, limited by account. Whether its
 * session has ended meanwhile is told by the route's own statement (`token`, exact), by the snapshot of an isolate
 * (`snapshot`, for answers without D1), or by the statement and after a recent proof of the app secret (`step-up`). A signed
 * link may stand in for the token where a browser must reach a download (`token-or-link`).
 */
export type Access = "open" | "anonymous" | "grant" | "token" | "token-or-link" | "snapshot" | "step-up";

/** Kinds of access that need an access token. */
export const TOKEN_ACCESS: readonly Access[] = ["token", "token-or-link", "snapshot", "step-up"];

/** What only the OpenAPI document says of a route. */
export interface Docs {
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  /** Request headers that change the answer: name to meaning. */
  readonly requestHeaders?: Readonly<Record<string, string>>;
  /** Bodies by name, which a test sends. */
  readonly examples?: Readonly<Record<string, unknown>>;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Problems beside those that follow from the rest of the declaration. */
  readonly errors: readonly ProblemCode[];
}

/** Everything there is to say about one route. */
export interface Declaration<B extends Schema = Schema, Q extends Schema = Schema, P extends Schema = Schema> {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  /** Hono's notation: `/v1/sessions/:id`. */
  readonly path: string;
  readonly access: Access;
  /** `json` bodies are validated before the handler runs; a `form` (or JSON) is handed over unvalidated, for OAuth's own errors, and a `file` as bytes. */
  readonly body?: {
    readonly kind: "json" | "form" | "file";
    /** The media types of a file. */
    readonly types?: readonly string[];
    /** `any`: the route itself judges texts that are not well-formed. Default: they fail the request. */
    readonly texts?: "any";
    readonly schema: B;
    readonly limitBytes: number;
  };
  readonly query?: Q;
  readonly params?: P;
  /** `DOCUMENTED && {…}`: the bundle leaves it out (`define` in wrangler.toml), since only the document needs it. */
  readonly docs: false | Docs;
}

/** What a handler gets beside Hono's context. */
export interface Input<B extends Schema, Q extends Schema, P extends Schema> {
  readonly body: v.InferOutput<B>;
  readonly query: v.InferOutput<Q>;
  readonly params: v.InferOutput<P>;
}

/** A route's code. */
export type Handler<B extends Schema, Q extends Schema, P extends Schema> = (
  c: Context<AppEnv>,
  input: Input<B, Q, P>,
) => Response | Promise<Response>;

/** Mounts a declared route with its handler. */
export type Mount = <B extends Schema = Schema, Q extends Schema = Schema, P extends Schema = Schema>(
  declaration: Declaration<B, Q, P>,
  handler: Handler<B, Q, P>,
) => void;

/** The failure for input that does not match a schema: every fault, in order. */
export function invalid(issues: readonly v.BaseIssue<unknown>[]): Failure {
  return {
    code: "invalid_request",
    detail: "The request does not match what this route takes.",
    errors: issues.map(faultOf),
  };
}

/** Answers a failure in the dialect of the asked path, and notes its code for the log. */
export function refuse(c: Context<AppEnv>, failure: Failure): Response {
  c.get("trace").note({ code: failure.code });
  return failureResponse(failure, c.req.path, c.get("trace").requestId);
}

const REPEATED = "A parameter may be sent once.";

/** The parameters of a query that stand there more than once, of which the first would win in silence. */
function repeatedNames(queries: Readonly<Record<string, readonly string[]>>): readonly Fault[] {
  return Object.entries(queries)
    .filter(([, values]) => values.length > 1)
    .map(([name]) => ({ path: `query.${shown(name)}`, message: "is repeated" }));
}

function prefixed(issues: readonly v.BaseIssue<unknown>[], place: string): Failure {
  const failure = invalid(issues);
  return { ...failure, errors: failure.errors?.map((fault) => ({ ...fault, path: `${place}.${fault.path}` })) ?? [] };
}

/** Makes `mount` for an app, with the middleware that each kind of access needs, and the list of all that it mounted. */
export function mounter(
  app: Hono<AppEnv>,
  guards: Readonly<Record<Access, readonly MiddlewareHandler<AppEnv>[]>>,
): { readonly mount: Mount; readonly declarations: readonly Declaration[] } {
  const declarations: Declaration[] = [];
  const mount: Mount = (declaration, handler) => {
    declarations.push(declaration);
    const { body, query, params } = declaration;
    const run = async (c: Context<AppEnv>): Promise<Response> => {
      const input: { body: unknown; query: unknown; params: unknown } = { body: undefined, query: {}, params: {} };
      if (params !== undefined) {
        const parsed = v.safeParse(params, c.req.param());
        if (!parsed.success) return refuse(c, prefixed(parsed.issues, "path"));
        input.params = parsed.output;
      }
      if (query !== undefined) {
        const errors = repeatedNames(c.req.queries());
        if (errors.length > 0) return refuse(c, { code: "invalid_request", detail: REPEATED, errors });
        const parsed = v.safeParse(query, c.req.query());
        if (!parsed.success) return refuse(c, prefixed(parsed.issues, "query"));
        input.query = parsed.output;
      }
      if (body?.kind === "json") {
        const read = await readJson(c.req.raw, body.limitBytes, body.texts);
        if (!read.ok) return refuse(c, read.failure);
        const parsed = v.safeParse(body.schema, read.value);
        if (!parsed.success) return refuse(c, invalid(parsed.issues));
        input.body = parsed.output;
      } else if (body?.kind === "file") {
        const read = await readFileBody(c.req.raw, body.limitBytes, body.types ?? []);
        if (!read.ok) return refuse(c, read.failure);
        input.body = read.value;
      } else if (body?.kind === "form") {
        const read = await readFormOrJson(c.req.raw, body.limitBytes);
        if (!read.ok) return refuse(c, read.failure);
        if (read.value.repeated.length > 0) {
          const errors = read.value.repeated.map((path) => ({ path, message: "is repeated" }));
          return refuse(c, { code: "invalid_request", detail: REPEATED, errors });
        }
        input.body = read.value.values;
      }
      // Each part was parsed with the very schema that its type is inferred from.
      return handler(c, input as Parameters<typeof handler>[1]);
    };
    app.on([declaration.method.toUpperCase()], [declaration.path], ...guards[declaration.access], run);
  };
  return { mount, declarations };
}
