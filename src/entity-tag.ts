/**
 * Entity tags in requests (RFC 9110 section 13.1). All are compared weakly, those of `If-Match` too: where Cloudflare
 * compresses an answer it turns our strong tag into a weak one, and a client can only send back what it was given. Ours
 * name the content whatever its encoding, so nothing is lost by it. What is no tag in a header is passed over.
 */

/** The tags that a header lists, quotation marks included and without what marks a weak one; `*` where it names any. */
export function entityTags(header: string | undefined): readonly string[] | "*" {
  const list = header?.trim() ?? "";
  return list === "*" ? "*" : (list.match(/"[^"]*"/g) ?? []);
}

/** Whether `If-None-Match` names what there is, so that the answer is 304. */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = entityTags(ifNoneMatch);
  return tags === "*" || tags.includes(etag);
}
