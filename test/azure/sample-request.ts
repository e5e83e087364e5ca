/**
 * A translate request that the emulator accepts, with any part of it changed: what the emulator's own tests send.
 * Written from the provider's reference, apart from the Worker's client, so that the two cannot share a mistake.
 */

/** What to change; a header of null is left out, a string body is sent as it stands. */
export interface SampleChange {
  readonly origin?: string;
  readonly path?: string;
  readonly method?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly body?: unknown;
}

/** The changed request, with a fresh trace id of its own. */
export function sampleRequest(change: SampleChange = {}): Request {
  const {
    origin = "https://sample.azure.test",
    path = "/translate",
    method = "POST",
    query = "api-version=3.0&from=en&to=es",
    body = [{ Text: "good morning" }],
  } = change;
  const headers = new Headers({
    "Ocp-Apim-Subscription-Key": "emulator-key",
    "Ocp-Apim-Subscription-Region": "westeurope",
    "X-ClientTraceId": crypto.randomUUID(),
    "Content-Type": "application/json",
  });
  for (const [name, value] of Object.entries(change.headers ?? {})) {
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  }
  const content = typeof body === "string" ? body : JSON.stringify(body);
  return new Request(`${origin}${path}?${query}`, {
    method,
    headers,
    ...(method === "POST" ? { body: content } : {}),
  });
}
