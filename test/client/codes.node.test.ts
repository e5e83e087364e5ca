/** Codes as people carry them. */
import { describe, expect, test } from "vitest";
import { makeRecoveryCode, readCode, writeCode } from "../../scripts/client/codes.ts";

test("a recovery code has 26 characters of an alphabet of 32, and is never the same", () => {
  const codes = Array.from({ length: 200 }, makeRecoveryCode);
  for (const code of codes) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
  expect(new Set(codes).size).toBe(200);
  expect(new Set(codes.join("")).size).toBe(32);
});

test("codes are written in groups of four", () => {
  expect(writeCode("ABCDEFGH1234")).toBe("ABCD-EFGH-1234");
  expect(writeCode("ABCDEFGH123456789012345678")).toBe("ABCD-EFGH-1234-5678-9012-3456-78");
});

describe("reading", () => {
  test.each([
    ["ABCD-EFGH-1234", "ABCDEFGH1234"],
    [" abcd efgh\t1234 ", "ABCDEFGH1234"],
    ["pidging://transfer#ABCD-EFGH-1234", "ABCDEFGH1234"],
    ["https://example.org/x#y#abcdefgh1234", "ABCDEFGH1234"],
    ["oOiI-lLEF-0011", "001111EF0011"],
  ])("%j is a transfer code", (typed, code) => {
    expect(readCode(typed)).toEqual({ kind: "transfer-code", code });
  });

  test("a recovery code is told by its length", () => {
    expect(readCode("abcd-efgh-1234-5678-9012-3456-78")).toEqual({
      kind: "recovery-code",
      code: "ABCDEFGH123456789012345678",
    });
  });

  test.each(["", "ABCD-EFGH-123", "ABCD-EFGH-123U", "ABCD-EFGH-1234-5", "pidging://transfer"])(
    "%j is none",
    (typed) => {
      expect(readCode(typed)).toBeUndefined();
    },
  );
});
