/**
 * An account of which every table that can know it knows something, what it is known by, and a look through the whole
 * database for that. A table that is new in the schema fails the tests here until it is filled, or named as one that
 * knows nobody.
 */
import { env } from "cloudflare:workers";
import { signAccessToken } from "../../src/auth/access-token.ts";
import type { AccountId, DeviceId, SessionId } from "../../src/auth/ids.ts";
import { createKeyring } from "../../src/auth/keyring.ts";
import { readConfig } from "../../src/config.ts";
import { utcDayBefore } from "../../src/days.ts";
import { recordEvent } from "../../src/events/event-store.ts";
import type { Edge } from "../auth/edge.ts";
import { secondDevice } from "../second-device.ts";
import { bread, phoneWith } from "../vocabulary/phone.ts";
import { newApp, type Tokens } from "../worker.ts";

/** The tables whose rows can be about an account. */
export const ABOUT_ACCOUNTS = [
  ...["accounts", "alerts", "devices", "entries", "events"],
  ...["failures", "sessions", "spent", "transfer_codes"],
];

/** The tables that know no account: of ended sessions only the id is kept, and joins are gone with their batch. */
export const ABOUT_NOBODY = [
  ...["deployment", "ended_sessions", "enrolments", "hits", "joins", "phrasebook", "phrasebook_texts"],
];

/** The database's own tables. */
export async function tables(): Promise<readonly string[]> {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'd1_migrations' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
  ).all<{ name: string }>();
  return results.map(({ name }) => name);
}

/** Where any of the texts stands: each `table.column`, with the number of rows. */
export async function mentions(texts: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const { results: columns } = await env.DB.prepare(
    "SELECT t.value AS tableName, c.name FROM json_each(?1) t JOIN pragma_table_info(t.value) c",
  )
    .bind(JSON.stringify(await tables()))
    .all<{ tableName: string; name: string }>();
  const counts = columns.map(({ tableName, name }) =>
    env.DB.prepare(
      `SELECT count(*) AS n FROM ${tableName} t WHERE EXISTS (SELECT 1 FROM json_each(?1) j WHERE instr(t.${name}, j.value))`,
    ).bind(JSON.stringify(texts)),
  );
  const answers = await env.DB.batch<{ n: number }>(counts);
  const found = columns.map(({ tableName, name }, index) => [`${tableName}.${name}`, answers[index]?.results[0]?.n]);
  return Object.fromEntries(found.filter(([, rows]) => rows !== 0));
}

/** The tables of what `mentions` found. */
export const tablesOf = (found: Readonly<Record<string, number>>): readonly string[] =>
  [...new Set(Object.keys(found).map((place) => place.split(".")[0] ?? ""))].sort();

const run = (sql: string, ...values: readonly unknown[]) =>
  env.DB.prepare(sql)
    .bind(...values)
    .run();

/** What a password's hash looks like. */
export const PASSWORD_HASH = "scrypt$15$8$3$c2FsdC1vZi1zaXh0ZWVu$aGFzaC1vZi10aGlydHktdHdvLWJ5dGVz";

/** Gives an account an email and a password, as registering does. */
export const setPassword = (accountId: string, email = `${accountId}@example.org`.toLowerCase()) =>
  run("UPDATE accounts SET email = ?2, password = ?3 WHERE id = ?1", accountId, email, PASSWORD_HASH);

/** An access token like the one given, at `now`, that proves the password as well. */
export async function provingPassword(tokens: Tokens, now: number): Promise<string> {
  const config = readConfig(env);
  const { signing } = await createKeyring()(config);
  const policy = { issuer: config.issuer, audience: config.audience, ttlSeconds: config.accessTtlSeconds };
  // The ids of tokens that the Worker gave.
  const subject = {
    accountId: tokens.account_id as AccountId,
    sessionId: tokens.session_id as SessionId,
    deviceId: tokens.device_id as DeviceId,
  };
  return signAccessToken(signing, policy, { ...subject, authTimeMs: now, proof: "pwd" }, now);
}

/**
 * An account that leaves nothing out: a phone and a tablet that are signed in, a device that was removed, former
 * sessions, entries and a tombstone, email, password and recovery code, a used transfer code, counters and events.
 */
export async function wholeAccount(edge: Edge) {
  const phoneApp = newApp();
  const former = await edge.signIn(phoneApp);
  const phone = await edge.signIn(phoneApp);
  const tabletApp = await secondDevice(phone.account_id, edge.now());
  const tablet = await edge.signIn(tabletApp);
  const lostApp = await secondDevice(phone.account_id, edge.now());
  const lost = await edge.signIn(lostApp);
  const account = phone.account_id;

  const owner = phoneWith(edge, phone);
  const word = `word-${crypto.randomUUID()}`;
  await owner.push([bread("kept-entry", { text: word, base: 0 }), bread("deleted-entry", { base: 0 })]);
  await edge.request("/v1/vocabulary/deleted-entry", {
    method: "DELETE",
    headers: { Authorization: `Bearer ${phone.access_token}` },
  });
  await edge.request(`/v1/devices/${lost.device_id}`, {
    method: "DELETE",
    headers: { Authorization: `Bearer ${phone.access_token}` },
  });

  const email = `${crypto.randomUUID()}@example.org`;
  await setPassword(account, email);
  const recoveryHash = `recovery-${crypto.randomUUID()}`;
  await run("UPDATE accounts SET recovery_hash = ?2 WHERE id = ?1", account, recoveryHash);
  await run("UPDATE devices SET joined = ?2 WHERE id = ?1", tablet.device_id, JSON.stringify(JOINED));
  await run(
    "INSERT INTO transfer_codes VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?4)",
    ...[account, `code-${crypto.randomUUID()}`, phone.device_id, edge.now(), edge.now() + 600_000, tablet.device_id],
  );
  for (const back of [-1, 0, 31, 400])
    await run("INSERT INTO spent VALUES (?1, ?2, 7)", utcDayBefore(edge.now(), back), `account:${account}`);
  for (const [period, subject] of [
    ["2026-05-01T12", `device:${tablet.device_id}`],
    ["2026-05-01", `taken:${account}`],
  ])
    await run("INSERT INTO failures VALUES (?1, ?2, 3, ?3)", period, subject, edge.now());
  const session = phone.session_id;
  await recordEvent(env.DB, { kind: "refresh_stale", severity: "info", account, session }, edge.now());
  await recordEvent(env.DB, { kind: "refresh_reuse", severity: "warning", account, session }, edge.now());

  const devices = [phone, tablet, lost].map(({ device_id }) => device_id);
  const apps = [phoneApp, tabletApp, lostApp];
  return {
    owner,
    account,
    email,
    word,
    recoveryHash,
    phone,
    phoneApp,
    tablet,
    tabletApp,
    lost,
    lostApp,
    sessions: [former, phone, tablet, lost].map(({ session_id }) => session_id),
    /** What the account is known by, its sessions' ids aside. */
    knownBy: [account, ...devices, ...apps.map(({ app_id }) => app_id), email, word, recoveryHash],
    /** A token that may erase. */
    proving: () => provingPassword(phone, edge.now()),
    /** What the phone gets when it asks for the account to be erased. */
    erase: (accessToken: string) =>
      edge.request("/v1/account", { method: "DELETE", headers: { Authorization: `Bearer ${accessToken}` } }),
  };
}

/** What the tablet's joining moved. */
export const JOINED = { moved: 2, equal: 1, renamed: 0, left: 0 };
