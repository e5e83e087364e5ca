/**
 * The Worker under load: bundled as for a deployment, in workerd with a socket of its own, beside two handlers to compare
 * it with, and a second isolate over the same database and cache. Those are local and empty but for the schema and the
 * phrasebook; the rate-limit bindings are left out, since their local simulators say nothing about production.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { runInProject, WRANGLER_ENVIRONMENT, wranglerStep } from "../scripts/dev/wrangler.ts";
import { FIRST_SECRETS } from "../scripts/keys/make.ts";
import { type AzureEmulator, createAzureEmulator } from "../test/azure/emulator.ts";

const BARE = 'export default { fetch: () => Response.json({ status: "ok" }) };';
/** What remains of a hot translate when all that is ours is free: reading the request, and an answer with as many headers. */
const NATIVE = `
const HEADERS = {
  "Content-Type": "application/json",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "RateLimit-Policy": '"caller";q=120;w=60',
  "Server-Timing": 'total;dur=0, tier-memory;desc="1 unit"',
};
const READ = ["Authorization", "Content-Type", "Content-Length", "Cache-Control", "X-Request-Id"];
export default {
  async fetch(request) {
    for (const name of READ) request.headers.get(name);
    const { text, to } = JSON.parse(await request.text());
    const translations = [{ text, results: [{ to, text, source: "memory" }] }];
    const headers = { ...HEADERS, "X-Request-Id": crypto.randomUUID() };
    return new Response(JSON.stringify({ translations, usage: { charactersBilled: 0 } }), { headers });
  },
};`;
const COMPATIBILITY = { compatibilityDate: "2026-11-01", compatibilityFlags: ["nodejs_compat"] };
const AZURE_HOST = "bench.azure.test";
/** Nothing is refused for its amount. */
const PLENTY = "1000000000";

/** The Workers' addresses. */
export interface Edge {
  readonly barePort: number;
  readonly nativePort: number;
  readonly edgePort: number;
  /** Another isolate of the same edge. */
  readonly otherPort: number;
  /** What the translator behind the edge was asked so far. */
  readonly azure: () => ReturnType<AzureEmulator["status"]>["counters"];
  /** The database behind both. */
  readonly db: Awaited<ReturnType<Miniflare["getD1Database"]>>;
  readonly close: () => Promise<void>;
}

async function bundle(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "pidging-bench-"));
  try {
    await wranglerStep(runInProject, "Bundling", ["deploy", "bench/worker.ts", "--dry-run", "--outdir", directory]);
    return await readFile(join(directory, "worker.js"), "utf8");
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function statements(): Promise<readonly string[]> {
  const migrations = (await readdir("migrations")).sort().map((name) => join("migrations", name));
  const files = await Promise.all([...migrations, "generated/phrasebook.sql"].map((file) => readFile(file, "utf8")));
  return files.flatMap((sql) =>
    sql
      .replaceAll(/--[^\n]*/g, "")
      .split(/;\s*\n/)
      .map((statement) => statement.trim())
      .filter((statement) => statement !== ""),
  );
}

/** Starts all on ports of 127.0.0.1. `close` it in the end. */
export async function startEdge(): Promise<Edge> {
  const azure = createAzureEmulator();
  const socket = { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] };
  Object.assign(process.env, WRANGLER_ENVIRONMENT);
  const edge = {
    modules: true,
    script: await bundle(),
    ...COMPATIBILITY,
    ...socket,
    d1Databases: ["DB"],
    kvNamespaces: ["TRANSLATIONS"],
    bindings: {
      ISSUER: "http://localhost:8787",
      RATE_LIMITS: "off",
      DAILY_CHARACTERS_PER_ACCOUNT: PLENTY,
      DAILY_CHARACTERS_TOTAL: PLENTY,
      NEW_ACCOUNT_CHARACTERS: PLENTY,
      NEW_ACCOUNT_CHARACTERS_PER_IP: PLENTY,
      NEW_ACCOUNT_SHARE: "1",
      AZURE_TRANSLATOR_ENDPOINT: `https://${AZURE_HOST}`,
      AZURE_TRANSLATOR_KEY: "emulator-key",
      AZURE_TRANSLATOR_REGION: "westeurope",
      SIGNING_KEYS: await FIRST_SECRETS.SIGNING_KEYS(),
      TOKEN_SECRETS: await FIRST_SECRETS.TOKEN_SECRETS(),
    },
    // The runtime's own Request and Response types differ from Node's in name only.
    outboundService: (request: unknown) => azure.fetch(request as never) as never,
  };
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      log: new Log(LogLevel.ERROR),
      workers: [
        { name: "bare", modules: true, script: BARE, ...COMPATIBILITY, ...socket },
        { name: "native", modules: true, script: NATIVE, ...COMPATIBILITY, ...socket },
        { name: "edge", ...edge },
        { name: "other", ...edge },
      ],
    }),
  );
  const db = await miniflare.getD1Database("DB", "edge");
  for (const statement of await statements()) await db.prepare(statement).run();
  const portOf = async (name: string) => Number((await miniflare.unsafeGetDirectURL(name)).port);
  return {
    barePort: await portOf("bare"),
    nativePort: await portOf("native"),
    edgePort: await portOf("edge"),
    otherPort: await portOf("other"),
    azure: () => azure.status(AZURE_HOST).counters,
    db,
    close: () => miniflare.dispose(),
  };
}
