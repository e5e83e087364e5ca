// `npm run size`: how large the Worker's minified bundle is, and whether it keeps its budget. Measures what
// `wrangler deploy` would upload; nothing is uploaded. Static assets are not part of it.

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { runInProject, StepFailed, wranglerStep } from "./dev/wrangler.ts";

/** The design's budget: a Worker of this size starts in well under 50 ms of CPU. */
const GZIP_LIMIT_KIB = 80;

process.exitCode = await main().catch((error: unknown) => {
  if (!(error instanceof StepFailed)) throw error;
  console.error(error.message);
  return 1;
});

async function main(): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "pidging-size-"));
  try {
    await wranglerStep(runInProject, "Bundling", ["deploy", "--dry-run", "--minify", "--outdir", directory]);
    const scripts = (await readdir(directory, { recursive: true })).filter((name) => /\.m?js$/.test(name));
    if (scripts.length === 0) throw new Error("wrangler wrote no script");
    const contents = await Promise.all(scripts.map((name) => readFile(join(directory, name))));
    const bytes = contents.reduce((sum, content) => sum + content.byteLength, 0);
    const gzipBytes = contents.reduce((sum, content) => sum + gzipSync(content, { level: 9 }).byteLength, 0);
    console.log(`Worker: ${kib(bytes)} KiB, gzip ${kib(gzipBytes)} KiB; limit ${GZIP_LIMIT_KIB} KiB gzip`);
    return gzipBytes > GZIP_LIMIT_KIB * 1024 ? 1 : 0;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function kib(bytes: number): string {
  return (bytes / 1024).toFixed(1);
}
