// Reads a JSON file of this repository or of a pinned package, by its path from the repository's root.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

function absolute(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url).href);
}

/** The parsed file. Throws where there is none. */
export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(absolute(path), "utf8"));
}

/** Whether there is such a file. */
export function exists(path: string): boolean {
  return existsSync(absolute(path));
}
