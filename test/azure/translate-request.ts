/**
 * Reads a whole translate call in the order in which the provider refuses: credentials first, then the query and the
 * headers, then the body. What it returns can be answered without a further doubt.
 */

import type { TranslateCall } from "./answer.ts";
import { accepted, type Checked, type IncomingRequest } from "./checked.ts";
import { checkBody } from "./request-body.ts";
import { checkClientTraceId, checkContentType, checkCredentials } from "./request-headers.ts";
import { checkQuery } from "./request-query.ts";
import type { Resource } from "./resource.ts";

/** The call that `request` makes of `resource`, or the first reason to refuse it. */
export async function checkTranslateRequest(
  request: IncomingRequest,
  query: URLSearchParams,
  resource: Resource,
): Promise<Checked<TranslateCall>> {
  const credentials = checkCredentials(request.headers, resource.settings);
  if (credentials.kind === "refused") return credentials;
  const options = checkQuery(query);
  if (options.kind === "refused") return options;
  const clientTraceId = checkClientTraceId(request.headers, resource.traceIds);
  if (clientTraceId.kind === "refused") return clientTraceId;
  const contentType = checkContentType(request.headers);
  if (contentType.kind === "refused") return contentType;
  const texts = checkBody(await request.text(), options.value.to.length);
  if (texts.kind === "refused") return texts;
  return accepted({ ...options.value, texts: texts.value, clientTraceId: clientTraceId.value });
}
