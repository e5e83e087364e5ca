/**
 * A second device of an account, made by SQL: tests of what an owner does with several devices need one, and how a
 * device joins an account is no concern of theirs. The device itself signs in as every app does.
 */
import { env } from "cloudflare:workers";
import { type DeviceId, newId } from "../src/auth/ids.ts";
import { hashOfSecret } from "../src/auth/refresh-token.ts";
import { type AppCredentials, newApp } from "./worker.ts";

const JOIN = `
INSERT INTO devices (id, account_id, app_id, secret_hash, created_at, last_seen_at)
SELECT ?1, id, ?3, ?4, ?5, ?5 FROM accounts WHERE id = ?2`;

/**
 * Adds a device to an account at `now` (milliseconds) and gives its app's credentials, with which `signIn` of any
 * isolate then signs it in: `await worker.signIn(await secondDevice(tokens.account_id))`.
 */
export async function secondDevice(accountId: string, now = Date.now()): Promise<AppCredentials> {
  const app = newApp();
  const { meta } = await env.DB.prepare(JOIN)
    .bind(newId<DeviceId>(), accountId, app.app_id, await hashOfSecret(app.app_secret), now)
    .run();
  if (meta.changes !== 1) throw new Error("There is no such account");
  return app;
}
