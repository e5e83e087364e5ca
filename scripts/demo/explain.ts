/** A failure in words for somebody at a terminal: what happened, and what to do about it. */
import type { Failure, Problem } from "../client/failure.ts";
import { counted, printable } from "./command.ts";

/** One or more lines; never a token or a secret. */
export function explain(failure: Failure): string {
  switch (failure.kind) {
    case "unreachable": {
      const hint = isLocal(failure.baseUrl) ? "Is `npm run dev` running?" : "Is the address right, and the network up?";
      return `No answer from ${failure.baseUrl}. ${hint}`;
    }
    case "unavailable": {
      const code = failure.code === "" ? "" : `, ${printable(failure.code)}`;
      return `The server cannot sign in or refresh now (${failure.status}${code}). ${tryAgain(failure.retryAfterSeconds)} Nothing is lost.`;
    }
    case "blocked":
      return "The operator of this server has blocked this account (access_denied). Only they can unblock it.";
    case "signed_in_elsewhere":
      return "This account is signed in on another device, and the server allows one. To sign in here and end it there, say --take-over.";
    case "not_let_in":
      return printable(failure.description);
    case "entries_choice": {
      const from = failure.deviceName === undefined ? "" : ` (The code is from "${printable(failure.deviceName)}".)`;
      return `This device's own account has ${counted(failure.entries)} that nobody could reach any more. Say --move to take them along, or --leave to have them erased.${from}`;
    }
    case "device_limit": {
      const devices = failure.devices.map(
        ({ id, name, lastSeenAt }) => `  ${id}  ${name ?? "no name"}, last seen ${lastSeenAt}`,
      );
      const lines = ["That account has as many devices as it may. Remove one of them there:", ...devices];
      return lines.map(printable).join("\n");
    }
    case "account_changed":
      return "This device is not in that account any more: it was removed there, or the account was erased. Nothing was done in the one that it is in now.";
    case "password_needed":
      return "This account has a password, which is needed for that: say --password, or --recovery-code.";
    case "wrong_password":
      return "The password (or recovery code) is wrong. Nothing was changed.";
    case "refused":
      return `The server refuses the sign-in: ${printable(failure.description)} (${printable(failure.error)}). Is it a Pidging Edge of the same version?`;
    case "problem":
      return explainProblem(failure.problem);
    case "unexpected":
      return `The answer from ${failure.url} (${failure.status}) is none of a Pidging Edge. Is it the right address, and nothing in between that wants a sign-in?`;
    case "other_account":
      return `This device is in another account now, and ${counted(failure.entries)} here ${failure.entries === 1 ? "is" : "are"} from the account before. Say \`vocab sync --keep\` to add them to this account, or \`vocab sync --drop\` to take them off this device.`;
    case "unusable_file":
      return `${failure.path} cannot be used: ${printable(failure.reason)}. It is left as it is. Mend it or restore a copy; or name another with --file; or, to begin without what it holds, move it away.`;
    case "locked_file":
      return `Another process holds ${failure.path}.lock. If none is running, delete that file.`;
  }
}

function explainProblem({ title, detail, code, status, errors, retryAfterSeconds, requestId }: Problem): string {
  const lines = [
    `${title} (${status}, ${code})`,
    ...(detail === "" ? [] : [detail]),
    ...errors.map(({ path, message }) => `  ${path}: ${message}`),
    ...(retryAfterSeconds === undefined ? [] : [tryAgain(retryAfterSeconds)]),
    ...(requestId === undefined ? [] : [`Request ${requestId}`]),
  ];
  return lines.map(printable).join("\n");
}

function tryAgain(retryAfterSeconds: number | undefined): string {
  return retryAfterSeconds === undefined ? "Try again later." : `Try again in ${retryAfterSeconds} s.`;
}

function isLocal(baseUrl: string): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(new URL(baseUrl).hostname);
}
