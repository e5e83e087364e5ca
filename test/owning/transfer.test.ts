/** Transfer codes: how they look, live and die, and that guessing them is hopeless. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { DAY_MS, errorOf, SECOND_MS, startEdge } from "../auth/edge.ts";
import { newApp } from "../worker.ts";
import { phonesOf } from "./phones.ts";

const REFUSED = [400, "invalid_grant"];
const TEN_MINUTES_MS = 600_000;

beforeEach(async () => {
  await env.DB.prepare("DELETE FROM failures").run();
});

function setUp(settings: Readonly<Record<string, unknown>> = {}) {
  const edge = startEdge(settings);
  return { edge, ...phonesOf(edge) };
}

const statusOf = async ({ edge }: ReturnType<typeof setUp>, token: string) => {
  const response = await edge.get("/v1/transfer-codes/current", token);
  return response.ok ? response.json<Record<string, unknown>>() : response.status;
};

test("a code is twelve characters in groups of four, and stands behind the link's #", async () => {
  const { edge, phone } = setUp({ TRANSFER_LINK: "https://app.example.org/transfer" });
  const { tokens } = await phone();
  const response = await edge.post("/v1/transfer-codes", undefined, tokens.access_token);
  const { code, link, expiresAt } = await response.json<{ code: string; link: string; expiresAt: string }>();
  expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
  expect(link).toBe(`https://app.example.org/transfer#${code}`);
  expect(Date.parse(expiresAt)).toBe(edge.now() + TEN_MINUTES_MS);
});

test("it needs a step-up", async () => {
  const { edge, phone } = setUp();
  const { tokens } = await phone();
  edge.advance(301 * SECOND_MS);
  const { status } = await edge.post("/v1/transfer-codes", undefined, tokens.access_token);
  expect(status).toBe(401);
});

test("it is good for ten minutes, and not a second longer", async () => {
  const { edge, phone, codeOf, redeem } = setUp();
  const code = await codeOf(await phone());
  edge.advance(TEN_MINUTES_MS);
  expect(await errorOf(await redeem(code, newApp()))).toEqual(REFUSED);
  edge.advance(-1);
  expect((await redeem(code, newApp())).status).toBe(200);
});

test.each([
  ["lower case", (code: string) => code.toLowerCase()],
  ["without hyphens, with spaces", (code: string) => ` ${code.replaceAll("-", " ")} `],
  ["O for 0, and I and L for 1", (code: string) => code.replaceAll("0", "o").replace("1", "I").replaceAll("1", "l")],
])("it may be typed in %s", async (_, typed) => {
  const { phone, codeOf, redeem } = setUp();
  expect((await redeem(typed(await codeOf(await phone())), newApp())).status).toBe(200);
});

test("one device redeems it; that one may do so again, another gets what a wrong code gets", async () => {
  const { phone, codeOf, redeemed, redeem } = setUp();
  const old = await phone();
  const code = await codeOf(old);
  const app = newApp();
  const first = await redeemed(code, app);
  expect(first.account_id).toBe(old.tokens.account_id);
  const again = await redeemed(code, app);
  expect([again.account_id, again.device_id, again.joined]).toEqual([first.account_id, first.device_id, first.joined]);
  const [used, wrong] = [await redeem(code, newApp()), await redeem("0000-0000-0000", newApp())];
  expect([used.status, await used.json()]).toEqual([wrong.status, await wrong.json()]);
});

test("a device that has moved on since is not pulled back by a late copy of its redemption", async () => {
  const { phone, codeOf, redeemed, redeem } = setUp();
  const app = newApp();
  const code = await codeOf(await phone());
  await redeemed(code, app);
  const there = await redeemed(await codeOf(await phone()), app);
  expect(await errorOf(await redeem(code, app))).toEqual(REFUSED);
  expect(there.account_id).toBeDefined();
});

test("a new code takes the place of the one before, and one that is taken back is good for nothing", async () => {
  const { phone, codeOf, redeem, delete: remove } = setUp();
  const old = await phone();
  const [first, second] = [await codeOf(old), await codeOf(old)];
  expect(await errorOf(await redeem(first, newApp()))).toEqual(REFUSED);
  expect(await remove("/v1/transfer-codes/current", old)).toBe(204);
  expect(await remove("/v1/transfer-codes/current", old)).toBe(204);
  expect(await errorOf(await redeem(second, newApp()))).toEqual(REFUSED);
});

test("the old device sees it waiting, used by which device and when, and expired", async () => {
  const world = setUp();
  const { edge, phone, codeOf, redeemed } = world;
  const { tokens } = await phone();
  const { access_token } = tokens;
  const old = { ...(await phone()), tokens };
  expect(await statusOf(world, access_token)).toBe(404);
  const expiresAt = new Date(edge.now() + TEN_MINUTES_MS).toISOString();
  const code = await codeOf(old);
  expect(await statusOf(world, access_token)).toEqual({ status: "waiting", expiresAt, usedAt: null, device: null });
  edge.advance(SECOND_MS);
  const usedAt = new Date(edge.now()).toISOString();
  const { device_id } = await redeemed(code, newApp(), { device_name: "New phone" });
  const used = { status: "used", expiresAt, usedAt, device: { id: device_id, name: "New phone" } };
  expect(await statusOf(world, access_token)).toEqual(used);
  await codeOf(old);
  edge.advance(TEN_MINUTES_MS);
  expect(await statusOf(world, access_token)).toMatchObject({ status: "expired", usedAt: null });
});

test("it is kept as a keyed hash only, and every token secret is tried", async () => {
  const { edge, phone, codeOf } = setUp();
  const code = await codeOf(await phone());
  const { results } = await env.DB.prepare("SELECT * FROM transfer_codes").all();
  expect(JSON.stringify(results)).not.toContain(code.replaceAll("-", "").slice(0, 6));
  const [secret] = JSON.parse(String((env as unknown as Record<string, string>).TOKEN_SECRETS)) as object[];
  const newer = { id: "new1", secret: "A".repeat(43) };
  const rotated = phonesOf(startEdge({ TOKEN_SECRETS: JSON.stringify([newer, secret]) }));
  expect((await rotated.redeem(code, newApp())).status).toBe(200);
  expect(edge.lines.join()).not.toContain(code);
});

describe("a code that is not good", () => {
  test.each(["", "x", "0000-0000-0000", "../../etc", "7K2M9QXW3TRB5HVD8NCF4GZP6J", "\u{1F600}"])(
    "%j is invalid_grant, or invalid_request where it is empty",
    async (code) => {
      const { redeem } = setUp();
      expect(await errorOf(await redeem(code, newApp()))).toEqual([
        400,
        code === "" ? "invalid_request" : "invalid_grant",
      ]);
    },
  );

  test("makes no account and no device", async () => {
    const { redeem } = setUp();
    const count = () =>
      env.DB.prepare("SELECT (SELECT count(*) FROM accounts) + (SELECT count(*) FROM devices) AS n").first("n");
    const before = await count();
    await redeem("0000-0000-0000", newApp());
    expect(await count()).toBe(before);
    expect(await env.DB.prepare("SELECT count(*) AS n FROM joins").first("n")).toBe(0);
  });

  test("costs an address twenty tries a day; then even a good one is refused there, and not elsewhere", async () => {
    const { edge, phone, codeOf, redeem } = setUp();
    const code = await codeOf(await phone());
    const here = { "CF-Connecting-IP": "198.51.100.77" };
    const from = (text: string, headers: Record<string, string>) =>
      edge.post(
        "/oauth/token",
        { grant_type: "urn:pidging:oauth:grant-type:transfer-code", code: text, ...newApp() },
        undefined,
        headers,
      );
    const answers = await Promise.all(Array.from({ length: 25 }, () => from("0000-0000-0000", here)));
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(20);
    const refused = await from(code, here);
    expect(refused.headers.get("Retry-After")).toBe(String(DAY_MS / 2 / 1000));
    expect(await errorOf(refused)).toEqual([429, "slow_down"]);
    expect(edge.events()).toEqual(["code_guessing warning"]);
    expect((await redeem(code, newApp())).status).toBe(200);
  });

  test("is an alarm where a hundred failed in all", async () => {
    const { edge, redeem } = setUp();
    const day = new Date(edge.now()).toISOString().slice(0, 10);
    const seed = env.DB.prepare("INSERT INTO failures (period, subject, count, last_at) VALUES (?, 'codes', 98, 0)");
    await seed.bind(day).run();
    await redeem("0000-0000-0000", newApp());
    expect(edge.events()).toEqual([]);
    await redeem("0000-0000-0000", newApp());
    expect(edge.events()).toEqual(["code_guessing alarm"]);
  });
});
