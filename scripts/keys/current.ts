// Finds the current value of a secret: in a `.dev.vars` file, or in what was piped in, which may be such a file or the
// bare JSON array. It checks the outer form only; the Worker's configuration checks the rest. A deployed secret cannot
// be read back from Cloudflare, so the operator keeps a copy where secrets are kept.

import { readDevVars } from "../dev/dev-vars.ts";

/** The entries of the named secret in a text, or what is wrong with it. No message repeats the text: it is secret. */
export function currentEntries(text: string, secret: string): readonly unknown[] | { readonly refused: string } {
  const bare = text.trim();
  const json = bare.startsWith("[") ? bare : readDevVars(text).get(secret);
  if (!json) return { refused: `No ${secret} found in what was read.` };
  const entries = parsed(json);
  if (!Array.isArray(entries) || entries.length === 0) {
    return { refused: `${secret} is not a JSON array with an entry.` };
  }
  const expected = secret === "SIGNING_KEYS" ? "kid" : "id";
  const whole = entries.every((entry: unknown) => typeof entry === "object" && entry !== null && expected in entry);
  return whole ? entries : { refused: `Every entry of ${secret} needs a ${expected}: is this the right secret?` };
}

/** The ids of token secrets, so that a new one gets another. */
export function takenIds(entries: readonly unknown[]): readonly string[] {
  return entries.flatMap((entry) =>
    typeof entry === "object" && entry !== null && "id" in entry && typeof entry.id === "string" ? [entry.id] : [],
  );
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
