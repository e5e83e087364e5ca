// What of wrangler's output is shown: everything but what is known to be noise.

import { expect, it } from "vitest";
import { createQuietFilter } from "../../scripts/dev/quiet.ts";

function shown(...lines: string[]): string[] {
  return lines.filter(createQuietFilter());
}

it("drops the table of bindings up to its empty line, and nothing after it", () => {
  expect(
    shown("", "Your Worker has access to the following bindings:", 'env.ISSUER ("x")', "", '{"path":"/"}'),
  ).toEqual(['{"path":"/"}']);
});

it("drops the note on cron, coloured or not", () => {
  expect(
    shown(
      "\u001b[33m▲ [WARNING]\u001b[0m \u001b[1mScheduled Workers are not automatically triggered during local development.",
      "",
      "  To manually trigger a scheduled event, run:",
      '    curl "http://localhost:8787/cdn-cgi/local/scheduled"',
      "  For more details, see https://example.com",
      "",
      "after",
    ),
  ).toEqual(["after"]);
});

it("drops wrangler's request lines and shows ours", () => {
  expect(shown("[wrangler:info] GET /x 200 OK (3ms)", '{"route":"/x","status":200}')).toEqual([
    '{"route":"/x","status":200}',
  ]);
});

it("shows errors, warnings and what it does not know, with the empty lines inside them", () => {
  const lines = ["✘ [ERROR] Build failed", "", "  src/index.ts:1:1", "▲ [WARNING] something else"];
  expect(shown(...lines)).toEqual(lines);
});

it("shows again what follows a block that does not end", () => {
  const table = Array.from({ length: 90 }, (_, index) => `line ${index}`);
  expect(shown("Your Worker has access to the following bindings:", ...table).at(-1)).toBe("line 89");
});
