/**
 * The headers of a translate call: key, region, content type and the client's trace id. Credentials are refused
 * without a reason, as the provider does. Bearer tokens and keys in the query are not known here.
 */

import { accepted, type Checked, type IncomingRequest, refused } from "./checked.ts";

/** What a call must prove. `region` null is a global resource, which needs none. */
export interface Credentials {
  readonly key: string;
  readonly region: string | null;
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** Trace ids that are remembered to notice a repeat; beyond it the oldest is forgotten. */
const TRACE_IDS_MAX = 100_000;

/** Refuses a call that lacks the resource's key or names another region than the resource's. */
export function checkCredentials(headers: IncomingRequest["headers"], resource: Credentials): Checked<null> {
  const region = headers.get("Ocp-Apim-Subscription-Region");
  const regionFits = resource.region === null ? region === null || region === "global" : region === resource.region;
  const keyFits = headers.get("Ocp-Apim-Subscription-Key") === resource.key;
  return keyFits && regionFits ? accepted(null) : refused(401000);
}

/**
 * The call's trace id in lower case, or null where none was sent. It must be a GUID that `seen` does not hold yet, and
 * is added to it: a client that sends one id twice could not tell its attempts apart in the provider's logs.
 */
export function checkClientTraceId(headers: IncomingRequest["headers"], seen: Set<string>): Checked<string | null> {
  const sent = headers.get("X-ClientTraceId");
  if (sent === null) return accepted(null);
  const id = sent.toLowerCase();
  if (!GUID.test(id)) return refused(400043, "not a GUID");
  if (seen.has(id)) return refused(400043, "sent before; each call needs a fresh one");
  seen.add(id);
  for (const oldest of seen) {
    if (seen.size <= TRACE_IDS_MAX) break;
    seen.delete(oldest);
  }
  return accepted(id);
}

/** Refuses a body that is not announced as JSON in UTF-8. */
export function checkContentType(headers: IncomingRequest["headers"]): Checked<null> {
  return JSON_TYPE.test(headers.get("Content-Type") ?? "") ? accepted(null) : refused(415000);
}
