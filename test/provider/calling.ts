/** One call to the provider on fake time: the emulator answers in this process, and every wait is run off at once. */
import { vi } from "vitest";
import { PROVIDER_TOTAL_MS } from "../../src/bounds.ts";
import { type CallResult, callProvider } from "../../src/provider/call.ts";
import type { ProviderAccount, ProviderCall } from "../../src/provider/wire.ts";
import type { Control } from "../azure/control.ts";
import { createAzureEmulator } from "../azure/emulator.ts";
import { recordingTrace } from "./recording-trace.ts";

const HOST = "call.azure.test";

/** The resource's own account. */
export const ACCOUNT: ProviderAccount = { endpoint: `https://${HOST}`, region: "westeurope", key: "emulator-key" };

/** Six characters of text, one of which takes two, into two targets. */
export const CALL: ProviderCall = {
  texts: ["abc", "d🏖"],
  from: "en",
  targets: ["es", "ja"],
  textType: "plain",
  toScript: undefined,
};

/** What `CALL` is reserved for; by code points it is two less. */
export const CHARACTERS = 12;

/** When the call is made. */
export const START = Date.UTC(2026, 10, 25, 12);

/** Turns of the event loop that a body needs to come through, with room to spare. */
const TURNS = 20;

/** What a call came to. */
export interface Called {
  readonly result: CallResult;
  /** When each attempt was made, in milliseconds from the start. */
  readonly attempts: readonly number[];
  readonly ms: number;
  /** How often the provider asked for a pause. */
  readonly pauses: number;
  /** The log line's fields, and the events. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

/** Jitter is half of what could be drawn, so that every wait is known. */
export function fakeTime(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: START });
  vi.spyOn(Math, "random").mockReturnValue(0.5);
}

/** Calls an emulator that was told `control`; or whatever `send` is. */
export async function call(control: Control, account = ACCOUNT, send?: typeof fetch): Promise<Called> {
  const azure = createAzureEmulator();
  azure.control(HOST, control);
  const { trace, fields, events } = recordingTrace();
  const attempts: number[] = [];
  let pauses = 0;
  let result: CallResult | undefined;
  const calling = callProvider(
    {
      account,
      fetch: (url, init) => {
        attempts.push(Date.now() - START);
        return send === undefined ? azure.fetch(new Request(url, init)) : send(url, init);
      },
      clock: Date.now,
      deadline: START + PROVIDER_TOTAL_MS,
      trace,
      onBusy: () => {
        pauses += 1;
      },
    },
    CALL,
  ).then((value) => {
    result = value;
  });
  for (;;) {
    for (let turn = 0; turn < TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    if (result !== undefined) break;
    await vi.advanceTimersToNextTimerAsync();
  }
  await calling;
  return { result, attempts, ms: Date.now() - START, pauses, fields: fields(), events: events() };
}
