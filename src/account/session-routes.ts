/** The owner's sessions: seen, and ended. */
import type { Context } from "hono";
import * as v from "valibot";
import { type AuthParts, refuseEnded } from "../auth/middleware.ts";
import type { AppEnv } from "../context.ts";
import type { Failure } from "../errors.ts";
import { type Declaration, type Mount, refuse } from "../route.ts";
import { type Ending, endSessions, listSessions, type SessionRow } from "./session-store.ts";
import { deviceFacts, IdOrCurrent, iso, time } from "./shapes.ts";

const TAG = "Account";

const Session = v.object({
  id: v.string(),
  current: v.boolean(),
  createdAt: time,
  lastUsedAt: time,
  expiresAt: time,
  device: v.object(deviceFacts),
});

const listRoute = {
  method: "get",
  path: "/v1/sessions",
  access: "token",
  docs: DOCUMENTED && {
    operationId: "listSessions",
    tag: TAG,
    summary: "The account's sessions",
    description: "Every live session, the oldest sign-in first.",
    answers: { 200: { description: "The sessions.", schema: v.object({ sessions: v.array(Session) }) } },
    errors: ["storage_unavailable"],
  },
} as const satisfies Declaration;

const oneRoute = {
  method: "get",
  path: "/v1/sessions/:id",
  access: "token",
  params: IdOrCurrent,
  docs: DOCUMENTED && {
    operationId: "getSession",
    tag: TAG,
    summary: "One session",
    description: "Exact: `current` answers 401 as soon as the session has ended, whatever its access token says.",
    answers: { 200: { description: "The session.", schema: Session } },
    errors: ["not_found", "storage_unavailable"],
  },
} as const satisfies Declaration;

const endOneRoute = {
  method: "delete",
  path: "/v1/sessions/:id",
  access: "token",
  params: IdOrCurrent,
  docs: DOCUMENTED && {
    operationId: "endSession",
    tag: TAG,
    summary: "End one session",
    description: "Signs that session out; its device may sign in again. Repeating it is 204 while the session is kept.",
    answers: { 204: { description: "The session is over." } },
    errors: ["not_found", "storage_unavailable"],
  },
} as const satisfies Declaration;

const endManyRoute = {
  method: "delete",
  path: "/v1/sessions",
  access: "token",
  query: v.object({
    scope: v.pipe(v.picklist(["others", "all"], "must be others or all"), v.description("Which sessions to end.")),
  }),
  docs: DOCUMENTED && {
    operationId: "endSessions",
    tag: TAG,
    summary: "End the other sessions, or all",
    description: "`scope=others` keeps the caller's own, `scope=all` does not.",
    answers: { 204: { description: "They are over." } },
    errors: ["storage_unavailable"],
  },
} as const satisfies Declaration;

const UNKNOWN: Failure = { code: "not_found", detail: "This account has no such session." };

/** Mounts the routes. */
export function sessionRoutes(mount: Mount, { revocations, clock }: AuthParts): void {
  const wire = (c: Context<AppEnv>, row: SessionRow) => ({
    id: row.id,
    current: row.id === c.get("caller").sessionId,
    createdAt: iso(row.signedInAt),
    lastUsedAt: iso(row.rotatedAt),
    expiresAt: iso(row.idleExpiresAt),
    device: { id: row.deviceId, name: row.name, platform: row.platform, appVersion: row.appVersion },
  });
  const list = (c: Context<AppEnv>) =>
    c.get("trace").timed("d1", () => listSessions(c.env.DB, c.get("caller"), clock()));
  const idOf = (c: Context<AppEnv>, id: string) => (id === "current" ? c.get("caller").sessionId : id);

  async function end(c: Context<AppEnv>, ending: Ending): Promise<Response> {
    const now = clock();
    const ended = await c.get("trace").timed("d1", () => endSessions(c.env.DB, c.get("caller"), ending, now));
    if (!ended.callerLive) return refuseEnded(c);
    revocations.markEnded(ended.sessions, now);
    return ending.kind === "one" && !ended.found ? refuse(c, UNKNOWN) : c.body(null, 204);
  }

  mount(listRoute, async (c) => {
    const rows = await list(c);
    return rows.length === 0 ? refuseEnded(c) : c.json({ sessions: rows.map((row) => wire(c, row)) });
  });

  mount(oneRoute, async (c, { params }) => {
    const rows = await list(c);
    if (rows.length === 0) return refuseEnded(c);
    const row = rows.find(({ id }) => id === idOf(c, params.id));
    return row === undefined ? refuse(c, UNKNOWN) : c.json(wire(c, row));
  });

  mount(endOneRoute, (c, { params }) => end(c, { kind: "one", id: idOf(c, params.id) }));

  mount(endManyRoute, (c, { query }) => end(c, { kind: query.scope }));
}
