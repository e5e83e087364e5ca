/** A failure in words for somebody at a terminal: what happened, and what to do about it. */
import type { Failure, Problem } from "../client/failure.ts";
import { printable } from "./command.ts";

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
    case "refused":
      return `The server refuses the sign-in: ${printable(failure.description)} (${printable(failure.error)}). Is it a Pidging Edge of the same version?`;
    case "problem":
      return explainProblem(failure.problem);
    case "unexpected":
      return `The answer from ${failure.url} (${failure.status}) is none of a Pidging Edge. Is it the right address, and nothing in between that wants a sign-in?`;
    case "unusable_file":
      return `${failure.path} cannot be used: ${printable(failure.reason)}. It is left as it is. Mend it or restore a copy; or name another with --file; or, to start as a new device without this account, move it away.`;
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
