// Writes the passwords that no account may have, for the Worker to read as a static asset: the commonest ones of a kept
// package, those aside that are refused for their length already. Leaked lists are where they come from: no text for reading.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { dictionary } from "@zxcvbn-ts/language-common";
import { foldPassword, hasPasswordLength } from "../../src/auth/password.ts";

/** One a line, in lower case, the commonest first. */
export function commonPasswords(): string {
  const folded = dictionary["passwords-common"].map((password) => foldPassword(password).toLowerCase());
  return [...new Set(folded)].filter(hasPasswordLength).join("\n");
}

/** Writes the asset. */
export function writeCommonPasswords(): void {
  writeFileSync(
    fileURLToPath(new URL("../../public/common-passwords.txt", import.meta.url).href),
    `${commonPasswords()}\n`,
  );
}
