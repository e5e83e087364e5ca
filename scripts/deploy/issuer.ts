// Decides which `ISSUER` a deployment gets: the one passed, else the one in `wrangler.toml`, else the operator is
// asked. It is in every token and every absolute link, so a local or unencrypted one is refused.

/** An address that may be deployed, or why it may not. */
export type IssuerCheck = { readonly issuer: string } | { readonly refused: string };

/** Asks the operator; absent where nobody can answer. */
export type Ask = (question: string) => Promise<string>;

/** Checks that an address is an https origin that others can reach. */
export function checkIssuer(address: string): IssuerCheck {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || url.protocol !== "https:") return { refused: `ISSUER must begin with https://: ${address}` };
  if (url.origin !== address.replace(/\/$/, "")) {
    return { refused: `ISSUER must be an origin without path or credentials, such as ${url.origin}` };
  }
  if (isLocal(url.hostname)) return { refused: `ISSUER is a local address: ${address}` };
  return { issuer: url.origin };
}

/** Chooses the issuer as the head of this file says. Without `ask`, a missing one is refused with what to pass. */
export async function chooseIssuer(
  passed: string | undefined,
  configured: string | undefined,
  ask: Ask | undefined,
): Promise<IssuerCheck> {
  if (passed !== undefined) return checkIssuer(passed);
  const kept = checkIssuer(configured ?? "");
  if ("issuer" in kept) return kept;
  if (ask === undefined) {
    return {
      refused:
        "Which address will it be served on? Set ISSUER in wrangler.toml, or pass: npm run deploy -- --issuer https://…",
    };
  }
  return checkIssuer((await ask("The address it will be served on (https://…): ")).trim());
}

function isLocal(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    !hostname.includes(".") ||
    hostname.startsWith("[") ||
    /\.(?:localhost|local|internal|test|invalid)$/.test(hostname) ||
    /^(?:0|10|127|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01]))\.[\d.]+$/.test(hostname)
  );
}
