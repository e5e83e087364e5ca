/**
 * The account's email and password, set and removed by its owner. The address is a sign-in name that nobody verifies.
 * Signing in with it is a grant (`auth/email-grant.ts`).
 */
import * as v from "valibot";
import { foldEmail, isEmail } from "../auth/email-address.ts";
import { type AuthParts, provesPassword, refuseEnded, stepUpNeeded } from "../auth/middleware.ts";
import { foldPassword, hasPasswordLength } from "../auth/password.ts";
import { hashAddress } from "../auth/token-keys.ts";
import { EMAIL_BODY_BYTES, HASHING_RETRY_SECONDS } from "../bounds.ts";
import { secondsToMidnight } from "../days.ts";
import type { Failure } from "../errors.ts";
import { callerPrefix } from "../limits/rate.ts";
import { type Declaration, type Mount, refuse } from "../route.ts";
import { createCommonPasswords } from "./common-passwords.ts";
import { setEmail } from "./email.ts";
import { removeEmail } from "./email-store.ts";

const PATH = "/v1/account/email";
const TAG = "Account";

const setRoute = {
  method: "put",
  path: PATH,
  access: "step-up",
  body: {
    kind: "json",
    schema: v.object(
      {
        email: v.pipe(
          v.string("must be a string"),
          v.transform(foldEmail),
          v.check(isEmail, "must be an email address of at most 254 characters"),
          v.metadata({ description: "A sign-in name, unverified. Case and outer spaces do not matter." }),
        ),
        password: v.pipe(
          v.string("must be a string"),
          v.transform(foldPassword),
          v.check(hasPasswordLength, "must have 8 to 128 characters"),
          v.metadata({ description: "8 to 128 characters, any; not the email, and none of the commonest." }),
        ),
      },
      "must be an object",
    ),
    limitBytes: EMAIL_BODY_BYTES,
  },
  docs: DOCUMENTED && {
    operationId: "setEmail",
    tag: TAG,
    summary: "Register, or change, email and password",
    description:
      "Further devices can then join the account with the email grant. What is so already is answered alike. Where the account has a password, the token must come from a step-up that proves it (or the recovery code), or from such a sign-in. A changed password ends the account's other sessions and voids its transfer code.",
    examples: { register: { email: "traveller@example.com", password: "correct horse battery staple" } },
    answers: {
      200: {
        description: "The account has them.",
        schema: v.object({ email: v.pipe(v.string(), v.description("As it was folded.")) }),
      },
    },
    errors: ["email_taken", "email_accounts_off", "busy", "storage_unavailable"],
  },
} as const satisfies Declaration;

const removeRoute = {
  method: "delete",
  path: PATH,
  access: "step-up",
  docs: DOCUMENTED && {
    operationId: "removeEmail",
    tag: TAG,
    summary: "Remove email and password",
    description: "Under the same proof as setting them. Sessions go on, and the address is free again.",
    answers: { 204: { description: "The account has neither, or had neither." } },
    errors: ["email_accounts_off", "storage_unavailable"],
  },
} as const satisfies Declaration;

const OFF: Failure = { code: "email_accounts_off", detail: "This service has no accounts with email and password." };
const TAKEN: Failure = { code: "email_taken", detail: "Another account signs in with this email." };
const BUSY: Failure = {
  code: "busy",
  detail: "The password could not be checked or hashed now; nothing was changed.",
  retryAfterSeconds: HASHING_RETRY_SECONDS,
};

function refusedPassword(message: string): Failure {
  return {
    code: "invalid_request",
    detail: "The password is too easily guessed.",
    errors: [{ path: "password", message }],
  };
}

/** Mounts the routes. */
export function emailRoutes(mount: Mount, { keyringOf, revocations, clock }: AuthParts): void {
  const isCommon = createCommonPasswords();

  mount(setRoute, async (c, { body: { email, password } }) => {
    const config = c.get("config");
    if (!config.emailAccounts) return refuse(c, OFF);
    if (foldEmail(password) === email) return refuse(c, refusedPassword("must not be the email"));
    const common = await isCommon(c.env.ASSETS, password);
    if (common === undefined) return refuse(c, BUSY);
    if (common) return refuse(c, refusedPassword("is among the commonest"));
    const caller = c.get("caller");
    const now = clock();
    const address = await hashAddress((await keyringOf(config)).tokens, callerPrefix(c, 64));
    const change = { caller, proved: provesPassword(c), email, address, now };
    const result = await c.get("trace").timed("d1", () => setEmail(c.env.DB, change, password));
    switch (result.outcome) {
      case "session_over":
        return refuseEnded(c);
      case "unproven":
        return refuse(c, stepUpNeeded("password"));
      case "limited":
        return refuse(c, {
          code: "rate_limited",
          detail: "Too many emails were taken today (UTC).",
          retryAfterSeconds: secondsToMidnight(now),
        });
      case "taken":
        return refuse(c, TAKEN);
      case "busy":
        return refuse(c, BUSY);
      case "changed":
        revocations.markEnded(result.sessions, now);
        return c.json({ email });
    }
  });

  mount(removeRoute, async (c) => {
    if (!c.get("config").emailAccounts) return refuse(c, OFF);
    const removal = await c
      .get("trace")
      .timed("d1", () => removeEmail(c.env.DB, c.get("caller"), provesPassword(c), clock()));
    switch (removal) {
      case "session_over":
        return refuseEnded(c);
      case "unproven":
        return refuse(c, stepUpNeeded("password"));
      case "removed":
        return c.body(null, 204);
    }
  });
}
