/** Whose session is over reads and writes nothing, by whatever route, however fresh its token. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { startWorker } from "../worker.ts";
import { BREAD, bread, figuresOf, newPhone, type Phone } from "./phone.ts";

let phone: Phone;
let rev = 0;
beforeEach(async () => {
  phone = await newPhone();
  rev = (await phone.pushOne(bread("bread-001"))).rev ?? 0;
});

const set = (sql: string, id: string, value: number) => env.DB.prepare(sql).bind(id, value).run();

const ENDS: readonly [string, (one: Phone) => Promise<unknown>][] = [
  [
    "was ended",
    ({ tokens }) => set("UPDATE sessions SET revoked_at = ?2 WHERE id = ?1", tokens.session_id, Date.now()),
  ],
  ["lapsed", ({ tokens }) => set("UPDATE sessions SET idle_expires_at = ?2 WHERE id = ?1", tokens.session_id, 1)],
  [
    "is too old",
    ({ tokens }) => set("UPDATE sessions SET absolute_expires_at = ?2 WHERE id = ?1", tokens.session_id, 1),
  ],
  [
    "is on a device that was removed",
    ({ tokens }) => set("UPDATE devices SET removed_at = ?2 WHERE id = ?1", tokens.device_id, 1),
  ],
  [
    "is of an account that is blocked",
    ({ tokens }) => set("UPDATE accounts SET blocked_at = ?2 WHERE id = ?1", tokens.account_id, 1),
  ],
];

describe.each(ENDS)("a session that %s", (_how, end) => {
  test("gets 401 everywhere, and changes nothing", async () => {
    const { worker, tokens } = phone;
    await end(phone);
    const before = await figuresOf(tokens.account_id);
    // An isolate that has never heard of it: the statement itself must tell.
    const { post, get, request } = startWorker();
    const token = tokens.access_token;
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
    const send = (method: string, body?: object) =>
      request("/v1/vocabulary/bread-001", { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const answers = [
      await post("/v1/vocabulary/sync", { changes: [bread("bread-002")] }, token),
      await post(
        "/v1/vocabulary/sync",
        { changes: [{ id: "bread-001", base: rev, deleted: true }], atomic: true },
        token,
      ),
      await post("/v1/vocabulary/sync", { changes: [] }, token),
      await get("/v1/vocabulary/sync", token),
      await get("/v1/vocabulary", token),
      await post("/v1/vocabulary", BREAD, token),
      await send("GET"),
      await send("PUT", { ...BREAD, note: "a" }),
      await send("PATCH", { note: "a" }),
      await send("DELETE"),
    ];
    expect(answers.map(({ status }) => status)).toEqual(Array(answers.length).fill(401));
    expect(await figuresOf(tokens.account_id)).toEqual(before);
    const count = await env.DB.prepare("SELECT count(*) AS n FROM entries WHERE account_id = ?1")
      .bind(tokens.account_id)
      .first("n");
    expect(count).toBe(1);
    await worker.settled();
  });
});

test("a session is good until the moment that it lapses", async () => {
  let now = Date.now();
  const one = await newPhone(startWorker({ clock: () => now }));
  await set("UPDATE sessions SET idle_expires_at = ?2 WHERE id = ?1", one.tokens.session_id, now + 1000);
  now += 999;
  expect(await one.pull()).toMatchObject({ items: [] });
  now += 1;
  expect(await one.pullRefused({})).toMatchObject({ status: 401 });
});
