/** The owner leaves: the account is erased, and whatever it kept with it. */
import { type AuthParts, provesPassword, refuseEnded, stepUpNeeded } from "../auth/middleware.ts";
import { type Declaration, type Mount, refuse } from "../route.ts";
import { eraseAccount } from "./erase-account-store.ts";

const eraseRoute = {
  method: "delete",
  path: "/v1/account",
  access: "step-up",
  docs: DOCUMENTED && {
    operationId: "eraseAccount",
    tag: "Account",
    summary: "Erase the account",
    description:
      "Erases the account with its devices, sessions, entries, codes, counts and the events about it, for good. All of its tokens end; its apps may enrol anew, and its email address is free. Where the account has a password, the step-up must prove that too. A repeat is 401, which means done. The database's own point-in-time restore keeps it for 30 days (7 on the Free plan), and translated texts stay cached, without saying whose they were.",
    answers: { 204: { description: "Nothing is left of it." } },
    errors: ["storage_unavailable"],
  },
} as const satisfies Declaration;

/** Mounts the route. */
export function eraseRoutes(mount: Mount, { revocations, clock }: AuthParts): void {
  mount(eraseRoute, async (c) => {
    const now = clock();
    const { sessionId } = c.get("caller");
    const erasure = await c.get("trace").timed("d1", () => eraseAccount(c.env.DB, sessionId, provesPassword(c), now));
    switch (erasure.outcome) {
      case "session_over":
        return refuseEnded(c);
      case "password_needed":
        return refuse(c, stepUpNeeded("password"));
      case "erased":
        revocations.markEnded(erasure.sessions, now);
        return c.body(null, 204);
    }
  });
}
