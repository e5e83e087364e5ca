/**
 * The outcome of checking a part of a request, and the request itself as far as the emulator needs it. Structural, so
 * that the runtime's own Request, the test pool's and a plain object from a Node server all fit without a cast.
 */

import type { Refusal } from "./refusals.ts";

/** What the emulator reads of a request. `signal` ends waits when the caller leaves. */
export interface IncomingRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  readonly signal?: AbortSignal;
  text(): Promise<string>;
}

/** A part of a request that was understood, or why it was not. */
export type Checked<T> = { readonly kind: "accepted"; readonly value: T } | RefusedCheck;

/** The refused half of `Checked`. */
export interface RefusedCheck {
  readonly kind: "refused";
  readonly refusal: Refusal;
}

/** Wraps what was understood. */
export function accepted<T>(value: T): Checked<T> {
  return { kind: "accepted", value };
}

/** Wraps a refusal by its code. */
export function refused(code: Refusal["code"], detail?: string): RefusedCheck {
  return { kind: "refused", refusal: detail === undefined ? { code } : { code, detail } };
}
