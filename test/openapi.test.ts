/** The OpenAPI document says all that is mounted and no more, and its examples are true: each is sent to the Worker. */
import { type Schema, Validator } from "@cfworker/json-schema";
import { describe, expect, test } from "vitest";
import openapi from "../generated/openapi.json";
import { createApp } from "../src/app.ts";
import { startWorker } from "./worker.ts";

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly security: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly description?: string }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Schema; readonly examples: Examples }>>;
  };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly headers: object }>>;
}
type Examples = Readonly<Record<string, { readonly value: Record<string, string> | string }>>;

const document: {
  readonly openapi: string;
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: object;
} = JSON.parse(JSON.stringify(openapi));

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    path,
    method,
    operation,
  })),
);

const { routes, declarations } = createApp({ log: () => undefined, clock: Date.now });

describe("the document", () => {
  test("has every mounted route, and no other", () => {
    const mounted = routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path.replaceAll(/:([a-z]+)/gi, "{$1}")}`);
    expect(operations.map(({ name }) => name).sort()).toEqual([...new Set(mounted)].sort());
    expect(operations).toHaveLength(declarations.length);
  });

  test("is what the Worker serves", async () => {
    const response = await startWorker().get("/openapi.json");
    expect(response.headers.get("Content-Type")).toBe("application/json");
    expect(await response.text()).toBe(JSON.stringify(openapi));
    expect(document.openapi).toBe("3.1.0");
  });

  test("names each operation once", () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe.each(operations.map((each) => [each.name, each] as const))("%s", (_, { operation, path }) => {
  const statuses = Object.keys(operation.responses);

  test("has a name, words and a tag that the document explains", () => {
    expect(operation.operationId).toMatch(/^[a-z][A-Za-z]+$/);
    expect(operation.summary).toMatch(/^\S.*[^.]$/);
    expect(operation.description).toMatch(/^\S.*\.$/s);
    expect(document.tags.map(({ name }) => name)).toEqual(expect.arrayContaining([...operation.tags]));
    for (const { description } of operation.parameters ?? []) expect(description).toMatch(/\S/);
    for (const { description } of Object.values(operation.responses)) expect(description).toMatch(/\S/);
  });

  test("has the errors that follow from what it takes", () => {
    expect(statuses).toEqual(expect.arrayContaining(["403", "500"]));
    if (operation.requestBody !== undefined) expect(statuses).toEqual(expect.arrayContaining(["400", "413", "415"]));
    if (operation.security.length > 0) expect(statuses).toEqual(expect.arrayContaining(["401", "429"]));
    if (path.includes("{")) expect(operation.parameters?.map(({ name }) => name)).toContain(/{(.+?)}/.exec(path)?.[1]);
  });

  test("says which headers come: the id and the times always, the challenge and the wait where they belong", () => {
    for (const [status, { headers }] of Object.entries(operation.responses)) {
      const names = Object.keys(headers);
      expect(names).toEqual(expect.arrayContaining(["X-Request-Id", "Server-Timing"]));
      if (status === "401") expect(names).toContain("WWW-Authenticate");
      if (status === "429" || status === "503") expect(names).toContain("Retry-After");
    }
  });
});

describe("the examples", () => {
  const examples = operations.flatMap(({ name, path, method, operation }) =>
    Object.entries(operation.requestBody?.content ?? {}).flatMap(([type, { schema, examples }]) =>
      Object.entries(examples).map(([label, { value }]) => ({
        name,
        path,
        method,
        operation,
        type,
        schema,
        label,
        value,
      })),
    ),
  );
  const worker = startWorker({
    env: {
      AZURE_TRANSLATOR_ENDPOINT: "https://openapi.azure.test",
      AZURE_TRANSLATOR_KEY: "emulator-key",
      AZURE_TRANSLATOR_REGION: "westeurope",
    },
  });
  const ENTRY = { id: "bread-2026", text: "bread", language: "en", translation: "pan", translationLanguage: "es" };
  /** A refresh token in an example cannot be a good one; it is still no malformed request. */
  const REFUSED: Readonly<Record<string, object>> = { refresh: { error: "invalid_grant" } };

  const bodyOf = (type: string, value: Record<string, string> | string) => {
    if (typeof value === "string") return type === "application/json" ? "[]" : value;
    return type === "application/json" ? JSON.stringify(value) : new URLSearchParams(value);
  };

  test.each(examples.map((each) => [`${each.name} (${each.label}, ${each.type})`, each] as const))(
    "%s is valid, and the Worker takes it",
    async (_, { path, method, operation, type, schema, label, value }) => {
      const validator = new Validator({ ...schema, components: document.components } as Schema, "2020-12", false);
      expect(validator.validate(value).errors).toEqual([]);
      const token = operation.security.length === 0 ? undefined : (await worker.signIn()).access_token;
      if (method === "patch" && path.startsWith("/v1/vocabulary")) await worker.post("/v1/vocabulary", ENTRY, token);
      const response = await worker.request(
        path.replace("{id}", path.startsWith("/v1/devices") ? "current" : "bread-2026"),
        {
          method: method.toUpperCase(),
          headers: { "Content-Type": type, ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) },
          body: bodyOf(type, value),
        },
      );
      const refused = REFUSED[label];
      expect(refused === undefined ? [200, 201, 204] : [400]).toContain(response.status);
      if (refused !== undefined) expect(await response.json()).toMatchObject(refused);
      await worker.settled();
    },
  );

  test("of an app ID may be in upper case, in the document as well", async () => {
    const app = examples.find(({ label, type }) => label === "app" && type === "application/json");
    const given = typeof app?.value === "object" ? app.value : {};
    const value = { ...given, app_id: given.app_id?.toUpperCase() };
    const validator = new Validator({ ...app?.schema, components: document.components } as Schema, "2020-12", false);
    expect(validator.validate(value).errors).toEqual([]);
    expect((await worker.post("/oauth/token", value)).status).toBe(200);
  });

  test("are there for every body", () => {
    const bodies = operations.filter(({ operation }) => operation.requestBody !== undefined);
    expect(bodies.length).toBeGreaterThan(2);
    for (const { name } of bodies) expect(examples.map((example) => example.name)).toContain(name);
  });
});
