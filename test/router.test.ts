import { describe, expect, test } from "vitest";
import { createRouter, pathPattern } from "../src/router.ts";

/** The handlers of a path and what they get, of a router that has this app's kinds of paths. */
function matcher() {
  const router = createRouter<string>();
  router.add("ALL", "/*", "observe");
  for (const handler of ["guard", "read"]) router.add("GET", "/v1/entries/:id", handler);
  router.add("DELETE", "/v1/entries/:id", "remove");
  router.add("GET", "/v1/entries/export", "export");
  router.add("GET", "/packs/:from/:to", "pack");
  router.add("GET", "/openapi.json", "document");
  return (method: string, path: string) => {
    const [handlers] = router.match(method, path);
    return handlers.map(([handler, params]) => [handler, { ...params }]);
  };
}

describe("a path", () => {
  test("has what was added for every path first, then its own in their order", () => {
    const id = { id: "bread" };
    expect(matcher()("GET", "/v1/entries/bread")).toEqual([
      ["observe", id],
      ["guard", id],
      ["read", id],
    ]);
  });

  test("that is literal goes before a pattern, for its own method", () => {
    const match = matcher();
    expect(match("GET", "/v1/entries/export")).toEqual([
      ["observe", {}],
      ["export", {}],
    ]);
    const id = { id: "export" };
    expect(match("DELETE", "/v1/entries/export")).toEqual([
      ["observe", id],
      ["remove", id],
    ]);
  });

  test("gives each parameter its own segment, as it was sent", () => {
    expect(matcher()("GET", "/packs/en/zh-Hans%2F").at(-1)).toEqual(["pack", { from: "en", to: "zh-Hans%2F" }]);
    expect(matcher()("GET", "/v1/entries/:id").at(-1)).toEqual(["read", { id: ":id" }]);
  });

  test.each([
    ["POST", "/v1/entries/bread"],
    ["GET", "/v1/entries/"],
    ["GET", "/v1/entries/a/b"],
    ["GET", "/v1/entries/export/"],
    ["GET", "/prefix/packs/en/es"],
    ["GET", "/openapi-json"],
    ["GET", "/*"],
    ["constructor", "/openapi.json"],
  ])("%s %s is unknown: only what was added for every path is left", (method, path) => {
    expect(matcher()(method, path)).toEqual([["observe", {}]]);
  });
});

test("a pattern takes whole paths, and dots literally", () => {
  expect(pathPattern("/a.b/:id").test("/a.b/x")).toBe(true);
  for (const path of ["/axb/x", "/a.b/", "/a.b/x/", "x/a.b/x"]) expect(pathPattern("/a.b/:id").test(path)).toBe(false);
});
