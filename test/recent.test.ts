import { describe, expect, test } from "vitest";
import { createRecent } from "../src/recent.ts";

const keysOf = (recent: { has(key: string): boolean }) => [..."abcdef"].filter((key) => recent.has(key)).join("");

describe("the least recently used is forgotten first", () => {
  test("among those that were only set", () => {
    const recent = createRecent<number>(2);
    for (const key of "abc") recent.set(key, 1);
    expect(keysOf(recent)).toBe("bc");
    expect(recent.size).toBe(2);
    expect(recent.get("a")).toBeUndefined();
  });

  test("getting and setting count as use, asking whether it is there does not", () => {
    const recent = createRecent<number>(2);
    recent.set("a", 1);
    recent.set("b", 2);
    expect(recent.get("a")).toBe(1);
    recent.set("c", 3);
    expect(keysOf(recent)).toBe("ac");
    recent.set("a", 4);
    recent.has("c");
    recent.set("d", 5);
    expect(keysOf(recent)).toBe("ad");
    expect(recent.get("a")).toBe(4);
  });
});

describe("by weight", () => {
  const byLength = (limit: number) => createRecent<string>(limit, (_, value) => value.length);

  test("as many are forgotten as it takes", () => {
    const recent = byLength(10);
    for (const key of "abcde") recent.set(key, "xx");
    expect(keysOf(recent)).toBe("abcde");
    recent.set("f", "xxx");
    expect(keysOf(recent)).toBe("cdef");
  });

  test("a value in the place of another weighs instead of it", () => {
    const recent = byLength(10);
    for (let turn = 0; turn < 9; turn += 1) recent.set("a", "xxxxx");
    recent.set("b", "xxxxx");
    expect(keysOf(recent)).toBe("ab");
  });

  test("what alone is too heavy is not kept, costs the others nothing, and leaves no older value behind", () => {
    const recent = byLength(10);
    recent.set("a", "x");
    recent.set("b", "x");
    recent.set("b", "x".repeat(11));
    expect(keysOf(recent)).toBe("a");
    recent.set("c", "x".repeat(9));
    expect(keysOf(recent)).toBe("ac");
  });
});

test("nothing is left after clearing, weights neither", () => {
  const recent = createRecent<number>(2);
  for (const key of "ab") recent.set(key, 1);
  recent.clear();
  expect([recent.size, keysOf(recent)]).toEqual([0, ""]);
  for (const key of "cd") recent.set(key, 1);
  expect(keysOf(recent)).toBe("cd");
});
