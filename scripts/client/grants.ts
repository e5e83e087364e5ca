/**
 * The token endpoint as this client uses it: the app grant, the refresh grant with or without step-up, the grants that
 * join an account, and revocation. It turns answers into tokens or into `invalid_grant`, and decides nothing:
 * `session.ts` does.
 */
import * as v from "valibot";
import { attemptId, type Credentials } from "./credentials.ts";
import { ClientError } from "./failure.ts";
import { type Answer, type Edge, GRANT_PATIENCE, isTransient, type Patience, retryAfterSeconds, send } from "./send.ts";
import type { Tokens } from "./store.ts";

/** What came of a grant, as far as the client can act on it by itself. All else is thrown as a `ClientError`. */
export type GrantAnswer =
  | { kind: "tokens"; tokens: Tokens; joined: Joined | undefined }
  | { kind: "invalid_grant"; errorCode: string; description: string };

const Joined = v.object({ moved: v.number(), equal: v.number(), renamed: v.number(), left: v.number() });

/**
 * Entries of the account that a joining device left: moved as they are, there already, moved under new ids, and left
 * behind or erased.
 */
export type Joined = v.InferOutput<typeof Joined>;

const TokenBody = v.object({
  access_token: v.pipe(v.string(), v.nonEmpty()),
  expires_in: v.number(),
  refresh_token: v.pipe(v.string(), v.nonEmpty()),
  session_id: v.string(),
  device_id: v.string(),
  account_id: v.string(),
  joined: v.optional(Joined),
});

const ErrorBody = v.object({
  error: v.string(),
  error_description: v.optional(v.string(), ""),
  error_code: v.optional(v.string(), ""),
  entries_count: v.optional(v.number(), 0),
  device_name: v.nullish(v.string()),
  devices: v.optional(v.array(v.object({ id: v.string(), name: v.nullish(v.string()), last_seen_at: v.string() })), []),
});

const GRANT = "urn:pidging:oauth:grant-type:";

/** How the server's record of this device should read to its owner. */
export interface DeviceDescription {
  /** Absent: what it is called already stays. */
  name?: string | undefined;
  platform: "ios" | "android" | "web" | "other";
}

/** What lets a device into an account. */
export type Key =
  | { kind: "transfer-code" | "recovery-code"; code: string }
  | { kind: "email"; email: string; password: string };

/** What becomes of entries that nobody could reach any more. */
export type EntriesChoice = "move" | "leave";

/** What a step-up proves beside the app secret, where the account has a password. */
export type Proof = { password: string } | { recovery_code: string };

/** Signs in with the app grant; an app ID that the server has never seen is enrolled. Ends the device's former session. */
export async function signInByApp(
  edge: Edge,
  credentials: Credentials,
  device: DeviceDescription,
  takeOver: boolean,
): Promise<GrantAnswer> {
  return await askForTokens(edge, GRANT_PATIENCE, {
    grant_type: `${GRANT}app`,
    app_id: credentials.appId,
    app_secret: credentials.appSecret,
    ...describe(device),
    ...(takeOver && { take_over: "true" }),
  });
}

/** Joins the account that the key opens. Safe to repeat by the same device, as long as a code lives. */
export async function joinAccount(
  edge: Edge,
  credentials: Credentials,
  device: DeviceDescription,
  key: Key,
  entries: EntriesChoice | undefined,
): Promise<GrantAnswer> {
  const { kind, ...parameters } = key;
  return await askForTokens(edge, GRANT_PATIENCE, {
    grant_type: GRANT + kind,
    ...parameters,
    app_id: credentials.appId,
    app_secret: credentials.appSecret,
    ...describe(device),
    ...(entries && { entries }),
  });
}

/** Without a name the device keeps the one that it has. */
function describe({ name, platform }: DeviceDescription): Record<string, string> {
  return { ...(name !== undefined && { device_name: name }), platform };
}

/**
 * Trades a refresh token for its successor. Safe to repeat: the attempt ID makes every repetition the same attempt. With
 * `stepUp` it proves the app secret again (RFC 9470), and what is in it besides.
 */
export async function refresh(
  edge: Edge,
  credentials: Credentials,
  refreshToken: string,
  patience: Patience,
  stepUp?: Proof | Record<string, never>,
): Promise<GrantAnswer> {
  return await askForTokens(edge, patience, {
    grant_type: "refresh_token",
    refresh_token: refreshToken,
    attempt_id: await attemptId(credentials.appSecret, refreshToken),
    ...(stepUp && { app_id: credentials.appId, app_secret: credentials.appSecret, ...stepUp }),
  });
}

/** Ends the session of this refresh token (RFC 7009). A token that is dead already counts as done. */
export async function revoke(edge: Edge, refreshToken: string): Promise<void> {
  const answer = await send(edge, "/oauth/revoke", form({ token: refreshToken }), GRANT_PATIENCE);
  if (answer.status !== 200) throw refusal(edge, "/oauth/revoke", answer);
}

async function askForTokens(edge: Edge, patience: Patience, parameters: Record<string, string>): Promise<GrantAnswer> {
  const sentAt = edge.now();
  const answer = await send(edge, "/oauth/token", form(parameters), patience);

  const body = v.safeParse(TokenBody, parseJson(answer.text));
  if (body.success) {
    return {
      kind: "tokens",
      joined: body.output.joined,
      tokens: {
        accessToken: body.output.access_token,
        accessExpiresAt: sentAt + body.output.expires_in * 1000,
        refreshToken: body.output.refresh_token,
        sessionId: body.output.session_id,
        deviceId: body.output.device_id,
        accountId: body.output.account_id,
      },
    };
  }
  const error = v.safeParse(ErrorBody, parseJson(answer.text));
  if (answer.status === 400 && error.success && error.output.error === "invalid_grant") {
    const { error_code, error_description } = error.output;
    return { kind: "invalid_grant", errorCode: error_code, description: error_description };
  }
  throw refusal(edge, "/oauth/token", answer);
}

/** An answer that ends the call. A status alone is never believed: in a hotel the network itself answers 200 and 403. */
function refusal(edge: Edge, path: string, answer: Answer): ClientError {
  const { status } = answer;
  const parsed = v.safeParse(ErrorBody, parseJson(answer.text));
  if (isTransient(status)) {
    const code = parsed.success ? parsed.output.error : "";
    return new ClientError({
      kind: "unavailable",
      status,
      code,
      retryAfterSeconds: retryAfterSeconds(answer.headers, edge.now()),
    });
  }
  if (status < 400 || !parsed.success) {
    return new ClientError({ kind: "unexpected", status, url: edge.baseUrl + path });
  }
  const { error, error_description, error_code, entries_count, device_name, devices } = parsed.output;
  if (error === "access_denied") return new ClientError({ kind: "blocked" });
  if (error_code === "entries_choice_required")
    return new ClientError({ kind: "entries_choice", entries: entries_count, deviceName: device_name ?? undefined });
  if (error_code === "device_limit") {
    const known = devices.map(({ id, name, last_seen_at }) => ({
      id,
      name: name ?? undefined,
      lastSeenAt: last_seen_at,
    }));
    return new ClientError({ kind: "device_limit", devices: known });
  }
  return new ClientError({ kind: "refused", error, description: error_description });
}

/** RFC 6749 sends grants as a form. */
function form(parameters: Record<string, string>): RequestInit {
  return {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(parameters).toString(),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
