/**
 * Setting an account's email and password, from what there is to what is stored: one hashing to see whether the password
 * is new, one more where it is. Who may do so is decided in `email-store.ts`, before the first and again after the last.
 */
import { BUSY, hashPassword, verifyPassword } from "../auth/password.ts";
import { type EmailChange, type EmailChanged, readEmail, writeEmail } from "./email-store.ts";

/** Sets both; what is so already is left as it is. At most two batches, hashing between them. */
export async function setEmail(
  db: D1Database,
  change: EmailChange,
  password: string,
): Promise<EmailChanged | { readonly outcome: "busy" }> {
  const state = await readEmail(db, change);
  if (state.outcome !== "free") return state;
  const { password: found } = state;
  const verdict = found === null ? undefined : await verifyPassword(password, found, change.now);
  if (verdict === BUSY) return { outcome: "busy" };
  const kept = verdict?.right ? found : null;
  if (kept !== null && state.email === change.email) return { outcome: "changed", sessions: [] };
  const next = kept ?? (await hashPassword(password, change.now));
  return next === BUSY ? { outcome: "busy" } : writeEmail(db, change, { found, next });
}
