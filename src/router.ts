/**
 * The router that Hono asks for a path's handlers: literal paths by one look-up, those with `:name` segments by pattern.
 * Hono's fastest one refuses paths like ours, where `export` stands in the place of an entry's id, and the one that it
 * falls back to costs as much as authentication. Left out: wildcards within a path, optional segments.
 */
import type { Params, Router } from "hono/router";

/** A path's handlers in their order, each with the parameters of the path. */
type Handlers<T> = [handler: T, params: Params][];

interface Pattern<T> {
  readonly method: string;
  readonly regExp: RegExp;
  readonly handlers: T[];
}

/** The pattern of a declared path, which names its parameters. */
export function pathPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/:([a-z]+)/gi, "(?<$1>[^/]+)")}$`);
}

/**
 * Makes a router without routes. What is added for every path comes before the handlers of each path that is added
 * later, and is all that an unknown path has. A literal path goes before a pattern.
 */
export function createRouter<T>(): Router<T> {
  const everywhere: T[] = [];
  /** By path, then by method: quicker than one key made of both. */
  const literals = new Map<string, Map<string, Handlers<T>>>();
  const patterns = new Map<string, Pattern<T>>();
  const withParams = (handlers: readonly T[], params: Params) =>
    handlers.map((handler): [T, Params] => [handler, params]);

  return {
    name: "declared paths",
    add(method, path, handler) {
      if (path === "/*") {
        everywhere.push(handler);
      } else if (path.includes(":")) {
        const key = `${method} ${path}`;
        const known = patterns.get(key) ?? { method, regExp: pathPattern(path), handlers: [...everywhere] };
        known.handlers.push(handler);
        patterns.set(key, known);
      } else {
        const methods = literals.get(path) ?? new Map<string, Handlers<T>>();
        methods.set(method, [...(methods.get(method) ?? withParams(everywhere, {})), [handler, {}]]);
        literals.set(path, methods);
      }
    },
    match(method, path) {
      const literal = literals.get(path)?.get(method);
      if (literal !== undefined) return [literal];
      for (const pattern of patterns.values()) {
        const params = pattern.method === method ? pattern.regExp.exec(path)?.groups : undefined;
        if (params !== undefined) return [withParams(pattern.handlers, params)];
      }
      return [withParams(everywhere, {})];
    },
  };
}
