/** The owner's devices: seen, named, and removed. */
import type { Context } from "hono";
import * as v from "valibot";
import { type AuthParts, provesPassword, refuseEnded, stepUpNeeded } from "../auth/middleware.ts";
import { deviceName } from "../auth/token-request.ts";
import { DEVICE_BODY_BYTES } from "../bounds.ts";
import type { AppEnv } from "../context.ts";
import type { Failure } from "../errors.ts";
import { type Declaration, type Mount, refuse } from "../route.ts";
import { type DeviceRow, listDevices, removeDevice, renameDevice } from "./device-store.ts";
import { deviceFacts, IdOrCurrent, iso, time } from "./shapes.ts";

const TAG = "Account";

const Device = v.object({
  ...deviceFacts,
  current: v.boolean(),
  createdAt: time,
  lastSeenAt: v.pipe(time, v.description("Its latest sign-in or refresh.")),
  sessionId: v.pipe(v.nullable(v.string()), v.description("Its live session.")),
});

const listRoute = {
  method: "get",
  path: "/v1/devices",
  access: "token",
  docs: DOCUMENTED && {
    operationId: "listDevices",
    tag: TAG,
    summary: "The account's devices",
    description: "Every device that was not removed, the oldest first.",
    answers: { 200: { description: "The devices.", schema: v.object({ devices: v.array(Device) }) } },
    errors: ["storage_unavailable"],
  },
} as const satisfies Declaration;

const renameRoute = {
  method: "patch",
  path: "/v1/devices/:id",
  access: "token",
  params: IdOrCurrent,
  body: {
    kind: "json",
    schema: v.object({ name: v.nullable(deviceName) }, "must be an object"),
    limitBytes: DEVICE_BODY_BYTES,
  },
  docs: DOCUMENTED && {
    operationId: "renameDevice",
    tag: TAG,
    summary: "Name a device",
    description: "`null` takes its name away.",
    examples: { name: { name: "Old phone" } },
    answers: { 200: { description: "The device as it is now.", schema: Device } },
    errors: ["not_found", "storage_unavailable"],
  },
} as const satisfies Declaration;

const removeRoute = {
  method: "delete",
  path: "/v1/devices/:id",
  access: "step-up",
  params: IdOrCurrent,
  docs: DOCUMENTED && {
    operationId: "removeDevice",
    tag: TAG,
    summary: "Remove a device",
    description:
      "For a lost phone: ends its session, forgets its app secret, so that its app ID never signs in again, and voids a transfer code that it made. Where the account has a password, removing another device than the current one needs a step-up that proves it. Repeating it is 204 while the device is kept. The last device of an account with neither email nor recovery code cannot be removed.",
    answers: { 204: { description: "It is removed." } },
    errors: ["not_found", "last_device", "storage_unavailable"],
  },
} as const satisfies Declaration;

const UNKNOWN: Failure = { code: "not_found", detail: "This account has no such device." };
const LAST: Failure = {
  code: "last_device",
  detail: "Nobody could reach the account without its last device: it has neither email nor recovery code.",
};

/** Mounts the routes. */
export function deviceRoutes(mount: Mount, { revocations, clock }: AuthParts): void {
  const wire = (c: Context<AppEnv>, row: DeviceRow) => ({
    id: row.id,
    current: row.id === c.get("caller").deviceId,
    name: row.name,
    platform: row.platform,
    appVersion: row.appVersion,
    createdAt: iso(row.createdAt),
    lastSeenAt: iso(row.lastSeenAt),
    sessionId: row.sessionId,
  });
  const idOf = (c: Context<AppEnv>, id: string) => (id === "current" ? c.get("caller").deviceId : id);

  mount(listRoute, async (c) => {
    const rows = await c.get("trace").timed("d1", () => listDevices(c.env.DB, c.get("caller"), clock()));
    return rows.length === 0 ? refuseEnded(c) : c.json({ devices: rows.map((row) => wire(c, row)) });
  });

  mount(renameRoute, async (c, { params, body }) => {
    const id = idOf(c, params.id);
    const rows = await c
      .get("trace")
      .timed("d1", () => renameDevice(c.env.DB, c.get("caller"), id, body.name, clock()));
    if (rows.length === 0) return refuseEnded(c);
    const row = rows.find((device) => device.id === id);
    return row === undefined ? refuse(c, UNKNOWN) : c.json(wire(c, row));
  });

  mount(removeRoute, async (c, { params }) => {
    const now = clock();
    const removal = await c
      .get("trace")
      .timed("d1", () =>
        removeDevice(
          c.env.DB,
          c.get("caller"),
          idOf(c, params.id),
          { provesPassword: provesPassword(c), emailAccounts: c.get("config").emailAccounts },
          now,
        ),
      );
    switch (removal.outcome) {
      case "session_over":
        return refuseEnded(c);
      case "password_needed":
        return refuse(c, stepUpNeeded("password"));
      case "unknown":
        return refuse(c, UNKNOWN);
      case "last_device":
        return refuse(c, LAST);
      case "removed":
        revocations.markEnded(removal.sessions, now);
        return c.body(null, 204);
    }
  });
}
