/**
 * A sign-in by email and password: this device joins the account that has both. Whether an email is known cannot be told
 * from the answer, its time or its cost. What joining comes to is decided in `join.ts`.
 */
import { emailSubject, foldEmail } from "./email-address.ts";
import type { GrantContext, GrantResult } from "./grant.ts";
import { EMAIL_REFUSED, type JoinParameters, join } from "./join.ts";
import { BUSY, hashPassword } from "./password.ts";
import { checkPassword } from "./password-check.ts";
import { clearingFailures, upgradingPassword } from "./password-store.ts";
import { hashOfSecret } from "./refresh-token.ts";

/** The parameters of a sign-in by email. */
export interface EmailSignIn extends JoinParameters {
  readonly email: string;
  readonly password: string;
}

/** One sign-in: a batch, a hashing, and where the password is right the batch that joins the account. */
export async function signInByEmail(context: GrantContext, parameters: EmailSignIn): Promise<GrantResult> {
  const { db, keyring, now } = context;
  const email = foldEmail(parameters.email);
  const checked = await checkPassword(context, {
    asked: { by: "email", email, subject: await emailSubject(keyring.tokens, email, parameters.address) },
    appId: parameters.appId,
    appSecretHash: await hashOfSecret(parameters.appSecret),
    password: parameters.password,
  });
  if (!checked.ok) return checked;
  const { accountId, password, counter } = checked.tried;
  if (!checked.verdict.right || accountId === null || password === null || counter === undefined) return EMAIL_REFUSED;
  // Where there is no room to hash once more, the next sign-in does it.
  const upgraded = checked.verdict.outdated ? await hashPassword(parameters.password, now) : BUSY;
  const upgrade = upgraded === BUSY ? [] : [upgradingPassword(db, accountId, password, upgraded)];
  return join(context, { kind: "password", accountId, password }, parameters, [
    clearingFailures(db, counter),
    ...upgrade,
  ]);
}
