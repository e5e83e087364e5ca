/**
 * The token endpoint as this client uses it: the app grant, the refresh grant, and revocation. It turns answers into
 * tokens or into `invalid_grant`, and decides nothing: `session.ts` does.
 */
import * as v from "valibot";
import { attemptId, type Credentials } from "./credentials.ts";
import { ClientError } from "./failure.ts";
import { type Answer, type Edge, GRANT_PATIENCE, isTransient, type Patience, retryAfterSeconds, send } from "./send.ts";
import type { Tokens } from "./store.ts";

/** What came of a grant, as far as the client can act on it by itself. All else is thrown as a `ClientError`. */
export type GrantAnswer =
  | { kind: "tokens"; tokens: Tokens }
  | { kind: "invalid_grant"; errorCode: string; description: string };

const TokenBody = v.object({
  access_token: v.pipe(v.string(), v.nonEmpty()),
  expires_in: v.number(),
  refresh_token: v.pipe(v.string(), v.nonEmpty()),
  session_id: v.string(),
  device_id: v.string(),
  account_id: v.string(),
});

const ErrorBody = v.object({
  error: v.string(),
  error_description: v.optional(v.string(), ""),
  error_code: v.optional(v.string(), ""),
});

const APP_GRANT = "urn:pidging:oauth:grant-type:app";

/** How the server's record of this device should read to its owner. */
export interface DeviceDescription {
  name: string;
  platform: "ios" | "android" | "web" | "other";
}

/** Signs in with the app grant; an app ID that the server has never seen is enrolled. Ends the device's former session. */
export async function signInByApp(
  edge: Edge,
  credentials: Credentials,
  device: DeviceDescription,
  takeOver: boolean,
): Promise<GrantAnswer> {
  return await askForTokens(edge, GRANT_PATIENCE, {
    grant_type: APP_GRANT,
    app_id: credentials.appId,
    app_secret: credentials.appSecret,
    device_name: device.name,
    platform: device.platform,
    ...(takeOver && { take_over: "true" }),
  });
}

/** Trades a refresh token for its successor. Safe to repeat: the attempt ID makes every repetition the same attempt. */
export async function refresh(
  edge: Edge,
  credentials: Credentials,
  refreshToken: string,
  patience: Patience,
): Promise<GrantAnswer> {
  return await askForTokens(edge, patience, {
    grant_type: "refresh_token",
    refresh_token: refreshToken,
    attempt_id: await attemptId(credentials.appSecret, refreshToken),
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
  const { error, error_description } = parsed.output;
  return error === "access_denied"
    ? new ClientError({ kind: "blocked" })
    : new ClientError({ kind: "refused", error, description: error_description });
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
