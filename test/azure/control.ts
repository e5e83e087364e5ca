/**
 * The emulator's control plane: what a resource can be told and what it tells of itself. The same two verbs serve
 * tests in this process and, as JSON at `/__emulator`, tests inside workerd and people with curl. Nothing protects
 * it: the emulator listens on the loopback only.
 */

import * as v from "valibot";
import type { IncomingRequest } from "./checked.ts";
import { armPlan, FAULT_PLAN, type FaultPlan, remainingPlans } from "./fault-plans.ts";
import type { Counters, RecordedCall } from "./ledger.ts";
import { createResource, type Resource, type ResourceSettings } from "./resource.ts";

/** Where the control plane answers on every emulated host. */
export const CONTROL_PATH = "/__emulator";

const CONTROL = v.strictObject({
  reset: v.optional(v.literal(true)),
  fail: v.optional(v.nullable(v.lazy((fail) => (Array.isArray(fail) ? v.array(FAULT_PLAN) : FAULT_PLAN)))),
  key: v.optional(v.pipe(v.string(), v.minLength(1))),
  region: v.optional(v.nullable(v.pipe(v.string(), v.minLength(1)))),
  limitPer10s: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1)))),
  meter: v.optional(v.picklist(["utf16", "codePoints"])),
});

/** Printed with every refused control, so that nobody has to look it up. */
const ALLOWED = {
  reset: "true: counters, faults and settings as at the start, before the rest is applied",
  fail: 'a fault, a list of them (the first that happens counts), or null: {"as": "error", "code": 429001, "retryAfter": 2, "times": 3}',
  key: "string",
  region: "string, or null for a global resource",
  limitPer10s: "characters times targets in any 10 seconds, or null",
  meter: "utf16 or codePoints: what X-Metered-Usage counts",
};

/** What a resource can be told. Each field replaces what was set before. */
export type Control = v.InferInput<typeof CONTROL>;

/** What a resource tells of itself. */
export interface ResourceStatus {
  readonly settings: ResourceSettings;
  /** The faults that can still happen. */
  readonly fail: readonly FaultPlan[];
  readonly counters: Readonly<Counters>;
  readonly calls: readonly RecordedCall[];
}

/** Applies a control to a resource; `initial` is what a reset goes back to. */
export function applyControl(resource: Resource, control: Control, initial: ResourceSettings): void {
  if (control.reset) Object.assign(resource, createResource(initial));
  const { key, region, limitPer10s, meter } = control;
  resource.settings = {
    key: key ?? resource.settings.key,
    region: region === undefined ? resource.settings.region : region,
    limitPer10s: limitPer10s === undefined ? resource.settings.limitPer10s : limitPer10s,
    meter: meter ?? resource.settings.meter,
  };
  if (control.fail === undefined) return;
  const plans = control.fail === null ? [] : [control.fail].flat();
  resource.faults = plans.map(armPlan);
}

/** A copy of a resource's state, which later calls do not change. */
export function resourceStatus({ settings, faults, ledger }: Resource): ResourceStatus {
  return { settings, fail: remainingPlans(faults), ...structuredClone(ledger) };
}

/** Serves the control plane over HTTP: GET tells, POST controls and tells. */
export async function serveControl(
  request: IncomingRequest,
  resource: Resource,
  initial: ResourceSettings,
): Promise<Response> {
  if (request.method === "POST") {
    const body = await request.text();
    let json: unknown;
    try {
      json = JSON.parse(body);
    } catch {
      return refuseControl(["the body is not JSON"]);
    }
    const parsed = v.safeParse(CONTROL, json);
    if (!parsed.success) return refuseControl(parsed.issues.map(describeIssue));
    applyControl(resource, parsed.output, initial);
  } else if (request.method !== "GET") {
    return Response.json({ faults: ["GET or POST"] }, { status: 405, headers: { Allow: "GET, POST" } });
  }
  return Response.json(resourceStatus(resource));
}

function refuseControl(faults: readonly string[]): Response {
  return Response.json({ faults, allowed: ALLOWED }, { status: 400 });
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  if (issue.type === "strict_object" && issue.expected === "never") return `${path ?? "a field"} is not known`;
  return path === null ? issue.message : `${path}: ${issue.message}`;
}
