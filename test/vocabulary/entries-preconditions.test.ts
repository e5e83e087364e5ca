/** `If-Match` and `If-None-Match` on the routes of one entry (RFC 9110 section 13). */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { BREAD, bread, newPhone, type Phone } from "./phone.ts";

const ID = "bread-001";
const PATH = `/v1/vocabulary/${ID}`;
/** What must not be taken for a revision. */
const FOREIGN = ['"0"', '"abc"', 'W/"1"', '"1", "2"', "1", '""'];

let phone: Phone;
beforeEach(async () => {
  await env.DB.prepare("UPDATE deployment SET epoch = 1").run();
  phone = await newPhone();
});

function send(method: string, body: object | undefined, headers: Record<string, string>) {
  return phone.worker.request(PATH, {
    method,
    headers: { Authorization: `Bearer ${phone.tokens.access_token}`, "Content-Type": "application/json", ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
}
const status = async (method: string, body: object | undefined, headers: Record<string, string>) =>
  (await send(method, body, headers)).status;

const WRITES: readonly [string, object | undefined, number][] = [
  ["PUT", { ...BREAD, note: "mine" }, 200],
  ["PATCH", { note: "mine" }, 200],
  ["DELETE", undefined, 204],
];

describe.each(WRITES)("%s", (method, body, good) => {
  test("with If-Match is done on that very revision", async () => {
    const { rev } = await phone.pushOne(bread(ID));
    expect(await status(method, body, { "If-Match": `"${rev}"` })).toBe(good);
  });

  test("with If-Match of that revision, weakened by a compressing edge, is done", async () => {
    const { rev } = await phone.pushOne(bread(ID));
    expect(await status(method, body, { "If-Match": `W/"${rev}"` })).toBe(good);
  });

  test.each<[string, (rev: number) => string]>([
    ["last", (rev) => `"x", "${rev}"`],
    ["first", (rev) => `"${rev}","x"`],
    ["behind an older one", (rev) => `"${rev - 1}", W/"${rev}"`],
    ["before an older one", (rev) => `"${rev}", "${rev - 1}"`],
    ["before what is no revision of this account", (rev) => `"${rev}", "${Number.MAX_SAFE_INTEGER}"`],
    ["behind a comma in quotation marks", (rev) => `"a, b", "${rev}"`],
  ])("with If-Match of a list that has that revision %s is done", async (_, list) => {
    const { rev } = await phone.pushOne(bread(ID));
    expect(await status(method, body, { "If-Match": list(rev ?? 0) })).toBe(good);
  });

  test("with If-Match of a list of older revisions changes nothing", async () => {
    const { rev = 0 } = await phone.pushOne(bread(ID));
    await phone.pushOne({ id: ID, base: rev, note: "theirs" });
    expect(await status(method, body, { "If-Match": `W/"${rev}", "${rev - 1}", "x"` })).toBe(412);
    expect(await phone.held(ID)).toMatchObject({ note: "theirs" });
  });

  test("with If-Match of an older revision, or of what is no revision of ours, changes nothing", async () => {
    const { rev } = await phone.pushOne(bread(ID));
    await phone.pushOne({ id: ID, base: rev, note: "theirs" });
    for (const tag of [`"${rev}"`, ...FOREIGN]) expect(await status(method, body, { "If-Match": tag })).toBe(412);
    expect(await phone.held(ID)).toMatchObject({ note: "theirs" });
  });

  test("with If-Match of a revision from before a restore changes nothing", async () => {
    const { rev } = await phone.pushOne(bread(ID));
    await env.DB.prepare("UPDATE deployment SET epoch = 2").run();
    expect(await status(method, body, { "If-Match": `"${rev}"` })).toBe(412);
  });

  test("with If-Match: * is done where there is an entry", async () => {
    await phone.pushOne(bread(ID));
    expect(await status(method, body, { "If-Match": "*" })).toBe(good);
  });

  test("with any If-Match makes nothing where there is none, or none any more", async () => {
    const entries = async () => (await phone.pull()).items.filter(({ deleted }) => !deleted);
    const { rev } = await phone.pushOne(bread("bread-009"));
    for (const tag of ["*", `"${rev}"`, ...FOREIGN])
      expect([404, 412]).toContain(await status(method, body && { ...BREAD, ...body }, { "If-Match": tag }));
    const made = await phone.pushOne(bread(ID));
    await phone.pushOne({ id: ID, base: made.rev, deleted: true });
    for (const tag of ["*", `"${made.rev}"`, ...FOREIGN])
      await status(method, body && { ...BREAD, ...body }, { "If-Match": tag });
    expect((await entries()).map(({ id }) => id)).toEqual(["bread-009"]);
  });
});

describe("GET with If-None-Match", () => {
  const known = (rev: number): readonly string[] => [`"${rev}"`, `W/"${rev}"`, `"x", "${rev}"`, `W/"${rev}","x"`, "*"];

  test("of what the entry is, weakly, in a list or as *, is 304", async () => {
    const { rev = 0 } = await phone.pushOne(bread(ID));
    for (const tags of known(rev)) {
      const answer = await send("GET", undefined, { "If-None-Match": tags });
      expect([tags, answer.status, await answer.text(), answer.headers.get("ETag")]).toEqual([
        tags,
        304,
        "",
        `"${rev}"`,
      ]);
    }
  });

  test("of what it was, or of nothing of ours, is 200", async () => {
    const { rev = 0 } = await phone.pushOne(bread(ID));
    await phone.pushOne({ id: ID, base: rev, note: "theirs" });
    for (const tags of [...known(rev).slice(0, -1), `${rev + 1}`, `"*"`, ""])
      expect([tags, await status("GET", undefined, { "If-None-Match": tags })]).toEqual([tags, 200]);
  });

  test("is 404 where there is no entry", async () => {
    expect(await status("GET", undefined, { "If-None-Match": "*" })).toBe(404);
  });
});

describe("If-None-Match: *", () => {
  test("lets PUT make an entry, and not replace one", async () => {
    const once = { "If-None-Match": "*" };
    expect(await status("PUT", BREAD, once)).toBe(201);
    expect(await status("PUT", { ...BREAD, note: "b" }, once)).toBe(412);
    expect(await phone.held(ID)).not.toHaveProperty("note");
  });

  test("lets PUT make again what was deleted", async () => {
    const { rev } = await phone.pushOne(bread(ID));
    await phone.pushOne({ id: ID, base: rev, deleted: true });
    expect(await status("PUT", BREAD, { "If-None-Match": "*" })).toBe(201);
  });

  test("lets a PUT whose answer was lost be repeated", async () => {
    const once = { "If-None-Match": "*" };
    expect([await status("PUT", BREAD, once), await status("PUT", BREAD, once)]).toEqual([201, 200]);
  });

  test("stops PATCH where there is an entry, and lets it make none", async () => {
    expect(await status("PATCH", BREAD, { "If-None-Match": "*" })).toBe(404);
    await phone.pushOne(bread(ID));
    expect(await status("PATCH", { note: "a" }, { "If-None-Match": "*" })).toBe(412);
  });
});

test("a write that sync made meanwhile is seen by If-Match, and the other way round", async () => {
  const { rev } = await phone.pushOne(bread(ID));
  const patched = await send("PATCH", { note: "simple" }, { "If-Match": `"${rev}"` });
  const stamp = Number(patched.headers.get("ETag")?.slice(1, -1));
  expect((await phone.pushOne({ id: ID, base: rev, note: "sync" })).status).toBe("conflict");
  expect((await phone.pushOne({ id: ID, base: stamp, note: "sync" })).status).toBe("applied");
  expect(await status("PATCH", { note: "late" }, { "If-Match": `"${stamp}"` })).toBe(412);
});
