/**
 * The circuit of an isolate: when the provider fails again and again, misses fail at once instead of waiting for it, and
 * one probe at a time finds out when it is back. What is cached answers all the while.
 */
import { CIRCUIT_FAILURES, CIRCUIT_OPEN_MS } from "../bounds.ts";

/** Whether a request may ask the provider; `retryAfterMs` tells when to come back. Times are milliseconds. */
export type Admission = { readonly admitted: true } | { readonly admitted: false; readonly retryAfterMs: number };

/** How an admitted call ended: the provider worked, failed, refuses us altogether, or told nothing of its health. */
export type CallHealth = "good" | "failed" | "refuses_us" | "unknown";

/** The circuit. */
export interface Circuit {
  admit(now: number): Admission;
  /** Told once for each call that was admitted. */
  note(health: CallHealth, now: number): void;
}

/** Makes a closed circuit. */
export function createCircuit(): Circuit {
  let failures = 0;
  /** Undefined: closed. */
  let openUntil: number | undefined;
  let probingSince: number | undefined;

  return {
    admit(now) {
      if (openUntil === undefined) return { admitted: true };
      if (now < openUntil) return { admitted: false, retryAfterMs: openUntil - now };
      // A probe that never reported (its request was cut off) is not waited for longer than the circuit stays open.
      if (probingSince !== undefined && now - probingSince < CIRCUIT_OPEN_MS) {
        return { admitted: false, retryAfterMs: CIRCUIT_OPEN_MS - (now - probingSince) };
      }
      probingSince = now;
      return { admitted: true };
    },
    note(health, now) {
      const probing = probingSince !== undefined;
      probingSince = undefined;
      if (health === "unknown") return;
      if (health === "good") {
        failures = 0;
        openUntil = undefined;
        return;
      }
      failures += 1;
      if (probing || health === "refuses_us" || failures >= CIRCUIT_FAILURES) openUntil = now + CIRCUIT_OPEN_MS;
    },
  };
}
