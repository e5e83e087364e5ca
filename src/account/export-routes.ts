/** The owner takes everything along: the account's export, by access token or by a signed link. */
import * as v from "valibot";
import { type AuthParts, hasSteppedUp, refuseEnded, stepUpNeeded } from "../auth/middleware.ts";
import { type Declaration, type Mount, refuse } from "../route.ts";
import { Entry } from "../vocabulary/shapes.ts";
import { exportAccount } from "./export.ts";
import { count, deviceFacts, time } from "./shapes.ts";

const exportRoute = {
  method: "get",
  path: "/v1/account/export",
  access: "token-or-link",
  query: v.object({
    link: v.optional(v.pipe(v.string(), v.description("In place of the access token, from `POST /v1/links`."))),
  }),
  docs: DOCUMENTED && {
    operationId: "exportAccount",
    tag: "Account",
    summary: "Download everything that is kept on the account",
    description:
      "The account, its devices, sessions and transfer code, the characters of each day, failed guesses, alerts and security events about it, and all entries. Hashes and secrets are not in it. Needs an access token from a sign-in or step-up of the last five minutes, or a signed link, which is made for such a token only. `POST /v1/vocabulary/import` takes the file, for its entries.",
    answers: {
      200: {
        description: "The document.",
        schema: v.object({
          account: v.object({
            id: v.string(),
            createdAt: time,
            email: v.nullable(v.string()),
            hasRecoveryCode: v.boolean(),
          }),
          devices: v.array(
            v.object({
              ...deviceFacts,
              appId: v.string(),
              createdAt: time,
              lastSeenAt: time,
              removedAt: v.nullable(time),
              displacedAt: v.nullable(time),
              joined: v.pipe(
                v.nullable(v.object({ moved: count, equal: count, renamed: count, left: count })),
                v.description("What its joining of this account moved."),
              ),
            }),
          ),
          sessions: v.array(
            v.object({
              ...{ id: v.string(), deviceId: v.string() },
              ...{ createdAt: time, lastUsedAt: time, expiresAt: time, endedAt: v.nullable(time) },
            }),
          ),
          transferCodes: v.array(
            v.object({
              ...{ deviceId: v.string(), createdAt: time, expiresAt: time },
              ...{ usedBy: v.nullable(v.string()), usedAt: v.nullable(time) },
            }),
          ),
          days: v.array(v.object({ day: v.pipe(v.string(), v.isoDate()), characters: count })),
          failures: v.array(v.object({ period: v.string(), subject: v.string(), count, lastAt: time })),
          alerts: v.array(v.object({ hour: v.string(), kind: v.string(), count })),
          events: v.array(
            v.object({
              ...{ at: time, kind: v.string(), severity: v.picklist(["info", "warning", "alarm"]) },
              ...{ sessionId: v.nullable(v.string()), cause: v.nullable(v.string()) },
            }),
          ),
          entries: v.array(v.omit(Entry, ["rev"])),
        }),
        headers: { "Content-Disposition": "A name for the file." },
      },
    },
    errors: ["insufficient_user_authentication", "storage_unavailable"],
  },
} as const satisfies Declaration;

/** Mounts the route. */
export function exportRoutes(mount: Mount, { clock }: AuthParts): void {
  mount(exportRoute, async (c) => {
    const caller = c.get("caller");
    // As the middleware has it: with a link in the query nothing else counts, and links here are made after a step-up only.
    const byLink = new URL(c.req.url).searchParams.has("link");
    if (!byLink && !hasSteppedUp(caller, clock())) return refuse(c, stepUpNeeded());
    const stream = await exportAccount(c.env.DB, caller.sessionId, clock);
    if (stream === undefined) return refuseEnded(c);
    return c.body(stream, 200, {
      "Content-Type": "application/json",
      "Content-Disposition": 'attachment; filename="account.json"',
    });
  });
}
