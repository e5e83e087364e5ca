/**
 * The operator's settings, parsed and checked once per isolate, with all faults reported together. What a key is used
 * for is the business of `auth/`; here it is only held to its form, so that a bad deployment fails on its first request.
 */
import * as v from "valibot";
import { faultOf } from "./fault.ts";
import { Settings, type SigningJwk, type TokenSecret } from "./settings.ts";

/** Something in the configuration is wrong; the message names every fault, and no secret. */
export class ConfigFault extends Error {
  override readonly name = "ConfigFault";
}

/** The settings in the form the code uses; durations carry their unit. */
export interface Config {
  readonly issuer: string;
  readonly httpsOnly: boolean;
  readonly audience: string;
  readonly accessTtlSeconds: number;
  readonly refreshIdleTtlMs: number;
  readonly refreshAbsoluteTtlMs: number;
  /** `SESSION_POLICY=one`. */
  readonly onlyOneDevice: boolean;
  readonly enrolmentOpen: boolean;
  readonly dailyEnrolments: { readonly perIp: number; readonly total: number };
  readonly azure: { readonly endpoint: string; readonly region: string | undefined; readonly key: string } | undefined;
  readonly translationTtlSeconds: number;
  readonly dailyCharacters: { readonly perAccount: number; readonly total: number };
  /** Of accounts in their first 24 hours: each, all from one address prefix, and all together. */
  readonly newAccountCharacters: { readonly perAccount: number; readonly perIp: number; readonly inAll: number };
  /** Milliseconds; `undefined`: accounts are kept for ever. */
  readonly accountIdleMs: number | undefined;
  readonly databaseLimitBytes: number;
  /** What a transfer code is put behind, after `#`. */
  readonly transferLink: string;
  readonly emailAccounts: boolean;
  readonly alertWebhookUrl: string | undefined;
  readonly corsOrigins: readonly string[];
  readonly rateLimited: boolean;
  readonly signingKeys: readonly SigningJwk[];
  readonly tokenSecrets: readonly TokenSecret[];
}

const DAY_SECONDS = 86_400;

/** Settings that a command makes. */
const MADE_BY_KEYS = ["SIGNING_KEYS", "TOKEN_SECRETS"];

/** Reads and checks every setting of `env`. Throws one `ConfigFault` that names all faults. */
export function readConfig(env: object): Config {
  const read = v.safeParse(Settings, { ...env });
  if (!read.success) {
    const faults = read.issues.map(faultOf).map(({ path, message }) => {
      const hint = message === "is missing" && MADE_BY_KEYS.includes(path) ? ": `npm run keys` makes it" : "";
      return `${path} ${message}${hint}`;
    });
    throw new ConfigFault(`The configuration is wrong: ${faults.join("; ")}`);
  }
  const s = read.output;
  return {
    issuer: s.ISSUER,
    httpsOnly: s.ISSUER.startsWith("https:"),
    audience: s.AUDIENCE,
    accessTtlSeconds: s.ACCESS_TTL_SECONDS,
    refreshIdleTtlMs: s.REFRESH_IDLE_TTL_DAYS * DAY_SECONDS * 1000,
    refreshAbsoluteTtlMs: s.REFRESH_ABSOLUTE_TTL_DAYS * DAY_SECONDS * 1000,
    onlyOneDevice: s.SESSION_POLICY === "one",
    enrolmentOpen: s.ENROLMENT === "open",
    dailyEnrolments: { perIp: s.DAILY_ENROLMENTS_PER_IP, total: s.DAILY_ENROLMENTS_TOTAL },
    azure:
      s.AZURE_TRANSLATOR_KEY === undefined
        ? undefined
        : { endpoint: s.AZURE_TRANSLATOR_ENDPOINT, region: s.AZURE_TRANSLATOR_REGION, key: s.AZURE_TRANSLATOR_KEY },
    translationTtlSeconds: s.TRANSLATION_TTL_DAYS * DAY_SECONDS,
    dailyCharacters: { perAccount: s.DAILY_CHARACTERS_PER_ACCOUNT, total: s.DAILY_CHARACTERS_TOTAL },
    newAccountCharacters: {
      perAccount: s.NEW_ACCOUNT_CHARACTERS,
      perIp: s.NEW_ACCOUNT_CHARACTERS_PER_IP,
      inAll: Math.floor(s.DAILY_CHARACTERS_TOTAL * s.NEW_ACCOUNT_SHARE),
    },
    accountIdleMs: s.ACCOUNT_IDLE_DAYS === 0 ? undefined : s.ACCOUNT_IDLE_DAYS * DAY_SECONDS * 1000,
    databaseLimitBytes: s.DATABASE_LIMIT_MB * 1_000_000,
    transferLink: s.TRANSFER_LINK,
    emailAccounts: s.EMAIL_ACCOUNTS === "on",
    alertWebhookUrl: s.ALERT_WEBHOOK_URL,
    corsOrigins: s.CORS_ORIGINS,
    rateLimited: s.RATE_LIMITS === "on",
    signingKeys: s.SIGNING_KEYS,
    tokenSecrets: s.TOKEN_SECRETS,
  };
}
