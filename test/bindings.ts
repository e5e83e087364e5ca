/**
 * Real local D1 and KV with something put around each call: to count them, look at them, hold them back or fail them.
 * Nothing here answers in a binding's place. The wrappers compose: count what is around a binding that hangs.
 */
import { vi } from "vitest";
import type { Env } from "../src/context.ts";

/** What is called: a D1 statement's `run`, `all`, `first` or `raw`, or `batch` (SQL in `args`), or KV's `get` or `put`. */
export interface BindingCall {
  readonly method: string;
  readonly args: readonly unknown[];
}

/** Put around a call: whether, when and how often it is made is up to this. */
export type Around = <T>(make: () => Promise<T>, call: BindingCall) => Promise<T>;

/** A member of `target` as it would be without the proxy. */
function memberOf(target: object, name: string | symbol): unknown {
  const member: unknown = Reflect.get(target, name);
  return typeof member === "function" ? member.bind(target) : member;
}

const RUNS = ["run", "all", "first", "raw"];

/** A database whose every round trip goes through `around`. */
export function aroundDb(db: D1Database, around: Around): D1Database {
  const originals = new WeakMap<
    D1PreparedStatement,
    { readonly statement: D1PreparedStatement; readonly sql: string }
  >();
  const wrapped = (statement: D1PreparedStatement, sql: string): D1PreparedStatement => {
    const proxy = new Proxy(statement, {
      get(target, name) {
        if (name === "bind") return (...values: unknown[]) => wrapped(target.bind(...values), sql);
        const member = memberOf(target, name);
        if (typeof member !== "function" || !RUNS.includes(String(name))) return member;
        return (...args: unknown[]) => around(() => member(...args), { method: String(name), args: [sql] });
      },
    });
    originals.set(proxy, { statement, sql });
    return proxy;
  };
  return new Proxy(db, {
    get(target, name) {
      if (name === "prepare") return (sql: string) => wrapped(target.prepare(sql), sql);
      if (name !== "batch") return memberOf(target, name);
      return (statements: D1PreparedStatement[]) =>
        around(() => target.batch(statements.map((each) => originals.get(each)?.statement ?? each)), {
          method: "batch",
          args: statements.map((each) => originals.get(each)?.sql),
        });
    },
  });
}

/** A namespace whose reads and writes go through what is given for them. */
export function aroundKv(kv: KVNamespace, around: { readonly get?: Around; readonly put?: Around }): KVNamespace {
  return new Proxy(kv, {
    get(target, name) {
      const member = memberOf(target, name);
      const wrap = name === "get" ? around.get : name === "put" ? around.put : undefined;
      if (wrap === undefined || typeof member !== "function") return member;
      return (...args: unknown[]) => wrap(() => member(...args), { method: String(name), args });
    },
  });
}

/** Fails every call, unmade. */
export function failing(message: string): Around {
  return () => Promise.reject(new Error(message));
}

/** Never answers, and makes no call. */
export const hanging: Around = () => new Promise<never>(() => undefined);

/** Makes every call `ms` milliseconds late. */
export function delaying(ms: number): Around {
  return async (make) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return make();
  };
}

/** Something that falls silent and speaks again. */
export interface Silence {
  readonly around: Around;
  /** Calls from now on stay pending, unmade. */
  begin(): void;
  /** Calls from now on are made; those that were pending fail, as with a connection that was lost. */
  end(): void;
}

/** Makes a silence that has not begun. */
export function silence(): Silence {
  let lost: PromiseWithResolvers<never> | undefined;
  return {
    around: (make) => lost?.promise ?? make(),
    begin() {
      lost ??= Promise.withResolvers<never>();
      lost.promise.catch(() => undefined);
    },
    end() {
      lost?.reject(new Error("the connection was lost"));
      lost = undefined;
    },
  };
}

/** Operations by kind, as the budgets count them: without those in the background. */
export interface Ops {
  readonly d1Statements: number;
  readonly d1Batches: number;
  readonly kvGets: number;
  readonly kvPuts: number;
  /** Outbound requests, those that control the emulator aside. */
  readonly fetches: number;
}

/** What the budgets leave aside: the revocation snapshot's read, event writes, the flush of hit counters. */
const ASIDE = /FROM ended_sessions|INSERT INTO (events|hits)/;

const isControl = (url: unknown) => String(url).endsWith("/__emulator");

/** Bindings that count, and what they counted since it was last taken. */
export function counting(bindings: Pick<Env, "DB" | "TRANSLATIONS">): {
  readonly env: Pick<Env, "DB" | "TRANSLATIONS">;
  readonly take: () => Ops;
} {
  const outbound = vi.spyOn(globalThis, "fetch");
  const sofar = () => outbound.mock.calls.filter(([url]) => !isControl(url)).length;
  let counted: Record<string, number> = {};
  let fetched = sofar();
  const counter =
    (kind: keyof Ops): Around =>
    (make, { args }) => {
      if (ASIDE.test(String(args[0]))) return make();
      counted[kind] = (counted[kind] ?? 0) + 1;
      return make();
    };
  const inBatches = counter("d1Batches");
  const singly = counter("d1Statements");
  return {
    env: {
      DB: aroundDb(bindings.DB, (make, call) => (call.method === "batch" ? inBatches : singly)(make, call)),
      TRANSLATIONS: aroundKv(bindings.TRANSLATIONS, { get: counter("kvGets"), put: counter("kvPuts") }),
    },
    take() {
      const { d1Statements = 0, d1Batches = 0, kvGets = 0, kvPuts = 0 } = counted;
      const fetches = sofar() - fetched;
      counted = {};
      fetched = sofar();
      return { d1Statements, d1Batches, kvGets, kvPuts, fetches };
    },
  };
}
