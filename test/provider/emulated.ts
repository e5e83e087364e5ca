/** The Azure emulator as a test inside the Workers runtime sees it: a resource of the test file's own, by host name. */
import type { Control, ResourceStatus } from "../azure/control.ts";

/** One emulated resource: the settings that point a Worker at it, and its control plane. */
export function emulated(name: string) {
  const endpoint = `https://${name}.azure.test`;

  async function speak(init?: RequestInit): Promise<ResourceStatus> {
    const response = await fetch(`${endpoint}/__emulator`, init);
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  }

  return {
    env: {
      AZURE_TRANSLATOR_ENDPOINT: endpoint,
      AZURE_TRANSLATOR_KEY: "emulator-key",
      AZURE_TRANSLATOR_REGION: "westeurope",
    },
    /** Tells the resource something; fields replace what was set before. */
    tell: (control: Control) => speak({ method: "POST", body: JSON.stringify(control) }),
    /** What the resource was asked since its last reset. */
    status: () => speak(),
  };
}
