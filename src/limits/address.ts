/** IP addresses, cut to the prefix that one customer holds, so that an IPv6 caller cannot be a new one at will. */

function expandIPv6(address: string): string[] | undefined {
  const [head = "", tail, rest] = address.split("::");
  if (rest !== undefined) return undefined;
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...left, ...Array<string>(missing).fill("0"), ...right];
}

/**
 * The IPv4 address itself, or the first `bits` (a multiple of 16) of an IPv6 address; an IPv4 address in IPv6 notation
 * counts as IPv4. What is no address is one prefix of its own.
 */
export function addressPrefix(address: string, bits: 48 | 64): string {
  const text = address.trim().toLowerCase().replace(/%.*$/, "");
  const mapped = /^(?:::ffff:)?(\d{1,3}(?:\.\d{1,3}){3})$/.exec(text);
  if (mapped?.[1] !== undefined) return mapped[1];
  const groups = expandIPv6(text);
  if (groups === undefined || !groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return "unknown";
  return `${groups
    .slice(0, bits / 16)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/${bits}`;
}
