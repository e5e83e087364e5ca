// Writes the pages behind the problems' `type`, for the Worker to serve as static assets: what each means, and what to do.
// Static text of ours, so nothing needs escaping but `&<>`.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, parse } from "node:path";
import { fileURLToPath } from "node:url";
import { ADVICE } from "../../src/about/advice.ts";
import { PROBLEMS } from "../../src/problems.ts";

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const withCode = (text: string) => escaped(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");

function problemPage(code: string, status: number, title: string, advice: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}code{background:#8882;padding:0 .2em}</style></head>
<body><p><code>${code}</code> · HTTP ${status}</p><h1>${escaped(title)}</h1><p>${withCode(advice)}</p></body>
</html>
`;
}

/** All pages, as HTML by code. */
export function problemPages(): ReadonlyMap<string, string> {
  const advice: Readonly<Record<string, string>> = ADVICE;
  return new Map(
    Object.entries(PROBLEMS).map(([code, { status, title }]) => [
      code,
      problemPage(code, status, title, advice[code] ?? ""),
    ]),
  );
}

/** Writes the assets, and leaves none of an earlier build. */
export function writeProblemPages(): void {
  const directory = fileURLToPath(new URL("../../public/problems", import.meta.url).href);
  const pages = problemPages();
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(directory)) if (!pages.has(parse(name).name)) rmSync(join(directory, name));
  for (const [code, page] of pages) writeFileSync(join(directory, `${code}.html`), page);
}
