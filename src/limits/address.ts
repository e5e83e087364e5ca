/**
 * IP addresses, cut to the prefix that one customer holds, so that an IPv6 caller cannot be a new one at will. Whatever
 * cannot be read as an address shares one prefix, and so one limit.
 */

/** The four bytes of a dotted address. */
function bytesOf(text: string): readonly number[] | undefined {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return undefined;
  const bytes = text.split(".").map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

const hex = (numbers: readonly number[]) => numbers.map((number) => number.toString(16).padStart(2, "0")).join("");

/** The eight groups of an IPv6 address (RFC 4291 section 2.2), whose last two may be written as a dotted address. */
function groupsOf(address: string): readonly number[] | undefined {
  const [, before, dotted] = /^(.*:)(\d+\.[\d.]+)$/.exec(address) ?? [];
  const bytes = dotted === undefined ? undefined : bytesOf(dotted);
  const text = bytes === undefined ? address : `${before}${hex(bytes.slice(0, 2))}:${hex(bytes.slice(2))}`;
  const [head = "", tail, rest] = text.split("::");
  if (rest !== undefined) return undefined;
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const left = groups(head);
  const right = groups(tail ?? "");
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const all = [...left, ...Array<string>(missing).fill("0"), ...right];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return undefined;
  return all.map((group) => Number.parseInt(group, 16));
}

/** The IPv4 address that an IPv6 address stands for (RFC 4291 section 2.5.5.2). */
function mappedIPv4(groups: readonly number[]): string | undefined {
  const [high = 0, low = 0] = groups.slice(6);
  if (groups.slice(0, 6).join() !== "0,0,0,0,0,65535") return undefined;
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/**
 * The IPv4 address itself, or the first `bits` (a multiple of 16) of an IPv6 address; an IPv4 address in IPv6 notation
 * counts as IPv4. What is no address is one prefix of its own.
 */
export function addressPrefix(address: string, bits: 48 | 64): string {
  const text = address.trim().toLowerCase().replace(/%.*$/, "");
  const bytes = bytesOf(text);
  if (bytes !== undefined) return bytes.join(".");
  const groups = groupsOf(text);
  if (groups === undefined) return "unknown";
  const prefix = groups.slice(0, bits / 16).map((group) => group.toString(16));
  return mappedIPv4(groups) ?? `${prefix.join(":")}::/${bits}`;
}
