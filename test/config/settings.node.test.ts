/** The settings: each one's default, bounds and form, and that all faults are told together, without their values. */
import { describe, expect, test } from "vitest";
import { ConfigFault, readConfig } from "../../src/config.ts";
import { GOOD_SETTINGS } from "./with-secrets.ts";

const DAY_SECONDS = 86_400;

/** The message of the fault; throws where there is none. */
function faultOf(settings: object): string {
  try {
    readConfig(settings);
  } catch (error) {
    if (error instanceof ConfigFault) return error.message.replace("The configuration is wrong: ", "");
    throw error;
  }
  throw new Error("The settings are good");
}

describe("without any variable but ISSUER", () => {
  const config = readConfig({ ...GOOD_SETTINGS, ISSUER: "http://localhost:8787" });

  test("every setting has its default", () => {
    const { signingKeys, tokenSecrets, ...settings } = config;
    expect(settings).toEqual({
      issuer: "http://localhost:8787",
      httpsOnly: false,
      audience: "pidging",
      accessTtlSeconds: 900,
      refreshIdleTtlMs: 30 * DAY_SECONDS * 1000,
      refreshAbsoluteTtlMs: 180 * DAY_SECONDS * 1000,
      onlyOneDevice: false,
      enrolmentOpen: true,
      dailyEnrolments: { perIp: 200, total: 10_000 },
      azure: undefined,
      translationTtlSeconds: 90 * DAY_SECONDS,
      dailyCharacters: { perAccount: 5000, total: 60_000 },
      newAccountCharacters: { perAccount: 1000, perIp: 3000, inAll: 15_000 },
      accountIdleMs: undefined,
      databaseLimitBytes: 500_000_000,
      transferLink: "pidging://transfer",
      emailAccounts: true,
      alertWebhookUrl: undefined,
      corsOrigins: [],
      rateLimited: true,
    });
    expect([signingKeys.length, tokenSecrets.length]).toEqual([1, 1]);
  });
});

describe("whole numbers", () => {
  test.each([
    ["ACCESS_TTL_SECONDS", 30, 86_400],
    ["REFRESH_ABSOLUTE_TTL_DAYS", 30, 3650],
    ["TRANSLATION_TTL_DAYS", 1, 3650],
    ["DAILY_ENROLMENTS_PER_IP", 0, 1e9],
    ["DAILY_ENROLMENTS_TOTAL", 0, 1e9],
    ["DAILY_CHARACTERS_PER_ACCOUNT", 0, 1e12],
    ["DAILY_CHARACTERS_TOTAL", 0, 1e12],
  ])("%s is from %i to %i, as text or as a number", (name, least, most) => {
    for (const value of [least, most, String(least), ` ${most} `]) {
      expect(() => readConfig({ ...GOOD_SETTINGS, [name]: value })).not.toThrow();
    }
    for (const value of [least - 1, most + 1, String(most + 1)]) {
      expect(faultOf({ ...GOOD_SETTINGS, [name]: value })).toMatch(new RegExp(`^${name} must `));
    }
    for (const value of ["many", "1.5", "1e3x", "", " ", "Infinity", "0x10", true, null]) {
      expect(faultOf({ ...GOOD_SETTINGS, [name]: value })).toContain(name);
    }
  });

  test("REFRESH_IDLE_TTL_DAYS is at most REFRESH_ABSOLUTE_TTL_DAYS", () => {
    const ttls = (idle: number, absolute: number) => ({
      ...GOOD_SETTINGS,
      REFRESH_IDLE_TTL_DAYS: idle,
      REFRESH_ABSOLUTE_TTL_DAYS: absolute,
    });
    expect(readConfig(ttls(7, 7)).refreshIdleTtlMs).toBe(7 * DAY_SECONDS * 1000);
    expect(faultOf(ttls(8, 7))).toBe("REFRESH_ABSOLUTE_TTL_DAYS must not be below REFRESH_IDLE_TTL_DAYS");
    expect(faultOf(ttls(0, 7))).toBe("REFRESH_IDLE_TTL_DAYS must be at least 1");
  });
});

describe("choices", () => {
  test("ENROLMENT is open or paused", () => {
    expect(readConfig({ ...GOOD_SETTINGS, ENROLMENT: "paused" }).enrolmentOpen).toBe(false);
    expect(faultOf({ ...GOOD_SETTINGS, ENROLMENT: "closed" })).toBe("ENROLMENT must be open or paused");
  });

  test("RATE_LIMITS may be off only with a local http ISSUER", () => {
    const off = (ISSUER: string) => ({ ...GOOD_SETTINGS, ISSUER, RATE_LIMITS: "off" });
    expect(readConfig(off("http://192.168.1.20:8787")).rateLimited).toBe(false);
    expect(faultOf(off("https://edge.example.org"))).toBe("RATE_LIMITS may be off only with a local http ISSUER");
    expect(faultOf(off("https://localhost:8787"))).toContain("RATE_LIMITS");
    expect(faultOf({ ...GOOD_SETTINGS, RATE_LIMITS: "no" })).toBe("RATE_LIMITS must be on or off");
  });

  test("AUDIENCE is any text but an empty one", () => {
    expect(readConfig({ ...GOOD_SETTINGS, AUDIENCE: " words " }).audience).toBe("words");
    expect(faultOf({ ...GOOD_SETTINGS, AUDIENCE: " " })).toBe("AUDIENCE must not be empty");
  });
});

describe("all faults", () => {
  const SECRET = "s3cr3t-value-that-must-not-be-shown";

  test("are told together, each by its setting's name", () => {
    const message = faultOf({
      ISSUER: "ftp://edge.example.org",
      ACCESS_TTL_SECONDS: 1,
      ENROLMENT: "shut",
      CORS_ORIGINS: "*",
      SIGNING_KEYS: "{}",
    });
    expect(message.split("; ").map((fault) => fault.split(" ", 1)[0])).toEqual([
      "ISSUER",
      "ACCESS_TTL_SECONDS",
      "ENROLMENT",
      "CORS_ORIGINS.0",
      "SIGNING_KEYS",
      "TOKEN_SECRETS",
    ]);
  });

  test("of nothing at all are what must be set", () => {
    expect(faultOf({})).toBe(
      "ISSUER is missing; SIGNING_KEYS is missing: `npm run keys` makes it; TOKEN_SECRETS is missing: `npm run keys` makes it",
    );
  });

  test.each([
    [{ SIGNING_KEYS: SECRET }],
    [{ SIGNING_KEYS: JSON.stringify(SECRET) }],
    [{ SIGNING_KEYS: JSON.stringify([{ kty: SECRET, crv: SECRET, x: SECRET, y: SECRET, d: SECRET, alg: SECRET }]) }],
    [{ TOKEN_SECRETS: SECRET }],
    [{ TOKEN_SECRETS: JSON.stringify([{ id: SECRET, secret: SECRET }]) }],
    [{ TOKEN_SECRETS: JSON.stringify([{ id: "a", secret: SECRET }, SECRET, { [SECRET]: 1 }]) }],
    [{ AZURE_TRANSLATOR_KEY: SECRET, AZURE_TRANSLATOR_ENDPOINT: "http://example.org" }],
  ])("never show a secret's value (case %#)", (wrong) => {
    expect(faultOf({ ...GOOD_SETTINGS, ...wrong })).not.toContain(SECRET);
  });
});
