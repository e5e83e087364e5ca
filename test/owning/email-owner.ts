/** An account with email and password, as the tests of both need it: made by SQL with a cheap hash, or over HTTP. */
import { env } from "cloudflare:workers";
import { BUSY, hashPassword } from "../../src/auth/password.ts";
import { EMAIL_GRANT } from "../../src/auth/token-request.ts";
import { type Edge, signedIn, tokensOf } from "../auth/edge.ts";
import { secondDevice } from "../second-device.ts";
import { type AppCredentials, newApp, type Tokens } from "../worker.ts";

/** Not among the commonest. */
export const PASSWORD = "correct horse battery staple";
/** A thousandth of what a password costs in earnest. */
const CHEAP = { log2N: 5, r: 8, p: 1 };

/** An email that no other test has. */
export const newEmail = () => `${crypto.randomUUID()}@example.com`;

/** What is stored of a password that was set when hashing was cheap. */
export async function cheapHash(password: string, now = 0): Promise<string> {
  const hash = await hashPassword(password, now, CHEAP);
  if (hash === BUSY) throw new Error("Too many hashings");
  return hash;
}

/** Gives an account an email and a password behind the Worker's back. */
export async function givePassword(accountId: string, email: string, password = PASSWORD): Promise<void> {
  await env.DB.prepare("UPDATE accounts SET email = ?2, password = ?3 WHERE id = ?1")
    .bind(accountId, email, await cheapHash(password))
    .run();
}

/** An account's row, as far as these tests look at it. */
export async function accountRow(accountId: string) {
  const sql = "SELECT email, password, recovery_hash AS recoveryHash FROM accounts WHERE id = ?1";
  const row = await env.DB.prepare(sql)
    .bind(accountId)
    .first<{ email: string | null; password: string | null; recoveryHash: string | null }>();
  if (row === null) throw new Error("There is no such account");
  return row;
}

/** Failures that are counted now, by the kind of their subject. */
export async function failures(): Promise<Readonly<Record<string, number>>> {
  const sql =
    "SELECT substr(subject, 1, instr(subject, ':') - 1) AS kind, sum(count) AS count FROM failures GROUP BY 1";
  const { results } = await env.DB.prepare(sql).all<{ kind: string; count: number }>();
  return Object.fromEntries(results.map(({ kind, count }) => [kind, count]));
}

/** Forgets all failures, so that a test begins with none. */
export async function forgetFailures(): Promise<void> {
  await env.DB.prepare("DELETE FROM failures").run();
}

/** A signed-in app whose account has an email and a password. */
export async function emailOwner(edge: Edge) {
  const { app, tokens } = await signedIn(edge);
  const email = newEmail();
  await givePassword(tokens.account_id, email);
  return { app, tokens, email };
}

/** Signs another device of an account in, by the app grant. */
export async function anotherDevice(edge: Edge, accountId: string): Promise<{ app: AppCredentials; tokens: Tokens }> {
  const app = await secondDevice(accountId, edge.now());
  return { app, tokens: await edge.signIn(app) };
}

/** `PUT` or `DELETE` of the account's email. */
export const putEmail = (edge: Edge, token: string, body: unknown, headers: Record<string, string> = {}) =>
  edge.request("/v1/account/email", {
    method: "PUT",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
export const deleteEmail = (edge: Edge, token: string) =>
  edge.request("/v1/account/email", { method: "DELETE", headers: { Authorization: `Bearer ${token}` } });

/** A step-up that must succeed: the tokens of a refresh with the app's secret, and with what is given beside. */
export const steppedUp = async (edge: Edge, app: AppCredentials, tokens: Tokens, given: Record<string, string> = {}) =>
  tokensOf(await edge.refresh(tokens.refresh_token, { ...app, ...given }));

/** The email grant. */
export const emailGrant = (
  edge: Edge,
  given: { readonly email: string; readonly password?: string },
  app: AppCredentials = newApp(),
  headers: Record<string, string> = {},
) => edge.post("/oauth/token", { grant_type: EMAIL_GRANT, password: PASSWORD, ...given, ...app }, undefined, headers);

/** Status and code of a problem, with its faults' paths. */
export async function problemOf(response: Response): Promise<readonly (number | string)[]> {
  const { code, errors = [] } = await response.json<{ code: string; errors?: readonly { path: string }[] }>();
  return [response.status, code, ...errors.map(({ path }) => path)];
}
