/** Which edge the demo talks to, and where it keeps what it has of it: the same for every command. */
import { join } from "node:path";
import { type OptionValues, stringOption, UsageError } from "./command.ts";

/** The edge where none is named. */
export const DEFAULT_URL = "http://localhost:8787";

/** The edge's address without a slash at its end, and the files for it. */
export interface EdgeOptions {
  baseUrl: string;
  credentialsPath: string;
  vocabularyPath: string;
}

/** Reads `--url` and `--file`. */
export function readEdgeOptions(values: OptionValues): EdgeOptions {
  const url = stringOption(values, "url") ?? DEFAULT_URL;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) throw new UsageError(`--url ${url} is no http(s) address.`);
  const { href, host } = new URL(url);
  const credentialsPath = stringOption(values, "file") ?? join(".demo", `${host.replace(":", "_")}.json`);
  return {
    baseUrl: href.replace(/\/+$/, ""),
    credentialsPath,
    vocabularyPath: `${credentialsPath.replace(/\.json$/, "")}.vocabulary.json`,
  };
}
