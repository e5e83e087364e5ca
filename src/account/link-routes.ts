/** Signed links to downloads that a browser or share sheet opens without headers. */
import * as v from "valibot";
import { signLink } from "../auth/link-token.ts";
import { type AuthParts, hasSteppedUp, refuseEnded, stepUpNeeded } from "../auth/middleware.ts";
import { LINK_BODY_BYTES, LINK_SECONDS } from "../bounds.ts";
import { type Declaration, type Mount, refuse } from "../route.ts";
import { isLive } from "./session-store.ts";
import { iso, time } from "./shapes.ts";

/** What links may lead to. The account's export needs the app's secret proved when the link is made; the link itself then stands for that. */
const ACCOUNT_EXPORT = "/v1/account/export";
const LINKED = ["/v1/vocabulary/export", ACCOUNT_EXPORT];

/** Characters of a path with its query, as it was sent and as it is signed: a longer one would make a token that is refused unread. */
const PATH_CHARACTERS = 500;

const linkRoute = {
  method: "post",
  path: "/v1/links",
  access: "token",
  body: {
    kind: "json",
    schema: v.object(
      {
        path: v.pipe(
          v.string("must be a path"),
          v.regex(/^\/[^\s#\\]*$/, "must be a path with its query"),
          v.maxLength(PATH_CHARACTERS),
          v.description("`/v1/vocabulary/export` or `/v1/account/export`, with its query."),
        ),
      },
      "must be an object",
    ),
    limitBytes: LINK_BODY_BYTES,
  },
  docs: DOCUMENTED && {
    operationId: "createLink",
    tag: "Account",
    summary: "A link to a download",
    description:
      "Good for five minutes, for this path with its query and nothing else, and no longer than the session. A link to `/v1/account/export` is made for a token from a sign-in or step-up of the last five minutes only.",
    examples: { csv: { path: "/v1/vocabulary/export?format=csv" } },
    answers: {
      200: { description: "The link.", schema: v.object({ url: v.pipe(v.string(), v.url()), expiresAt: time }) },
    },
    errors: ["insufficient_user_authentication", "storage_unavailable"],
  },
} as const satisfies Declaration;

/** Mounts the route. */
export function linkRoutes(mount: Mount, { keyringOf, clock }: AuthParts): void {
  mount(linkRoute, async (c, { body }) => {
    const caller = c.get("caller");
    const config = c.get("config");
    const now = clock();
    // A path that begins with two slashes names another host.
    const { origin, pathname, search, searchParams } = new URL(body.path, config.issuer);
    const isOurs = origin === new URL(config.issuer).origin;
    if (!isOurs || !LINKED.includes(pathname) || searchParams.has("link")) {
      return refuse(c, {
        code: "invalid_request",
        detail: "There are no links to that path.",
        errors: [{ path: "path", message: `must be ${LINKED.join(" or ")}` }],
      });
    }
    const path = pathname + search;
    if (path.length > PATH_CHARACTERS) {
      return refuse(c, {
        code: "invalid_request",
        detail: "The path is too long.",
        errors: [{ path: "path", message: `must have at most ${PATH_CHARACTERS} characters, percent-encoded` }],
      });
    }
    if (pathname === ACCOUNT_EXPORT && !hasSteppedUp(caller, now)) return refuse(c, stepUpNeeded());
    if (!(await c.get("trace").timed("d1", () => isLive(c.env.DB, caller, now)))) return refuseEnded(c);
    const token = await signLink((await keyringOf(config)).signing, config.issuer, caller, path, now);
    const url = `${origin}${path}${search === "" ? "?" : "&"}link=${token}`;
    return c.json({ url, expiresAt: iso((Math.floor(now / 1000) + LINK_SECONDS) * 1000) });
  });
}
