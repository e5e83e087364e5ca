/** Passwords by themselves: folded, counted, hashed, verified, and few at a time. */
import { describe, expect, it } from "vitest";
import {
  BUSY,
  foldPassword,
  hashPassword,
  hasPasswordLength,
  NOBODYS_PASSWORD,
  verifyPassword,
} from "../../src/auth/password.ts";
import { cheapHash, PASSWORD } from "./email-owner.ts";

const CHEAP = { log2N: 5, r: 8, p: 1 };

describe("a password", () => {
  it("is the same however a keyboard composes it, and whatever kind of space it has", () => {
    expect(foldPassword("Mo\u0308we\u00a0am\u3000Meer")).toBe("Möwe am Meer");
    expect(foldPassword(" Case and outer spaces ")).toBe(" Case and outer spaces ");
  });

  it.each([
    ["x", 7, false],
    ["x", 8, true],
    ["x", 128, true],
    ["x", 129, false],
    ["🦊", 8, true],
    ["🦊", 128, true],
  ])("is counted in code points: %s, %d times", (character, count, taken) => {
    expect(hasPasswordLength(character.repeat(count))).toBe(taken);
  });
});

describe("what is stored", () => {
  it("is scrypt as RFC 7914 has it", async () => {
    // Its second test vector, cut to 32 bytes: "password", "NaCl", N = 1024, r = 8, p = 16.
    const hash = Uint8Array.fromHex("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162");
    const text = hash.toBase64({ alphabet: "base64url", omitPadding: true });
    const stored = `scrypt$10$8$16$${btoa("NaCl").replaceAll("=", "")}$${text}`;
    expect(await verifyPassword("password", stored, 0)).toEqual({ right: true, outdated: true });
    expect(await verifyPassword("passworD", stored, 0)).toEqual({ right: false, outdated: true });
  });

  it("has a salt of its own, and does not hold the password", async () => {
    const [one, other] = [await cheapHash(PASSWORD), await cheapHash(PASSWORD)];
    expect(one).not.toBe(other);
    expect(one).not.toContain(PASSWORD);
  });

  it("is good for the password in any composition", async () => {
    const stored = await cheapHash("motörhead\u00a0forever");
    expect(await verifyPassword("moto\u0308rhead forever", stored, 0)).toMatchObject({ right: true });
    expect(await verifyPassword("Motörhead forever", stored, 0)).toMatchObject({ right: false });
  });

  it("is outdated when its cost is another than that of a new one", async () => {
    const stored = await hashPassword(PASSWORD, 0);
    expect(stored).toMatch(/^scrypt\$15\$8\$3\$/);
    expect(await verifyPassword(PASSWORD, String(stored), 0)).toEqual({ right: true, outdated: false });
    for (const cost of [
      { ...CHEAP, log2N: 6 },
      { ...CHEAP, r: 4 },
      { ...CHEAP, p: 3 },
    ]) {
      const old = await hashPassword(PASSWORD, 0, cost);
      expect(await verifyPassword(PASSWORD, String(old), 0)).toEqual({ right: true, outdated: true });
    }
  });

  it("of nobody has the cost of a new one, and no password is right", () => {
    expect(NOBODYS_PASSWORD).toMatch(/^scrypt\$15\$8\$3\$A{22}\$A{43}$/);
  });
});

describe("hashing", () => {
  it("is done two at a time, a third is told to come back, and later there is room again", async () => {
    const stored = await cheapHash(PASSWORD);
    const five = await Promise.all([
      hashPassword(PASSWORD, 0, CHEAP),
      verifyPassword(PASSWORD, stored, 0),
      hashPassword(PASSWORD, 0, CHEAP),
      verifyPassword(PASSWORD, stored, 0),
      hashPassword(PASSWORD, 0, CHEAP),
    ]);
    expect(five.map((each) => each === BUSY)).toEqual([false, false, true, true, true]);
    expect(await verifyPassword(PASSWORD, stored, 0)).toMatchObject({ right: true });
  });

  it("lets requests that wait their turn see that there is no room, instead of hashing one after the other", async () => {
    const asked = Array.from({ length: 5 }, async () => {
      await new Promise((resolve) => setTimeout(resolve, 0));
      return hashPassword(PASSWORD, 0, CHEAP);
    });
    expect((await Promise.all(asked)).filter((each) => each === BUSY)).toHaveLength(3);
  });

  it("that is silent for ten seconds is taken for lost, so that a request which went away keeps nobody out", async () => {
    const lost = [hashPassword(PASSWORD, 0, CHEAP), hashPassword(PASSWORD, 0, CHEAP)];
    expect(await hashPassword(PASSWORD, 9999, CHEAP)).toBe(BUSY);
    const room = hashPassword(PASSWORD, 10_000, CHEAP);
    expect(await room).toMatch(/^scrypt/);
    await Promise.all(lost);
  });

  it("that fails gives its room back", async () => {
    const impossible = { log2N: 0.5, r: 8, p: 1 };
    for (let n = 0; n < 3; n += 1) await expect(hashPassword(PASSWORD, 0, impossible)).rejects.toThrow();
    expect(await hashPassword(PASSWORD, 0, CHEAP)).toMatch(/^scrypt/);
  });
});
