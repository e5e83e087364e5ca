/** The bodies of the OAuth endpoints: their parameters, and which OAuth error a bad one is. */
import * as v from "valibot";
import type { Config } from "../config.ts";
import { type Failed, failed, type OAuthFailure } from "../errors.ts";
import { faultOf } from "../fault.ts";

/** The extension grant (RFC 6749 section 4.5) by which an app proves its secret. */
export const APP_GRANT = "urn:pidging:oauth:grant-type:app";
/** The grants by which a device joins an account: by a code made on another device, by the owner's recovery code, by email. */
export const TRANSFER_GRANT = "urn:pidging:oauth:grant-type:transfer-code";
export const RECOVERY_GRANT = "urn:pidging:oauth:grant-type:recovery-code";
export const EMAIL_GRANT = "urn:pidging:oauth:grant-type:email";

const text = v.pipe(v.string("must be a string"), v.nonEmpty("must not be empty"));
/** Without the flag `i`, which the OpenAPI document's patterns cannot have. */
const UUID_V4 = /^[\da-fA-F]{8}-[\da-fA-F]{4}-4[\da-fA-F]{3}-[89abAB][\da-fA-F]{3}-[\da-fA-F]{12}$/;

const appId = v.pipe(
  text,
  v.regex(UUID_V4, "must be a UUID of version 4"),
  v.toLowerCase(),
  v.metadata({
    description: "The UUID v4 that the app made on first launch.",
    examples: ["0b8f4f1e-6a52-4c0d-9d6f-3f5f0f1c2a3b"],
  }),
);
const appSecret = v.pipe(
  text,
  v.regex(/^[A-Za-z0-9_-]{43}$/, "must be 32 bytes in base64url, which is 43 characters"),
  v.metadata({ description: "32 random bytes in base64url, made by the app with its ID and kept in the keychain." }),
);
const refreshToken = v.pipe(text, v.metadata({ description: "The refresh token of the latest answer." }));

const noControls = (most: number) =>
  v.pipe(
    text,
    v.maxLength(most, `must have at most ${most} characters`),
    v.regex(/^\P{Cc}+$/u, "must not hold control characters"),
  );

/** A device's name. */
export const deviceName = v.pipe(noControls(64), v.metadata({ description: "What the owner calls the device." }));

/** What every sign-in carries: the app's credentials, and what it says of its device. */
const app = {
  app_id: appId,
  app_secret: appSecret,
  device_name: v.optional(deviceName),
  platform: v.optional(v.picklist(["ios", "android", "web", "other"], "must be ios, android, web or other")),
  app_version: v.optional(noControls(32)),
};

/** The app grant. */
export const AppGrant = v.pipe(
  v.object({
    grant_type: v.literal(APP_GRANT),
    ...app,
    take_over: v.optional(
      v.pipe(
        v.union([v.boolean(), v.picklist(["true", "false"])], "must be true or false"),
        v.transform(String),
        v.metadata({ description: "Where only one device may be signed in: sign in although another did since." }),
      ),
      false,
    ),
  }),
  v.title("App grant"),
);

/** Whatever it looks like: one that is not good is `invalid_grant`. */
const code = v.pipe(text, v.metadata({ description: "In any case, with or without hyphens and spaces." }));
const password = v.pipe(text, v.metadata({ description: "The account's password." }));
const entries = v.optional(
  v.pipe(
    v.picklist(["move", "leave"], "must be move or leave"),
    v.metadata({
      description:
        "What becomes of the entries of the account that this device leaves, where no other device, email or recovery code reaches it: they come along, or are erased with it.",
    }),
  ),
);

/** Joining by a transfer code. */
export const TransferGrant = v.pipe(
  v.object({ grant_type: v.literal(TRANSFER_GRANT), code, ...app, entries }),
  v.title("Transfer code grant"),
);

/** Joining by a recovery code. */
export const RecoveryGrant = v.pipe(
  v.object({ grant_type: v.literal(RECOVERY_GRANT), code, ...app, entries }),
  v.title("Recovery code grant"),
);

/** Joining by email and password. */
export const EmailGrant = v.pipe(
  v.object({
    grant_type: v.literal(EMAIL_GRANT),
    email: v.pipe(text, v.metadata({ description: "Case and outer spaces do not matter." })),
    password,
    ...app,
    entries,
  }),
  v.title("Email grant"),
);

/** The refresh grant, with step-up where the app ID and secret come along. */
export const RefreshGrant = v.pipe(
  v.object({
    grant_type: v.literal("refresh_token"),
    refresh_token: refreshToken,
    attempt_id: v.optional(
      v.pipe(
        text,
        v.regex(/^[A-Za-z0-9_-]{22,43}$/, "must be 22 to 43 characters of base64url"),
        v.metadata({
          description: "The same in every retry of one refresh; it makes a retry good however late it comes.",
        }),
      ),
    ),
    app_id: v.optional(appId),
    app_secret: v.optional(appSecret),
    password: v.optional(password),
    recovery_code: v.optional(code),
  }),
  v.forward(
    v.partialCheck(
      [["app_id"], ["app_secret"]],
      (g) => g.app_id !== undefined || g.app_secret === undefined,
      "must come with app_secret",
    ),
    ["app_id"],
  ),
  v.forward(
    v.partialCheck(
      [["app_id"], ["app_secret"]],
      (g) => g.app_secret !== undefined || g.app_id === undefined,
      "must come with app_id",
    ),
    ["app_secret"],
  ),
  v.forward(
    v.partialCheck(
      [["app_id"], ["password"], ["recovery_code"]],
      (g) => g.app_id !== undefined || (g.password === undefined && g.recovery_code === undefined),
      "must come with a password or recovery code",
    ),
    ["app_id"],
  ),
  v.title("Refresh"),
);

/** Every token request. */
export const TokenRequest = v.variant("grant_type", [AppGrant, RefreshGrant, TransferGrant, RecoveryGrant, EmailGrant]);

/** RFC 7009 section 2.1. */
export const RevocationRequest = v.object({
  token: v.pipe(text, v.metadata({ description: "A refresh token or an access token." })),
  token_type_hint: v.optional(
    v.pipe(text, v.metadata({ description: "Accepted and not needed: the two kinds look different." })),
  ),
});

function invalidRequest(issues: readonly v.BaseIssue<unknown>[]): Failed<OAuthFailure> {
  const faults = issues.map(faultOf).map(({ path, message }) => `${path} ${message}`.trim());
  return failed({ error: "invalid_request", description: faults.join("; ") });
}

const GrantType = v.object({ grant_type: text }, "the body must be an object");
/** The grants that are taken, by their names. */
export function grantTypes({ emailAccounts }: Pick<Config, "emailAccounts">): readonly string[] {
  const all: readonly string[] = TokenRequest.options.map((option) => option.entries.grant_type.literal);
  return emailAccounts ? all : all.filter((grant) => grant !== EMAIL_GRANT);
}

/** Reads a token request. An unknown grant and a bad parameter are OAuth's own errors. */
export function readTokenRequest(
  values: unknown,
  config: Pick<Config, "emailAccounts">,
): { readonly ok: true; readonly request: v.InferOutput<typeof TokenRequest> } | Failed<OAuthFailure> {
  const grant = v.safeParse(GrantType, values);
  if (!grant.success) return invalidRequest(grant.issues);
  const grants = grantTypes(config);
  if (!grants.includes(grant.output.grant_type)) {
    return failed({ error: "unsupported_grant_type", description: `The grants here are ${grants.join(", ")}.` });
  }
  const parsed = v.safeParse(TokenRequest, values);
  return parsed.success ? { ok: true, request: parsed.output } : invalidRequest(parsed.issues);
}

/** Reads a revocation request. */
export function readRevocationRequest(
  values: unknown,
): { readonly ok: true; readonly token: string } | Failed<OAuthFailure> {
  const parsed = v.safeParse(RevocationRequest, values);
  return parsed.success ? { ok: true, token: parsed.output.token } : invalidRequest(parsed.issues);
}
