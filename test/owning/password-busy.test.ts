/** What those are told for whose password there is no room: come back, nothing was consumed and no try was counted. */
import { env } from "cloudflare:workers";
import { beforeEach, expect, it } from "vitest";
import { NOON, signedIn, startEdge } from "../auth/edge.ts";
import { aroundDb } from "../bindings.ts";
import {
  accountRow,
  cheapHash,
  emailGrant,
  emailOwner,
  failures,
  forgetFailures,
  newEmail,
  PASSWORD,
  problemOf,
  putEmail,
} from "./email-owner.ts";

beforeEach(forgetFailures);

/** A Worker in whose isolate two other hashings begin just before the one of a request, for as long as `on`. */
function busyEdge() {
  const busy = { on: true };
  const others: Promise<string>[] = [];
  const DB = aroundDb(env.DB, async (make, { args }) => {
    const answer = await make();
    if (busy.on && /AS freeAt|AS taken/.test(String(args[0])))
      others.push(cheapHash("the password of another", NOON), cheapHash("the password of a third", NOON));
    return answer;
  });
  return { edge: startEdge({ DB }), busy, others };
}

it("a sign-in by email: 503 with Retry-After, and the same again is good", async () => {
  const { edge, busy, others } = busyEdge();
  const { email } = await emailOwner(edge);
  const refused = await emailGrant(edge, { email });
  expect([refused.status, refused.headers.get("Retry-After")]).toEqual([503, "2"]);
  expect(await refused.json()).toMatchObject({ error: "temporarily_unavailable" });
  await Promise.all(others);
  expect(await failures()).toEqual({ email: 0 });
  busy.on = false;
  expect((await emailGrant(edge, { email })).status).toBe(200);
});

it("a step-up: 503, and the refresh token stays good", async () => {
  const { edge, busy, others } = busyEdge();
  const { app, tokens } = await emailOwner(edge);
  const again = () => edge.refresh(tokens.refresh_token, { ...app, password: PASSWORD });
  expect((await again()).status).toBe(503);
  await Promise.all(others);
  expect(await failures()).toEqual({ device: 0 });
  busy.on = false;
  expect((await again()).status).toBe(200);
});

it("a registration: 503 `busy`, and nothing is set", async () => {
  const { edge, others } = busyEdge();
  const { tokens } = await signedIn(edge);
  const answer = await putEmail(edge, tokens.access_token, { email: newEmail(), password: PASSWORD });
  expect([...(await problemOf(answer)), answer.headers.get("Retry-After")]).toEqual([503, "busy", "2"]);
  expect(await accountRow(tokens.account_id)).toMatchObject({ email: null, password: null });
  await Promise.all(others);
});

it("after failures the delay is over when it was, not begun anew by a try that had no room", async () => {
  const { edge, busy, others } = busyEdge();
  const { email } = await emailOwner(edge);
  busy.on = false;
  for (const wait of [0, 1]) {
    edge.advance(wait * 1000);
    expect((await emailGrant(edge, { email, password: "wrong all along" })).status).toBe(400);
  }
  edge.advance(2000);
  busy.on = true;
  expect((await emailGrant(edge, { email })).status).toBe(503);
  await Promise.all(others);
  busy.on = false;
  edge.advance(1000);
  expect((await emailGrant(edge, { email })).status).toBe(200);
});
