/** Transfer codes: how a phone in the owner's hand lets one more device in. */
import * as v from "valibot";
import { hashesOfTransferCode, newTransferCode } from "../auth/code.ts";
import { type AuthParts, refuseEnded } from "../auth/middleware.ts";
import { TRANSFER_CODE_MS } from "../bounds.ts";
import { type Declaration, type Mount, refuse } from "../route.ts";
import { iso, time } from "./shapes.ts";
import { makeTransferCode, readTransferCode, takeTransferCodeBack } from "./transfer-store.ts";

const TAG = "Account";

const makeRoute = {
  method: "post",
  path: "/v1/transfer-codes",
  access: "step-up",
  docs: DOCUMENTED && {
    operationId: "makeTransferCode",
    tag: TAG,
    summary: "Make a transfer code",
    description:
      "For a new phone: one device joins this account with it, within ten minutes. It takes the place of the code before, and is not told again.",
    answers: {
      201: {
        description: "The code.",
        schema: v.object({
          code: v.pipe(v.string(), v.description("Twelve characters in groups of four, to be typed in any case.")),
          link: v.pipe(v.string(), v.description("The same as a link, for a QR code: the code stands behind `#`.")),
          expiresAt: time,
        }),
      },
    },
    errors: ["storage_unavailable"],
  },
} as const satisfies Declaration;

const lookRoute = {
  method: "get",
  path: "/v1/transfer-codes/current",
  access: "token",
  docs: DOCUMENTED && {
    operationId: "getTransferCode",
    tag: TAG,
    summary: "What became of the transfer code",
    description: "The account's latest code, whichever of its devices made it.",
    answers: {
      200: {
        description: "Whether it waits, was used (by which device, when) or has expired.",
        schema: v.object({
          status: v.picklist(["waiting", "used", "expired"]),
          expiresAt: time,
          usedAt: v.nullable(time),
          device: v.nullable(v.object({ id: v.string(), name: v.nullable(v.string()) })),
        }),
      },
    },
    errors: ["not_found", "storage_unavailable"],
  },
} as const satisfies Declaration;

const takeBackRoute = {
  method: "delete",
  path: "/v1/transfer-codes/current",
  access: "token",
  docs: DOCUMENTED && {
    operationId: "deleteTransferCode",
    tag: TAG,
    summary: "Take the transfer code back",
    description: "From then on it is good for nothing. A device that joined with it stays.",
    answers: { 204: { description: "There is no code." } },
    errors: ["storage_unavailable"],
  },
} as const satisfies Declaration;

/** Mounts the routes. */
export function transferRoutes(mount: Mount, { keyringOf, clock }: AuthParts): void {
  mount(makeRoute, async (c) => {
    const config = c.get("config");
    const now = clock();
    const code = newTransferCode();
    const [hash] = await hashesOfTransferCode((await keyringOf(config)).tokens, code);
    if (hash === undefined) throw new TypeError("There is no token secret");
    const expiresAt = now + TRANSFER_CODE_MS;
    const made = await c
      .get("trace")
      .timed("d1", () => makeTransferCode(c.env.DB, c.get("caller"), hash, now, expiresAt));
    if (!made) return refuseEnded(c);
    return c.json({ code, link: `${config.transferLink}#${code}`, expiresAt: iso(expiresAt) }, 201);
  });

  mount(lookRoute, async (c) => {
    const now = clock();
    const read = await c.get("trace").timed("d1", () => readTransferCode(c.env.DB, c.get("caller"), now));
    if (read === undefined) return refuseEnded(c);
    const { code } = read;
    if (code === undefined) return refuse(c, { code: "not_found", detail: "This account has no transfer code." });
    const { usedAt, expiresAt, usedById, usedByName } = code;
    return c.json({
      status: usedAt !== null ? "used" : expiresAt > now ? "waiting" : "expired",
      expiresAt: iso(expiresAt),
      usedAt: usedAt === null ? null : iso(usedAt),
      device: usedById === null ? null : { id: usedById, name: usedByName },
    });
  });

  mount(takeBackRoute, async (c) => {
    const live = await c.get("trace").timed("d1", () => takeTransferCodeBack(c.env.DB, c.get("caller"), clock()));
    return live ? c.body(null, 204) : refuseEnded(c);
  });
}
