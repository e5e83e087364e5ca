/** The files that say the settings again: `wrangler.toml` holds every variable with its default, the versions agree. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { unstable_readConfig } from "wrangler";
import { ANONYMOUS_LIMIT, CALLER_LIMIT, RATE_LIMIT_PERIOD_SECONDS } from "../../src/bounds.ts";
import { readConfig } from "../../src/config.ts";
import { VERSION } from "../../src/version.ts";
import { GOOD_SETTINGS } from "./with-secrets.ts";

const wrangler = unstable_readConfig({ config: "wrangler.toml" }, { hideWarnings: true });

/** The names of all settings that `readConfig` reads, as it asks for them. */
function settingsRead(): readonly string[] {
  const source = readFileSync("src/settings.ts", "utf8");
  const object = source.slice(source.indexOf("export const Settings"), source.indexOf("v.forward"));
  return [...object.matchAll(/^ {4}([A-Z_]+):/gm)].map(([, name = ""]) => name);
}

const SECRETS = ["ALERT_WEBHOOK_URL", "AZURE_TRANSLATOR_KEY", "SIGNING_KEYS", "TOKEN_SECRETS"];

describe("wrangler.toml", () => {
  test("holds every setting that is no secret, and no other", () => {
    expect(settingsRead()).toContain("ISSUER");
    expect(Object.keys(wrangler.vars).sort()).toEqual(
      settingsRead()
        .filter((name) => !SECRETS.includes(name))
        .sort(),
    );
  });

  test("holds the defaults: with it the configuration is what it is without it", () => {
    const key = { AZURE_TRANSLATOR_KEY: "key" };
    const { ISSUER, ...others } = wrangler.vars;
    expect(readConfig({ ...GOOD_SETTINGS, ...key, ...others })).toEqual(readConfig({ ...GOOD_SETTINGS, ...key }));
    expect(ISSUER).toBe("http://localhost:8787");
  });

  test("has the limits that the code tells clients of", () => {
    expect(wrangler.ratelimits.map((limit: { name: string; simple: object }) => [limit.name, limit.simple])).toEqual([
      ["ANONYMOUS_LIMIT", { limit: ANONYMOUS_LIMIT, period: RATE_LIMIT_PERIOD_SECONDS }],
      ["CALLER_LIMIT", { limit: CALLER_LIMIT, period: RATE_LIMIT_PERIOD_SECONDS }],
    ]);
  });
});

test("the Worker tells package.json's version", () => {
  expect(VERSION).toBe(JSON.parse(readFileSync("package.json", "utf8")).version);
});
