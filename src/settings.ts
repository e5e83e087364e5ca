/** The form of each of the operator's settings: what is refused, and in which words. A message never holds a value. */
import * as v from "valibot";

const LOCAL_HOST =
  /^(localhost|.+\.local|\[::1\]|127\.\d+\.\d+\.\d+|10\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+|172\.(1[6-9]|2\d|3[01])\.\d+\.\d+)$/;

/** Whether an address is one of this machine or network, where plain http is accepted. */
function isLocal({ hostname }: URL): boolean {
  return LOCAL_HOST.test(hostname);
}

const whole = (least: number, most: number) =>
  v.pipe(
    v.union(
      [v.pipe(v.string(), v.trim(), v.regex(/^\d{1,15}$/, "must be a whole number")), v.number()],
      "must be a whole number",
    ),
    v.transform(Number),
    v.integer("must be a whole number"),
    v.minValue(least, `must be at least ${least}`),
    v.maxValue(most, `must be at most ${most}`),
  );

const share = v.pipe(
  v.union(
    [v.pipe(v.string(), v.trim(), v.regex(/^(0(\.\d+)?|1(\.0+)?)$/, "must be between 0 and 1")), v.number()],
    "must be between 0 and 1",
  ),
  v.transform(Number),
  v.minValue(0, "must be at least 0"),
  v.maxValue(1, "must be at most 1"),
);

const plain = v.pipe(v.string(), v.trim(), v.nonEmpty("must not be empty"));
const orNone = v.pipe(
  v.optional(v.string(), ""),
  v.trim(),
  v.transform((text) => (text === "" ? undefined : text)),
);

const httpAddress = v.pipe(
  plain,
  v.url("must be an absolute address"),
  v.transform((text) => new URL(text)),
  v.check(
    (url) => url.protocol === "https:" || (url.protocol === "http:" && isLocal(url)),
    "must be https, or http on a local host",
  ),
);

const webhook = v.pipe(
  v.optional(v.union([v.literal(""), httpAddress], "must be https, or http on a local host"), ""),
  v.transform((url) => (url === "" ? undefined : url.href)),
);

const issuer = v.pipe(
  httpAddress,
  v.check((url) => url.href === `${url.origin}/`, "must be an origin: no path, query or credentials"),
  v.transform((url) => url.origin),
);

const endpoint = v.pipe(
  httpAddress,
  v.transform((url) => {
    const custom = url.hostname.endsWith(".cognitiveservices.azure.com") && url.pathname === "/";
    return url.origin + (custom ? "/translator/text/v3.0" : url.pathname.replace(/\/+$/, ""));
  }),
);

const link = v.pipe(
  plain,
  v.check(
    (text) => URL.canParse(text) && !text.includes("#") && !/^(javascript|data):/i.test(text),
    "must be an absolute address without a fragment",
  ),
);

const origins = v.pipe(
  orNone,
  v.transform((text) =>
    (text ?? "")
      .split(",")
      .map((origin) => origin.trim())
      .filter((origin) => origin !== ""),
  ),
  v.array(
    v.pipe(
      v.string(),
      v.check(
        (text) => URL.canParse(text) && new URL(text).origin === text,
        "must be a list of origins, like https://app.example.org",
      ),
    ),
  ),
);

const json = v.rawTransform<string, unknown>(({ dataset, addIssue, NEVER }) => {
  try {
    return JSON.parse(dataset.value);
  } catch {
    addIssue({ message: "must be JSON" });
    return NEVER;
  }
});

const coordinate = v.pipe(
  v.string("must be a P-256 key's coordinate"),
  v.regex(/^[A-Za-z0-9_-]{43}$/, "must be a P-256 key's coordinate"),
);

const jwk = v.pipe(
  v.object({
    kty: v.literal("EC", "must be an EC key"),
    crv: v.literal("P-256", "must be on the curve P-256"),
    x: coordinate,
    y: coordinate,
    d: v.optional(coordinate),
    alg: v.optional(v.literal("ES256", "must be for ES256")),
    use: v.optional(v.literal("sig", "must be for signatures")),
    key_ops: v.optional(v.array(v.picklist(["sign", "verify"], "must be for signing"))),
  }),
  v.check(
    (key) => key.d === undefined || key.key_ops === undefined || key.key_ops.includes("sign"),
    "must be for signing",
  ),
  v.check(
    (key) => key.d !== undefined || key.key_ops === undefined || key.key_ops.includes("verify"),
    "must be for verifying",
  ),
);

const distinct = <T>(items: readonly T[], key: (item: T) => string) => new Set(items.map(key)).size === items.length;

const signingKeys = v.pipe(
  v.string(),
  json,
  v.array(jwk, "must be an array of JWKs"),
  v.minLength(1, "must hold a key"),
  v.check((keys) => keys[0]?.d !== undefined, "must begin with a private key"),
  v.check((keys) => distinct(keys, (key) => `${key.x}.${key.y}`), "holds one key twice"),
);

const tokenSecrets = v.pipe(
  v.string(),
  json,
  v.array(
    v.object({
      id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9]{1,8}$/, "must be 1 to 8 letters or digits")),
      secret: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/, "must be 32 bytes in base64url")),
    }),
    "must be an array of {id, secret}",
  ),
  v.minLength(1, "must hold a secret"),
  v.check((secrets) => distinct(secrets, (secret) => secret.id), "holds one id twice"),
  v.check((secrets) => distinct(secrets, (secret) => secret.secret), "holds one secret twice"),
);

/** Every setting by its name, as strings or numbers. */
export const Settings = v.pipe(
  v.object({
    ISSUER: issuer,
    AUDIENCE: v.optional(plain, "pidging"),
    ACCESS_TTL_SECONDS: v.optional(whole(30, 86_400), 900),
    REFRESH_IDLE_TTL_DAYS: v.optional(whole(1, 3650), 30),
    REFRESH_ABSOLUTE_TTL_DAYS: v.optional(whole(1, 3650), 180),
    SESSION_POLICY: v.optional(v.picklist(["many", "one"], "must be many or one"), "many"),
    ENROLMENT: v.optional(v.picklist(["open", "paused"], "must be open or paused"), "open"),
    DAILY_ENROLMENTS_PER_IP: v.optional(whole(0, 1e9), 200),
    DAILY_ENROLMENTS_TOTAL: v.optional(whole(0, 1e9), 10_000),
    AZURE_TRANSLATOR_ENDPOINT: v.optional(endpoint, "https://api.cognitive.microsofttranslator.com"),
    AZURE_TRANSLATOR_REGION: orNone,
    AZURE_TRANSLATOR_KEY: orNone,
    TRANSLATION_TTL_DAYS: v.optional(whole(1, 3650), 90),
    DAILY_CHARACTERS_PER_ACCOUNT: v.optional(whole(0, 1e12), 5000),
    DAILY_CHARACTERS_TOTAL: v.optional(whole(0, 1e12), 60_000),
    NEW_ACCOUNT_CHARACTERS: v.optional(whole(0, 1e12), 1000),
    NEW_ACCOUNT_CHARACTERS_PER_IP: v.optional(whole(0, 1e12), 3000),
    NEW_ACCOUNT_SHARE: v.optional(share, 0.25),
    ACCOUNT_IDLE_DAYS: v.optional(whole(0, 3650), 0),
    DATABASE_LIMIT_MB: v.optional(whole(1, 1e6), 500),
    TRANSFER_LINK: v.optional(link, "pidging://transfer"),
    EMAIL_ACCOUNTS: v.optional(v.picklist(["on", "off"], "must be on or off"), "on"),
    ALERT_WEBHOOK_URL: webhook,
    CORS_ORIGINS: origins,
    RATE_LIMITS: v.optional(v.picklist(["on", "off"], "must be on or off"), "on"),
    SIGNING_KEYS: signingKeys,
    TOKEN_SECRETS: tokenSecrets,
  }),
  v.forward(
    v.check((s) => s.RATE_LIMITS === "on" || s.ISSUER.startsWith("http:"), "may be off only with a local http ISSUER"),
    ["RATE_LIMITS"],
  ),
  v.forward(
    v.check((s) => s.REFRESH_ABSOLUTE_TTL_DAYS >= s.REFRESH_IDLE_TTL_DAYS, "must not be below REFRESH_IDLE_TTL_DAYS"),
    ["REFRESH_ABSOLUTE_TTL_DAYS"],
  ),
);

/** A private or public P-256 JWK from `SIGNING_KEYS`. */
export type SigningJwk = v.InferOutput<typeof jwk>;
/** One of `TOKEN_SECRETS`. */
export type TokenSecret = v.InferOutput<typeof tokenSecrets>[number];
