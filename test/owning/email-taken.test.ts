/** An address that another account has: told five times a day, to an account and to where it asks from. */
import { env } from "cloudflare:workers";
import { beforeEach, expect, it } from "vitest";
import { DAY_MS, type Edge, signedIn, startEdge } from "../auth/edge.ts";
import { aroundDb, counting } from "../bindings.ts";
import {
  accountRow,
  emailOwner,
  failures,
  forgetFailures,
  givePassword,
  newEmail,
  PASSWORD,
  problemOf,
  putEmail,
  steppedUp,
} from "./email-owner.ts";

beforeEach(forgetFailures);

const TAKEN = [409, "email_taken"];
const ENOUGH = [429, "rate_limited"];
const from = (address: string) => ({ "CF-Connecting-IP": address });

/** Asks for an address until five answers have said that it is taken. */
async function askFiveTimes(edge: Edge, token: string, email: string, address: (n: number) => string): Promise<void> {
  for (let n = 0; n < 5; n += 1) {
    const answer = await putEmail(edge, token, { email, password: PASSWORD }, from(address(n)));
    expect(await problemOf(answer)).toEqual(TAKEN);
  }
}

it("is 409 in any case of its letters, without a hashing, in one batch, and counted for both", async () => {
  const counted = counting(env);
  const edge = startEdge(counted.env);
  const { email } = await emailOwner(edge);
  const { tokens } = await signedIn(edge);
  counted.take();
  const answer = await putEmail(edge, tokens.access_token, { email: email.toUpperCase(), password: PASSWORD });
  expect(await problemOf(answer)).toEqual(TAKEN);
  expect(counted.take()).toMatchObject({ d1Batches: 1, d1Statements: 0 });
  expect(await failures()).toEqual({ taken: 1, "taken-ip": 1 });
});

it("is told an account five times a day, wherever it asks from; then every further address is refused until midnight", async () => {
  const edge = startEdge();
  const { email } = await emailOwner(edge);
  const { app, tokens } = await signedIn(edge);
  await askFiveTimes(edge, tokens.access_token, email, (n) => `198.51.100.${n}`);
  for (const asked of [email, newEmail()]) {
    const answer = await putEmail(edge, tokens.access_token, { email: asked, password: PASSWORD });
    expect([...(await problemOf(answer)), answer.headers.get("Retry-After")]).toEqual([...ENOUGH, "43200"]);
  }
  expect(await failures()).toMatchObject({ taken: 5 });
  expect((await accountRow(tokens.account_id)).email).toBeNull();
  edge.advance(DAY_MS / 2);
  const { access_token } = await steppedUp(edge, app, tokens);
  expect(await problemOf(await putEmail(edge, access_token, { email, password: PASSWORD }))).toEqual(TAKEN);
});

it("is told an address prefix five times a day, whichever account asks, and other prefixes go on", async () => {
  const edge = startEdge();
  const { email } = await emailOwner(edge);
  const { tokens } = await signedIn(edge);
  await askFiveTimes(edge, tokens.access_token, email, (n) => `2001:db8:1:1::${n}`);
  const { tokens: others } = await signedIn(edge);
  const again = (address: string) => putEmail(edge, others.access_token, { email, password: PASSWORD }, from(address));
  expect(await problemOf(await again("2001:db8:1:1:ffff::1"))).toEqual(ENOUGH);
  expect(await problemOf(await again("2001:db8:1:2::1"))).toEqual(TAKEN);
});

it("refuses five tries only of addresses: the account's own may still get another password", async () => {
  const edge = startEdge();
  const { email } = await emailOwner(edge);
  const { app, tokens } = await signedIn(edge);
  await askFiveTimes(edge, tokens.access_token, email, (n) => `198.51.100.${n}`);
  const own = newEmail();
  await givePassword(tokens.account_id, own);
  const { access_token } = await steppedUp(edge, app, tokens, { password: PASSWORD });
  expect((await putEmail(edge, access_token, { email: own, password: "another password of theirs" })).status).toBe(200);
});

it("is not told to whoever proves too little", async () => {
  const edge = startEdge();
  const { email } = await emailOwner(edge);
  const { tokens } = await emailOwner(edge);
  expect((await putEmail(edge, tokens.access_token, { email, password: PASSWORD })).status).toBe(401);
  expect(await failures()).toEqual({});
});

it("is found also where another account took it while the password was hashed", async () => {
  const { tokens: rivals } = await signedIn(startEdge());
  const email = newEmail();
  let batches = 0;
  const DB = aroundDb(env.DB, async (make, { method, args }) => {
    const answer = await make();
    if (method === "batch" && String(args[0]).includes("AS taken") && ++batches === 1)
      await givePassword(rivals.account_id, email);
    return answer;
  });
  const edge = startEdge({ DB });
  const { tokens } = await signedIn(edge);
  expect(await problemOf(await putEmail(edge, tokens.access_token, { email, password: PASSWORD }))).toEqual(TAKEN);
  expect(await accountRow(tokens.account_id)).toMatchObject({ email: null, password: null });
  expect(await failures()).toEqual({ taken: 1, "taken-ip": 1 });
});
