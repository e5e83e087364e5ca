/**
 * One emulated Translator resource: its settings, the faults it is told to have, and everything it remembers. State
 * is kept for each host name, so that test files which run side by side do not see one another.
 */

import type { Meter } from "./answer.ts";
import type { CharacterWindow } from "./character-window.ts";
import type { ArmedPlan } from "./fault-plans.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import type { Credentials } from "./request-headers.ts";

/** What an operator would have set up, and how strict the resource is. */
export interface ResourceSettings extends Credentials {
  /** Characters times targets that are let through in any 10 seconds; null for no limit. */
  readonly limitPer10s: number | null;
  readonly meter: Meter;
}

/** A resource as a client of the emulator finds it at first. */
export const DEFAULT_SETTINGS: ResourceSettings = {
  key: "emulator-key",
  region: "westeurope",
  limitPer10s: null,
  meter: "utf16",
};

/** A resource and its memory. */
export interface Resource {
  settings: ResourceSettings;
  faults: readonly ArmedPlan[];
  ledger: Ledger;
  window: CharacterWindow;
  traceIds: Set<string>;
}

/** A fresh resource. */
export function createResource(settings: ResourceSettings): Resource {
  return { settings, faults: [], ledger: createLedger(), window: [], traceIds: new Set() };
}
