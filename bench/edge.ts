/**
 * The Worker under load: bundled as for a deployment, in workerd with a socket of its own, beside a bare handler to
 * compare it with. Its database and cache are local and empty but for the schema and the phrasebook; the rate-limit
 * bindings are left out, since their local simulators say nothing about production.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { runInProject, WRANGLER_ENVIRONMENT, wranglerStep } from "../scripts/dev/wrangler.ts";
import { FIRST_SECRETS } from "../scripts/keys/make.ts";
import { createAzureEmulator } from "../test/azure/emulator.ts";

const BARE = 'export default { fetch: () => Response.json({ status: "ok" }) };';
const COMPATIBILITY = { compatibilityDate: "2026-11-01", compatibilityFlags: ["nodejs_compat"] };

/** The two Workers' addresses. */
export interface Edge {
  readonly barePort: number;
  readonly edgePort: number;
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

/** Starts both on ports of 127.0.0.1. `close` it in the end. */
export async function startEdge(): Promise<Edge> {
  const azure = createAzureEmulator();
  const socket = { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] };
  Object.assign(process.env, WRANGLER_ENVIRONMENT);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      log: new Log(LogLevel.ERROR),
      workers: [
        { name: "bare", modules: true, script: BARE, ...COMPATIBILITY, ...socket },
        {
          name: "edge",
          modules: true,
          script: await bundle(),
          ...COMPATIBILITY,
          ...socket,
          d1Databases: ["DB"],
          kvNamespaces: ["TRANSLATIONS"],
          bindings: {
            ISSUER: "http://localhost:8787",
            AZURE_TRANSLATOR_ENDPOINT: "https://bench.azure.test",
            AZURE_TRANSLATOR_KEY: "emulator-key",
            AZURE_TRANSLATOR_REGION: "westeurope",
            SIGNING_KEYS: await FIRST_SECRETS.SIGNING_KEYS(),
            TOKEN_SECRETS: await FIRST_SECRETS.TOKEN_SECRETS(),
          },
          outboundService: (request) => azure.fetch(request as never) as never,
        },
      ],
    }),
  );
  const db = await miniflare.getD1Database("DB", "edge");
  for (const statement of await statements()) await db.prepare(statement).run();
  const portOf = async (name: string) => Number((await miniflare.unsafeGetDirectURL(name)).port);
  return { barePort: await portOf("bare"), edgePort: await portOf("edge"), close: () => miniflare.dispose() };
}
