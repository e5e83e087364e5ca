// Makes the OpenAPI 3.1 document from the route declarations. What follows from a declaration (the token, the body's
// faults, the limits) is added here for every route alike, so that no route says it for itself.

import { toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import { OAUTH_STATUS } from "../../src/errors.ts";
import { PROBLEMS, type ProblemCode } from "../../src/problems.ts";
import { type Answer, type Declaration, type Docs, TOKEN_ACCESS } from "../../src/route.ts";

/** A declaration with its documentation. */
type Documented = Declaration & { readonly docs: Docs };

type Json = { readonly [key: string]: unknown };

const HEADERS: Readonly<Record<string, string>> = {
  "X-Request-Id": "The request's id: the caller's where it is a plain token of at most 64 characters, else a new one.",
  "Server-Timing": "Milliseconds in all and by tier, and how many units each tier answered.",
  "RateLimit-Policy": "The limit that this request was counted under.",
  "Retry-After": "Seconds to wait before the next try.",
  "WWW-Authenticate": "RFC 6750: `Bearer`, with the error where a token was sent.",
};

const headerRef = (name: string): Json => ({ $ref: `#/components/headers/${name}` });
const EVERYWHERE = ["X-Request-Id", "Server-Timing"];

function schemaOf(schema: GenericSchema, typeMode: "input" | "output"): Json {
  const { $schema, ...rest } = toJsonSchema(schema, { typeMode, errorMode: "ignore", target: "draft-2020-12" });
  return rest as Json;
}

/** Problems that a route can have because of what it takes, beside those it names. */
function problemsOf(route: Documented): ProblemCode[] {
  const codes: ProblemCode[] = [...route.docs.errors, "https_required", "internal"];
  if (route.query !== undefined || route.params !== undefined || route.body !== undefined)
    codes.push("invalid_request");
  if (route.body !== undefined)
    codes.push("invalid_json", "invalid_text", "payload_too_large", "unsupported_media_type");
  if (TOKEN_ACCESS.includes(route.access)) codes.push("missing_token", "invalid_token");
  if (route.access === "step-up") codes.push("insufficient_user_authentication");
  if (route.access !== "open") codes.push("rate_limited");
  if (route.access === "grant") codes.push("storage_unavailable");
  return [...new Set(codes)];
}

/** Whether its answers are counted under a limit: always, or (an open route that can be refused for it) in some cases. */
const isLimited = (route: Documented) => route.access !== "open" || route.docs.errors.includes("rate_limited");

function headersFor(route: Documented, extra: readonly string[] = []): Json {
  const names = [...EVERYWHERE, ...(isLimited(route) ? ["RateLimit-Policy"] : []), ...extra];
  return Object.fromEntries(names.map((name) => [name, headerRef(name)]));
}

function answerOf(route: Documented, answer: Answer): Json {
  const own = Object.fromEntries(
    Object.entries(answer.headers ?? {}).map(([name, description]) => [
      name,
      HEADERS[name] === undefined ? { description, schema: { type: "string" } } : headerRef(name),
    ]),
  );
  const others = (answer.alsoAs ?? []).map((type): [string, Json] => [type, { schema: { type: "string" } }]);
  const content =
    answer.schema === undefined
      ? {}
      : {
          content: {
            [answer.contentType ?? "application/json"]: { schema: schemaOf(answer.schema, "output") },
            ...Object.fromEntries(others),
          },
        };
  return { description: answer.description, headers: { ...headersFor(route), ...own }, ...content };
}

/** One answer per status, naming every problem that has it. */
function problemAnswers(route: Documented): Json {
  const oauth = route.access === "grant";
  const byStatus = Map.groupBy(problemsOf(route), (code) => PROBLEMS[code].status);
  if (oauth) byStatus.set(OAUTH_STATUS.access_denied, byStatus.get(403) ?? []);
  const answers: Record<string, Json> = {};
  for (const [status, codes] of [...byStatus].sort(([a], [b]) => a - b)) {
    const extra = [
      ...(status === 429 || status === 503 ? ["Retry-After"] : []),
      ...(status === 401 ? ["WWW-Authenticate"] : []),
    ];
    const titles = codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(" ");
    const media = oauth ? "application/json" : "application/problem+json";
    const schema = oauth ? "OAuthError" : "Problem";
    const other = route.docs.answers[status]?.schema;
    answers[status] = {
      description: oauth
        ? (OAUTH_DESCRIPTIONS[status] ?? titles)
        : [route.docs.answers[status]?.description, titles].filter(Boolean).join(" "),
      headers: headersFor(route, extra),
      content: {
        [media]: { schema: { $ref: `#/components/schemas/${schema}` } },
        ...(other === undefined ? {} : { "application/json": { schema: schemaOf(other, "output") } }),
      },
    };
  }
  return answers;
}

const OAUTH_DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: "`invalid_request`, `invalid_grant` or `unsupported_grant_type`, with `error_code` where the client must tell cases apart.",
  403: "`access_denied`: the account is blocked; or plain http where https is served.",
  429: "`slow_down`: nothing was consumed, try again later.",
  503: "`temporarily_unavailable`: nothing was consumed, try again later.",
};

function parametersOf(route: Documented): Json[] {
  const from = (place: "query" | "path", schema: GenericSchema | undefined): Json[] => {
    if (schema === undefined) return [];
    const { properties = {}, required = [] } = schemaOf(schema, "input") as {
      properties?: Record<string, Json>;
      required?: string[];
    };
    return Object.entries(properties).map(([name, { description, examples, ...rest }]) => ({
      name,
      in: place,
      required: place === "path" || required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: rest,
      ...(Array.isArray(examples) ? { example: examples[0] } : {}),
    }));
  };
  const headers = Object.entries(route.docs.requestHeaders ?? {}).map(([name, description]) => ({
    name,
    in: "header",
    required: false,
    description,
    schema: { type: "string" },
  }));
  return [...from("path", route.params), ...from("query", route.query), ...headers];
}

function bodyOf(route: Documented): Json {
  if (route.body === undefined) return {};
  const { kind, schema, types = [] } = route.body;
  const { examples = {} } = route.docs;
  const content: Json = {
    schema: kind === "file" ? { type: "string" } : schemaOf(schema, "input"),
    examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])),
  };
  const media = {
    json: ["application/json"],
    form: ["application/x-www-form-urlencoded", "application/json"],
    file: types,
  }[kind];
  return { requestBody: { required: true, content: Object.fromEntries(media.map((type) => [type, content])) } };
}

function operationOf(route: Documented): Json {
  const parameters = parametersOf(route);
  const good = Object.fromEntries(
    Object.entries(route.docs.answers).map(([status, answer]) => [status, answerOf(route, answer)]),
  );
  return {
    operationId: route.docs.operationId,
    tags: [route.docs.tag],
    summary: route.docs.summary,
    description: route.docs.description,
    security: TOKEN_ACCESS.includes(route.access) ? [{ accessToken: [] }] : [],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...bodyOf(route),
    responses: { ...good, ...problemAnswers(route) },
  };
}

const TAGS: Readonly<Record<string, string>> = {
  About: "What the service is, whether it is up, and what its errors mean.",
  Tokens: "Signing in without signing up, refreshing, signing out.",
  Account: "What an owner may see and do.",
  Translation: "Texts into other languages.",
  Phrasebook: "The built-in words and phrases, for looking through and for carrying along.",
  Vocabulary: "The traveller's own entries.",
};

const SCHEMAS: Json = {
  Problem: {
    type: "object",
    description: "RFC 9457.",
    properties: {
      type: { type: "string", description: "`/problems/` and the code: a page that explains it." },
      title: { type: "string" },
      status: { type: "integer" },
      detail: { type: "string" },
      code: { type: "string", enum: Object.keys(PROBLEMS) },
      requestId: { type: "string" },
      reason: { type: "string", enum: ["floor", "epoch", "account"], description: "With `resync_required`." },
      results: {
        type: "array",
        items: { type: "object" },
        description: "With `not_applied`: what became of each change.",
      },
      errors: {
        type: "array",
        description: "Every fault of the request.",
        items: {
          type: "object",
          properties: { path: { type: "string" }, message: { type: "string" } },
          required: ["path", "message"],
          additionalProperties: false,
        },
      },
    },
    required: ["type", "title", "status", "detail", "code", "requestId"],
    additionalProperties: false,
  },
  OAuthError: {
    type: "object",
    description: "RFC 6749 section 5.2.",
    properties: {
      error: { type: "string", enum: Object.keys(OAUTH_STATUS) },
      error_description: { type: "string" },
      error_code: {
        type: "string",
        description:
          "Tells cases of one error apart where the client must: `app_secret_mismatch`, `device_removed`, `signed_in_elsewhere`, `wrong_password`, `entries_choice_required`, `device_limit`.",
      },
      entries_count: { type: "integer", description: "With `entries_choice_required`: the entries at stake." },
      device_name: {
        type: ["string", "null"],
        description: "With `entries_choice_required`, of a transfer code: the name of the device that made it.",
      },
      devices: {
        type: "array",
        description: "With `device_limit`: the account's devices, of which its owner removes one first.",
        items: {
          type: "object",
          properties: {
            id: { type: "string" },
            name: { type: ["string", "null"] },
            last_seen_at: { type: "string", format: "date-time" },
          },
          required: ["id", "name", "last_seen_at"],
          additionalProperties: false,
        },
      },
    },
    required: ["error", "error_description"],
    additionalProperties: false,
  },
};

/** The document of these routes. */
export function openapiDocument(declarations: readonly Declaration[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const { docs, ...declaration } of declarations) {
    if (docs === false) throw new Error(`${declaration.path} was bundled without its documentation`);
    const route: Documented = { ...declaration, docs };
    const path = route.path.replaceAll(/:([a-z]+)/gi, "{$1}");
    paths[path] = { ...paths[path], [route.method]: operationOf(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Pidging Edge",
      version,
      description:
        "The API behind a travel vocabulary app: sign-in without sign-up, and translation through memory, a built-in phrasebook, a shared cache and a provider.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        accessToken: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "From `POST /oauth/token`." },
      },
      headers: Object.fromEntries(
        Object.entries(HEADERS).map(([name, description]) => [name, { description, schema: { type: "string" } }]),
      ),
      schemas: SCHEMAS,
    },
  };
}
