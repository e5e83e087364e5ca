// Starts the Azure emulator of the tests beside the local Worker, and says which variables point the Worker at it.

import { startAzureEmulator } from "../../test/azure/server.ts";
import { anyFreePort, isPortFree } from "./ports.ts";

/** Where the emulator is looked for when nothing else is asked; a second one takes a free port. */
const DEFAULT_EMULATOR_PORT = 8790;

/** A running emulator. */
export type RunningEmulator = {
  readonly url: string;
  /** The Worker's settings that point at it. */
  readonly vars: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
};

/** Starts the emulator on its default port where that may be taken and is free, else on any free one. */
export async function startEmulator(mayTakeDefaultPort: boolean): Promise<RunningEmulator> {
  const takesDefault = mayTakeDefaultPort && (await isPortFree(DEFAULT_EMULATOR_PORT, "127.0.0.1"));
  const port = takesDefault ? DEFAULT_EMULATOR_PORT : await anyFreePort();
  const emulator = await startAzureEmulator({ port, host: "127.0.0.1", log: console.log });
  return {
    url: emulator.url,
    vars: {
      AZURE_TRANSLATOR_ENDPOINT: emulator.url,
      AZURE_TRANSLATOR_REGION: "westeurope",
      AZURE_TRANSLATOR_KEY: "emulator-key",
    },
    close: () => emulator.close(),
  };
}
