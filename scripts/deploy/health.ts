// Asks a deployment whether it works, all bindings included. A new Worker's address needs a moment to be known.

/** The first answer of a new address may take a minute: certificate and DNS. */
const TRIES = 12;
const BETWEEN_TRIES_MS = 5_000;
const ANSWER_WITHIN_MS = 10_000;

/** `undefined` when `<issuer>/healthz?deep=1` answered 200, else the last thing that was wrong. */
export async function faultOf(
  issuer: string,
  fetch: (url: string, init: { signal: AbortSignal }) => Promise<Response>,
  wait: (ms: number) => Promise<unknown>,
): Promise<string | undefined> {
  let fault: string | undefined;
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (tries > 0) await wait(BETWEEN_TRIES_MS);
    fault = await fetch(`${issuer}/healthz?deep=1`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).then(
      (response) => (response.status === 200 ? undefined : `status ${response.status}`),
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (fault === undefined) return undefined;
  }
  return fault;
}
