/** What one customer holds of an address: IPv4 whole, IPv6 by prefix, whatever form it is written in. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressPrefix } from "../../src/limits/address.ts";

const both = (address: string) => [addressPrefix(address, 64), addressPrefix(address, 48)];

describe("an IPv4 address", () => {
  it("is its own prefix", () => {
    for (const address of ["203.0.113.7", "0.0.0.0", "255.255.255.255"])
      expect(both(address)).toEqual([address, address]);
  });

  it("is the same in IPv6 notation", () => {
    const forms = [
      "::ffff:203.0.113.7",
      "::FFFF:203.0.113.7",
      "0:0:0:0:0:ffff:203.0.113.7",
      "::ffff:cb00:7107",
      "0::ffff:cb00:7107",
    ];
    for (const form of forms) expect(both(form), form).toEqual(["203.0.113.7", "203.0.113.7"]);
  });

  it("may have spaces around it", () => {
    expect(addressPrefix(" 203.0.113.7 ", 64)).toBe("203.0.113.7");
  });
});

describe("an IPv6 address", () => {
  it("is cut to its /64 and /48", () => {
    expect(both("2001:db8:1:2:3:4:5:6")).toEqual(["2001:db8:1:2::/64", "2001:db8:1::/48"]);
  });

  it("is the same in every way to write it", () => {
    const forms = [
      "2001:db8:0:2::1",
      "2001:0db8:0000:0002:0000:0000:0000:0001",
      "2001:DB8::2:0:0:0:1",
      "2001:db8:0:2:ffff:ffff:ffff:ffff",
      "2001:db8:0:2::203.0.113.7",
      "2001:db8:0:2::1%eth0",
    ];
    for (const form of forms) expect(both(form), form).toEqual(["2001:db8:0:2::/64", "2001:db8:0::/48"]);
  });

  it("may begin or end with zeros", () => {
    expect(addressPrefix("::1", 64)).toBe("0:0:0:0::/64");
    expect(addressPrefix("::", 48)).toBe("0:0:0::/48");
    expect(addressPrefix("fe80::1%25en0", 64)).toBe("fe80:0:0:0::/64");
    expect(addressPrefix("2001:db8:1:2:3:4:5::", 64)).toBe("2001:db8:1:2::/64");
    expect(addressPrefix("::2:3:4:5:6:7:8", 64)).toBe("0:2:3:4::/64");
  });

  it("that differs in the first 64 bits is another prefix, and none where it differs after them", () => {
    const group = fc.nat({ max: 0xffff });
    const groups = fc.array(group, { minLength: 8, maxLength: 8 });
    const written = (all: readonly number[]) => all.map((n) => n.toString(16)).join(":");
    fc.assert(
      fc.property(groups, fc.nat({ max: 7 }), group, (all, at, other) => {
        // ::ffff:0:0/96 is IPv4, which has tests of its own.
        fc.pre(all[at] !== other && all[0] !== 0 && (at !== 0 || other !== 0));
        const changed = all.with(at, other);
        expect(addressPrefix(written(all), 64) === addressPrefix(written(changed), 64)).toBe(at >= 4);
        expect(addressPrefix(written(all), 48) === addressPrefix(written(changed), 48)).toBe(at >= 3);
      }),
    );
  });
});

describe("what is no address", () => {
  it.each([
    ...[
      "",
      "unknown",
      "localhost",
      "203.0.113",
      "203.0.113.7.8",
      "203.0.113.256",
      "203.0.113.7:443",
      "999.1.1.1",
      "0x7f.1.1.1",
    ],
    ...["2001:db8", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", ":::", ":", "12345::", "g::", "[::1]", "::1/64"],
    ...["1:2:3:4:5:6:7:8::", "::ffff:203.0.113.256", "::203.0.113.7:1", "1:2:3:4:5:6:7:203.0.113.7", "203.0.113.7::"],
  ])("(%j) is one prefix of its own", (address) => {
    expect(both(address)).toEqual(["unknown", "unknown"]);
  });

  it("never throws, and makes no long key", () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => both(text).every((prefix) => prefix.length <= 40)));
  });
});
