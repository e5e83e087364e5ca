/** What fetching misses takes, without an app around it: so that a test can lose a leader, or hold an isolate's flights. */
import { env } from "cloudflare:workers";
import type { AccountId, DeviceId, SessionId } from "../../src/auth/ids.ts";
import { readConfig } from "../../src/config.ts";
import { startTrace } from "../../src/observe.ts";
import { outbound } from "../../src/outbound.ts";
import { createCircuit } from "../../src/provider/circuit.ts";
import { createFlights } from "../../src/translate/coalesce.ts";
import type { MissesContext } from "../../src/translate/misses.ts";
import type { TierContext, UnitResult } from "../../src/translate/translate.ts";
import { makeUnit, type Unit } from "../../src/translate/unit.ts";
import type { Tokens } from "../worker.ts";

/** A unit of plain text into Spanish. */
export function unitOf(text: string): Unit {
  return makeUnit({ text, from: undefined, to: "es", textType: "plain", toScript: undefined });
}

/** An isolate's flights and circuit, and contexts of requests in it that differ in what is given. */
export function fetching(azure: Readonly<Record<string, string>>, tokens: Tokens, clock: () => number) {
  const flights = createFlights();
  const circuit = createCircuit();
  const config = readConfig({ ...env, ...azure });
  if (config.azure === undefined) throw new Error("The emulator is not configured");
  const { azure: account } = config;
  const memory = new Map<string, UnitResult>();
  const context = (different: Partial<TierContext> = {}): MissesContext => ({
    flights,
    circuit,
    account,
    find: ({ key }) => memory.get(key),
    keep(results) {
      for (const [{ key }, result] of results)
        if (result.ok) memory.set(key, { ok: true, source: "memory", translation: result.translation });
    },
    tiers: {
      db: env.DB,
      kv: env.TRANSLATIONS,
      fetch: outbound,
      clock,
      waitUntil: () => undefined,
      config,
      // The ids are those of a real sign-in.
      caller: {
        accountId: tokens.account_id as AccountId,
        sessionId: tokens.session_id as SessionId,
        deviceId: tokens.device_id as DeviceId,
        authTime: 0,
        proved: false,
        expiresAt: 0,
      },
      trace: startTrace("a-request", { log: () => undefined, clock, isNew: () => true }),
      hashedAddress: async () => "an address",
      mayStore: true,
      ...different,
    },
  });
  return { flights, context };
}
