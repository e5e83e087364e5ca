/**
 * Transfer and recovery codes as people carry them: read as they were typed or from a link, made and written so that
 * they are easily copied. Crockford's base 32 has no I, L, O and U.
 */

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTHS = { "transfer-code": 12, "recovery-code": 26 } as const;
const GROUP_CHARACTERS = 4;

/** The two kinds. */
export type CodeKind = keyof typeof LENGTHS;

/** A new recovery code: 130 random bits, which the app shows before it sends them. */
export function makeRecoveryCode(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(LENGTHS["recovery-code"]));
  return Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join("");
}

/** In groups of four, for reading and writing down. */
export function writeCode(code: string): string {
  return code.replaceAll(new RegExp(`(.{${GROUP_CHARACTERS}})(?=.)`, "g"), "$1-");
}

/**
 * The code in what somebody typed, or behind the `#` of a link: any case, spaces and hyphens anywhere, I and L for 1, O
 * for 0. Nothing where it cannot be one of either kind.
 */
export function readCode(typed: string): { kind: CodeKind; code: string } | undefined {
  const code = typed
    .slice(typed.lastIndexOf("#") + 1)
    .toUpperCase()
    .replaceAll(/[\s-]/g, "")
    .replaceAll("O", "0")
    .replaceAll(/[IL]/g, "1");
  if (![...code].every((character) => ALPHABET.includes(character))) return undefined;
  if (code.length === LENGTHS["transfer-code"]) return { kind: "transfer-code", code };
  return code.length === LENGTHS["recovery-code"] ? { kind: "recovery-code", code } : undefined;
}
