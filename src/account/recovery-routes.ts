/** The recovery code: made by the app, written down by its owner, and good for coming back without any device. */
import type { Context } from "hono";
import * as v from "valibot";
import { foldCode, hashOfRecoveryCode, RECOVERY_CODE } from "../auth/code.ts";
import { type AuthParts, provesPassword, refuseEnded, stepUpNeeded } from "../auth/middleware.ts";
import { RECOVERY_BODY_BYTES } from "../bounds.ts";
import type { AppEnv } from "../context.ts";
import { type Declaration, type Mount, refuse } from "../route.ts";
import { keepRecoveryHash } from "./recovery-store.ts";

const TAG = "Account";

const Body = v.object(
  {
    code: v.pipe(
      v.string("must be a string"),
      v.description("26 characters of Crockford's base 32 (130 random bits), in any case, hyphens and spaces aside."),
      v.check((text) => RECOVERY_CODE.test(foldCode(text)), "must be 26 characters of Crockford's base 32"),
    ),
  },
  "must be an object",
);

const putRoute = {
  method: "put",
  path: "/v1/account/recovery-code",
  access: "step-up",
  body: { kind: "json", schema: Body, limitBytes: RECOVERY_BODY_BYTES },
  docs: DOCUMENTED && {
    operationId: "putRecoveryCode",
    tag: TAG,
    summary: "Set the recovery code",
    description:
      "The app makes the code from 130 random bits and shows it before it is sent, so a repeated request is the same and a lost answer leaves no dead code on paper. It replaces the code before, and is good until it is replaced or deleted.",
    examples: { code: { code: "7K2M-9QXW-3TRB-5HVD-8NCF-4GZP-6J" } },
    answers: { 204: { description: "The code is good." } },
    errors: ["storage_unavailable"],
  },
} as const satisfies Declaration;

const deleteRoute = {
  method: "delete",
  path: "/v1/account/recovery-code",
  access: "step-up",
  docs: DOCUMENTED && {
    operationId: "deleteRecoveryCode",
    tag: TAG,
    summary: "Delete the recovery code",
    description: "From then on it is good for nothing.",
    answers: { 204: { description: "There is no code." } },
    errors: ["storage_unavailable"],
  },
} as const satisfies Declaration;

/** Mounts the routes. */
export function recoveryRoutes(mount: Mount, { clock }: AuthParts): void {
  async function keep(c: Context<AppEnv>, hash: string | null): Promise<Response> {
    const kept = await c
      .get("trace")
      .timed("d1", () => keepRecoveryHash(c.env.DB, c.get("caller"), provesPassword(c), hash, clock()));
    switch (kept) {
      case "session_over":
        return refuseEnded(c);
      case "password_needed":
        return refuse(c, stepUpNeeded("password"));
      case "kept":
        return c.body(null, 204);
    }
  }

  mount(putRoute, async (c, { body }) => keep(c, await hashOfRecoveryCode(body.code)));

  mount(deleteRoute, (c) => keep(c, null));
}
