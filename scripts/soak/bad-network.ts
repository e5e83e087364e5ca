/**
 * A network between a client and the edge that loses answers after the server has acted, and delivers some requests a
 * second time later, as mobile networks do. Requests themselves always arrive: a lost one changes nothing on the server.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Fetch } from "../client/send.ts";

const LOST_ANSWERS = 0.2;
const DELAYED_DUPLICATES = 0.1;
/** Long enough for several rotations in between. */
const DUPLICATE_DELAY_MS = 5000;
const DUPLICATE_TIMEOUT_MS = 10_000;

/** The network, and what it did. */
export interface BadNetwork {
  readonly fetch: Fetch;
  readonly lost: () => number;
  readonly duplicated: () => number;
  /** Waits until every delayed duplicate has arrived. */
  readonly quiet: () => Promise<void>;
}

/** Makes a network with this chance; `wait` holds a duplicate back. */
export function badNetwork(random: () => number, wait: (ms: number) => Promise<unknown> = pause): BadNetwork {
  const underWay = new Set<Promise<void>>();
  let lost = 0;
  let duplicated = 0;

  async function deliverLater(url: string, init: RequestInit): Promise<void> {
    await wait(random() * DUPLICATE_DELAY_MS);
    const again = await fetch(url, { ...init, signal: AbortSignal.timeout(DUPLICATE_TIMEOUT_MS) });
    await again.arrayBuffer();
  }

  return {
    async fetch(url, init) {
      const response = await fetch(url, init);
      if (random() < DELAYED_DUPLICATES) {
        duplicated += 1;
        const delivery = deliverLater(url, init)
          .catch(() => undefined)
          .finally(() => underWay.delete(delivery));
        underWay.add(delivery);
      }
      if (random() >= LOST_ANSWERS) return response;
      lost += 1;
      await response.arrayBuffer();
      throw new TypeError("The answer was lost");
    },
    lost: () => lost,
    duplicated: () => duplicated,
    async quiet() {
      await Promise.all(underWay);
    },
  };
}

/** The same network for a client that sends no `attempt_id`, as the contract allows. */
export function withoutAttemptIds(fetch: Fetch): Fetch {
  return (url, init) => {
    const form = new URLSearchParams(typeof init.body === "string" ? init.body : "");
    if (!form.has("attempt_id")) return fetch(url, init);
    form.delete("attempt_id");
    return fetch(url, { ...init, body: form.toString() });
  };
}
