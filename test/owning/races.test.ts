/** Each pair of what owners do, at the same moment: no fault, nothing half done, no entry lost, and every phone gets in again. */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { type Edge, startEdge } from "../auth/edge.ts";
import { bread } from "../vocabulary/phone.ts";
import { newApp } from "../worker.ts";
import { type OwnedPhone, phonesOf } from "./phones.ts";

/** Two accounts: one with a phone, a tablet and codes, one with a phone alone. */
interface World {
  readonly edge: Edge;
  readonly phone: OwnedPhone;
  readonly tablet: OwnedPhone;
  readonly stranger: OwnedPhone;
  readonly code: string;
  readonly strangersCode: string;
  readonly recovery: string;
}

async function newWorld(): Promise<World> {
  const edge = startEdge({ DAILY_ENROLMENTS_PER_IP: "100000" });
  const phones = phonesOf(edge);
  const recovery = Array.from(crypto.getRandomValues(new Uint8Array(26)), (byte) => "0123456789ABCDEF"[byte % 16]).join(
    "",
  );
  const [phone, stranger, app] = [await phones.phone(), await phones.phone(), newApp()];
  const tablet = phones.withTokens(app, await phones.redeemed(await phones.codeOf(phone), app));
  await phone.push([bread("phone-001"), bread("tablet-01")]);
  await stranger.push([bread("stranger1")]);
  await phones.setRecovery(phone, recovery);
  const [code, strangersCode] = [await phones.codeOf(phone), await phones.codeOf(stranger)];
  return { edge, phone, tablet, stranger, code, strangersCode, recovery };
}

const owner = (method: string, path: string, body?: unknown) => (who: (world: World) => OwnedPhone) => (world: World) =>
  world.edge.request(path, {
    method,
    headers: { Authorization: `Bearer ${who(world).tokens.access_token}`, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

const thePhone = ({ phone }: World) => phone;
const theStranger = ({ stranger }: World) => stranger;

const ACTS: Readonly<Record<string, (world: World) => Promise<Response>>> = {
  "the phone pushes": owner("POST", "/v1/vocabulary/sync", { changes: [bread("phone-002")] })(thePhone),
  "the stranger pushes": owner("POST", "/v1/vocabulary/sync", { changes: [bread("stranger2")] })(theStranger),
  "the phone refreshes": ({ edge, phone }) => edge.refresh(phone.tokens.refresh_token),
  "the phone signs in": ({ edge, phone }) => edge.appGrant(phone.app),
  "the phone makes a code": owner("POST", "/v1/transfer-codes")(thePhone),
  "the phone takes its code back": owner("DELETE", "/v1/transfer-codes/current")(thePhone),
  "the phone drops its recovery code": owner("DELETE", "/v1/account/recovery-code")(thePhone),
  "the phone ends the other sessions": owner("DELETE", "/v1/sessions?scope=others")(thePhone),
  "the phone removes the tablet": (world) =>
    owner("DELETE", `/v1/devices/${world.tablet.tokens.device_id}`)(thePhone)(world),
  "the phone erases the account": owner("DELETE", "/v1/account")(thePhone),
  "the stranger joins by code": ({ edge, code, stranger }) =>
    phonesOf(edge).redeem(code, stranger.app, { entries: "move" }),
  "the stranger joins by recovery code": ({ edge, recovery, stranger }) =>
    phonesOf(edge).recover(recovery, stranger.app, { entries: "move" }),
  "a new phone joins by the same code": ({ edge, code }) => phonesOf(edge).redeem(code, newApp()),
  "the tablet joins the stranger": ({ edge, strangersCode, tablet }) =>
    phonesOf(edge).redeem(strangersCode, tablet.app),
  "the phone joins the stranger": ({ edge, strangersCode, phone }) =>
    phonesOf(edge).redeem(strangersCode, phone.app, { entries: "move" }),
};

/** What must hold of the whole database, whatever has happened. Each finds what is wrong. */
const FAULTS: Readonly<Record<string, string>> = {
  "an account's figures are not those of its entries": `
    SELECT a.id FROM accounts a WHERE entry_count <> (SELECT count(*) FROM entries e WHERE e.account_id = a.id AND NOT deleted)
      OR entry_bytes <> (SELECT coalesce(sum(bytes), 0) FROM entries e WHERE e.account_id = a.id)
      OR revision < (SELECT coalesce(max(rev), 0) FROM entries e WHERE e.account_id = a.id) OR erased_at IS NOT NULL`,
  "a row belongs to no account": ["entries", "devices", "sessions", "transfer_codes"]
    .map((table) => `SELECT account_id FROM ${table} WHERE account_id NOT IN (SELECT id FROM accounts)`)
    .join(" UNION ALL "),
  "a session is of another account than its device":
    "SELECT s.id FROM sessions s JOIN devices v ON v.id = s.device_id WHERE v.account_id <> s.account_id",
  "a join was left half done": "SELECT session_id FROM joins",
  "an account with entries is out of everybody's reach": `
    SELECT id FROM accounts a WHERE entry_count > 0 AND email IS NULL AND recovery_hash IS NULL
      AND NOT EXISTS (SELECT 1 FROM devices v WHERE v.account_id = a.id AND v.removed_at IS NULL)`,
};

const namesHeld = async (accounts: readonly string[]) => {
  const { results } = await env.DB.prepare(
    "SELECT id FROM entries WHERE account_id IN (SELECT value FROM json_each(?)) AND NOT deleted",
  )
    .bind(JSON.stringify(accounts))
    .all<{ id: string }>();
  return results.map(({ id }) => id);
};

const names = Object.keys(ACTS);
// Statements of one moment still have an order: half of the pairs begin with the one, half with the other.
const pairs = names.flatMap((one, index) =>
  names.slice(index).map((other, ahead): [string, string] => (ahead % 2 === 0 ? [one, other] : [other, one])),
);

test.each(pairs)("%s, and %s", async (one, other) => {
  const world = await newWorld();
  const { edge, phone, tablet, stranger } = world;
  const answers = await Promise.all([one, other].map((name) => ACTS[name]?.(world)));
  for (const answer of answers) expect(answer?.status).toBeLessThan(500);

  for (const [fault, sql] of Object.entries(FAULTS)) {
    const { results } = await env.DB.prepare(sql).all();
    expect(results, fault).toEqual([]);
  }

  const isErased = [one, other].includes("the phone erases the account");
  const held = await namesHeld([phone.tokens.account_id, stranger.tokens.account_id]);
  expect(new Set(held).size).toBe(held.length);
  if (!isErased) {
    const pushed = [one, other].filter((name, index) => name.endsWith("pushes") && answers[index]?.status === 200);
    const expected = ["phone-001", "tablet-01", "stranger1"];
    if (pushed.includes("the phone pushes")) expected.push("phone-002");
    if (pushed.includes("the stranger pushes")) expected.push("stranger2");
    expect([...held].sort()).toEqual(expected.sort());
  }

  for (const { app } of [phone, tablet, stranger]) {
    const again = await edge.appGrant(app);
    if (again.status === 200) continue;
    expect(await again.json()).toMatchObject({ error_code: "device_removed" });
    expect([one, other]).toContain("the phone removes the tablet");
  }
});
