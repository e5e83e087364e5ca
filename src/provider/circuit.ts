/**
 * The circuit of an isolate: when the provider fails again and again, misses fail at once instead of waiting for it, and
 * one probe at a time finds out when it is back. What is cached answers all the while.
 */
import { CIRCUIT_FAILURES, CIRCUIT_OPEN_MS } from "../bounds.ts";

/** How an admitted call ended: the provider worked, failed, refuses us altogether, or told nothing of its health. */
export type CallHealth = "good" | "failed" | "refuses_us" | "unknown";

/** Leave to ask the provider. */
export interface Admitted {
  readonly admitted: true;
  /** Told of each call that it led to, at least once. */
  note(health: CallHealth, now: number): void;
}

/** Whether a request may ask the provider; `retryAfterMs` tells when to come back. Times are milliseconds. */
export type Admission = Admitted | { readonly admitted: false; readonly retryAfterMs: number };

/** The circuit. */
export interface Circuit {
  admit(now: number): Admission;
}

/** Makes a closed circuit. */
export function createCircuit(): Circuit {
  let failures = 0;
  /** Undefined: closed. */
  let openUntil: number | undefined;
  let probe: { readonly since: number } | undefined;

  function note(health: CallHealth, now: number, isProbe: boolean): void {
    if (isProbe) probe = undefined;
    if (health === "unknown") return;
    if (health === "good") {
      failures = 0;
      openUntil = undefined;
      probe = undefined;
      return;
    }
    failures += 1;
    if (isProbe || health === "refuses_us" || failures >= CIRCUIT_FAILURES) openUntil = now + CIRCUIT_OPEN_MS;
  }

  return {
    admit(now) {
      if (openUntil === undefined) return { admitted: true, note: (health, at) => note(health, at, false) };
      if (now < openUntil) return { admitted: false, retryAfterMs: openUntil - now };
      // A probe that never reported (its request was cut off) is not waited for longer than the circuit stays open.
      if (probe !== undefined && now - probe.since < CIRCUIT_OPEN_MS)
        return { admitted: false, retryAfterMs: CIRCUIT_OPEN_MS - (now - probe.since) };
      const own = { since: now };
      probe = own;
      // Calls from before the circuit opened end meanwhile: only the probe itself gives its place away.
      return { admitted: true, note: (health, at) => note(health, at, probe === own) };
    },
  };
}
