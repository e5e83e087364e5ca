import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { problemPages, writeProblemPages } from "../../scripts/generate/problem-pages.ts";
import { ADVICE } from "../../src/about/advice.ts";
import { PROBLEMS } from "../../src/problems.ts";

const CODES = Object.keys(PROBLEMS).sort();

test("there is a page for each problem, and no other", () => {
  expect([...problemPages().keys()].sort()).toEqual(CODES);
});

test("what a page shows of ours is shown literally, but for what is code", () => {
  const page = problemPages().get("invalid_token") ?? "";
  expect(page).toContain(ADVICE.invalid_token);
  expect(problemPages().get("missing_token")).toContain("<code>Authorization: Bearer</code>");
  expect(Object.values(ADVICE).join("")).not.toMatch(/[<>&]/);
});

test("the assets are those pages, and what an earlier build left is gone", () => {
  writeFileSync("public/problems/no_longer.html", "");
  writeProblemPages();
  expect(readdirSync("public/problems").sort()).toEqual(CODES.map((code) => `${code}.html`).sort());
  for (const [code, page] of problemPages()) expect(readFileSync(`public/problems/${code}.html`, "utf8")).toBe(page);
});
