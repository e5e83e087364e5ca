/**
 * What an owner does with an account: codes for a new phone and for the worst case, an email address to sign in with,
 * its devices, and leaving. Every call is safe to repeat. Whom a step-up must ask for the password is the app's to say.
 */
import * as v from "valibot";
import type { AskProof, Client } from "./client.ts";
import { ClientError } from "./failure.ts";

const TransferCode = v.object({ code: v.string(), link: v.string(), expiresAt: v.string() });

const TransferStatus = v.object({
  /** waiting, used or expired. A later server may add one. */
  status: v.string(),
  expiresAt: v.string(),
  usedAt: v.nullable(v.string()),
  device: v.nullable(v.object({ id: v.string(), name: v.nullable(v.string()) })),
});

const Device = v.object({
  id: v.string(),
  current: v.boolean(),
  name: v.nullable(v.string()),
  platform: v.nullable(v.string()),
  createdAt: v.string(),
  lastSeenAt: v.string(),
  /** Its live session. */
  sessionId: v.nullable(v.string()),
});

/** One device of the account. */
export type Device = v.InferOutput<typeof Device>;

/** A new code for one more device; the one before is good no more. A lost answer costs a code that nobody has seen. */
export async function makeTransferCode(client: Client): Promise<v.InferOutput<typeof TransferCode>> {
  return (await client.requestJson(TransferCode, "/v1/transfer-codes", { method: "POST", sameAccount: true })).body;
}

/** What became of the account's latest transfer code; nothing where it has none. */
export async function readTransferStatus(client: Client): Promise<v.InferOutput<typeof TransferStatus> | undefined> {
  try {
    return (await client.requestJson(TransferStatus, "/v1/transfer-codes/current")).body;
  } catch (error) {
    const isNone = error instanceof ClientError && error.failure.kind === "problem";
    if (isNone && error.failure.problem.code === "not_found") return undefined;
    throw error;
  }
}

/** Takes the transfer code back. */
export async function takeTransferCodeBack(client: Client): Promise<void> {
  await client.request("/v1/transfer-codes/current", { method: "DELETE", sameAccount: true });
}

/** Sets the recovery code, which the traveller has seen already. */
export async function putRecoveryCode(client: Client, code: string, askProof: AskProof): Promise<void> {
  await client.request("/v1/account/recovery-code", { method: "PUT", body: { code }, sameAccount: true, askProof });
}

/** Takes the recovery code away. */
export async function deleteRecoveryCode(client: Client, askProof: AskProof): Promise<void> {
  await client.request("/v1/account/recovery-code", { method: "DELETE", sameAccount: true, askProof });
}

/** Sets the email address and the password to sign in with; another password ends the account's other sessions. */
export async function putEmail(client: Client, email: string, password: string, askProof: AskProof): Promise<void> {
  await client.request("/v1/account/email", { method: "PUT", body: { email, password }, sameAccount: true, askProof });
}

/** Takes the email address and the password away. */
export async function deleteEmail(client: Client, askProof: AskProof): Promise<void> {
  await client.request("/v1/account/email", { method: "DELETE", sameAccount: true, askProof });
}

/** The account's devices, the oldest first. */
export async function listDevices(client: Client): Promise<Device[]> {
  return (await client.requestJson(v.object({ devices: v.array(Device) }), "/v1/devices")).body.devices;
}

/** Removes a device: its session ends and its app ID never signs in again. Where it is this one, start anew after. */
export async function removeDevice(client: Client, { id, current }: Device, askProof: AskProof): Promise<void> {
  await client.request(`/v1/devices/${encodeURIComponent(id)}`, {
    method: "DELETE",
    endsSession: current,
    sameAccount: true,
    askProof,
  });
}

/** Erases the account and all that is kept on it. Start anew after. */
export async function eraseAccount(client: Client, askProof: AskProof): Promise<void> {
  await client.request("/v1/account", { method: "DELETE", endsSession: true, sameAccount: true, askProof });
}
