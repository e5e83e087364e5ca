/** The document against the OpenAPI linter's strict rules, as `npm run check` runs it, and against what made it. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openapiDocument } from "../scripts/openapi/document.ts";
import { createApp } from "../src/app.ts";
import { VERSION } from "../src/version.ts";

test("the linter finds nothing, not even a warning", () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["node_modules/@redocly/cli/bin/cli.js", "lint", "--format=json"],
    {
      encoding: "utf8",
    },
  );
  expect(JSON.parse(stdout), stderr).toMatchObject({ totals: { errors: 0, warnings: 0, ignored: 0 } });
  expect(status).toBe(0);
});

test("the written document is that of the declarations as they are now", () => {
  const { declarations } = createApp({ log: () => undefined, clock: Date.now });
  const written: unknown = JSON.parse(readFileSync("generated/openapi.json", "utf8"));
  expect(written).toEqual(JSON.parse(JSON.stringify(openapiDocument(declarations, VERSION))));
});
