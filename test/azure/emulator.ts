/**
 * An emulator of Azure Translator's v3.0 translate operation, for tests and for developing without an account. It
 * checks what it is sent as strictly as the real one or more strictly, answers readable pseudo-translations, fails on
 * demand and counts what it was asked. A bad request is refused before any fault on demand, so no fault hides it.
 */

import { meteredCharacters } from "./answer.ts";
import { admitCharacters } from "./character-window.ts";
import type { IncomingRequest } from "./checked.ts";
import {
  applyControl,
  CONTROL_PATH,
  type Control,
  type ResourceStatus,
  resourceStatus,
  serveControl,
} from "./control.ts";
import { type FaultPlan, nextFault } from "./fault-plans.ts";
import { answerCall } from "./faulty-answer.ts";
import { enterCall, recordCall, recordRefusal } from "./ledger.ts";
import { type Refusal, refusalResponse } from "./refusals.ts";
import { createResource, DEFAULT_SETTINGS, type Resource, type ResourceSettings } from "./resource.ts";
import { checkTranslateRequest } from "./translate-request.ts";

/** How an emulator is set up; every host starts with these settings. */
export interface AzureEmulatorOptions extends Partial<ResourceSettings> {
  /** Milliseconds; only the sliding limit looks at it. */
  readonly now?: () => number;
  /** Takes one readable line for each translate call, without any text of it. */
  readonly log?: (line: string) => void;
}

/** Any number of emulated resources, told apart by the host name of the request. */
export interface AzureEmulator {
  /** Answers one request; rejects only when the caller leaves during a wait. */
  fetch(request: IncomingRequest): Promise<Response>;
  /** Tells the resource at `hostname` something, as `POST /__emulator` does. */
  control(hostname: string, control: Control): void;
  /** What the resource at `hostname` was asked so far, as `GET /__emulator` answers it. */
  status(hostname: string): ResourceStatus;
}

/** The global and geographic endpoints' path, and the one under a custom domain. */
const TRANSLATE_PATHS = ["/translate", "/translator/text/v3.0/translate"];

/** One resource, so that curl on `localhost` controls what a Worker reaches by address. */
const LOOPBACK_NAMES = ["localhost", "[::1]"];

/** Makes an emulator with no resources yet: each appears when its host is first spoken to. */
export function createAzureEmulator(options: AzureEmulatorOptions = {}): AzureEmulator {
  const { now = Date.now, log = () => undefined, ...settings } = options;
  const initial: ResourceSettings = { ...DEFAULT_SETTINGS, ...settings };
  const resources = new Map<string, Resource>();

  function resourceAt(hostname: string): Resource {
    const name = LOOPBACK_NAMES.includes(hostname) ? "127.0.0.1" : hostname;
    const resource = resources.get(name) ?? createResource(initial);
    resources.set(name, resource);
    return resource;
  }

  return {
    async fetch(request) {
      const url = new URL(request.url);
      const resource = resourceAt(url.hostname);
      if (url.pathname === CONTROL_PATH) return serveControl(request, resource, initial);
      if (!TRANSLATE_PATHS.includes(url.pathname)) return refusalResponse({ code: 404000 });
      if (request.method !== "POST") return refusalResponse({ code: 405000 });
      return translate(request, url.searchParams, resource, now, log);
    },
    control: (hostname, control) => applyControl(resourceAt(hostname), control, initial),
    status: (hostname) => resourceStatus(resourceAt(hostname)),
  };
}

async function translate(
  request: IncomingRequest,
  query: URLSearchParams,
  resource: Resource,
  now: () => number,
  log: (line: string) => void,
): Promise<Response> {
  const { ledger } = resource;
  const leave = enterCall(ledger);
  try {
    const checked = await checkTranslateRequest(request, query, resource);
    if (checked.kind === "refused") {
      log(recordRefusal(ledger, checked.refusal));
      return refusalResponse(checked.refusal);
    }
    const { meter, limitPer10s } = resource.settings;
    const call = checked.value;
    const fault =
      nextFault(resource.faults) ??
      asFault(admitCharacters(resource.window, limitPer10s, meteredCharacters(call, meter), now()));
    log(recordCall(ledger, call, fault, meter));
    return await answerCall(call, fault, meter, request.signal);
  } finally {
    leave();
  }
}

function asFault(refusal: Refusal | null): FaultPlan | null {
  return refusal === null ? null : { as: "error", code: refusal.code, retryAfter: refusal.retryAfter };
}
