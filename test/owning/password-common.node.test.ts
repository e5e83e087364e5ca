/** The list of passwords that no account may have, as it is made for the Worker. */
import { expect, it } from "vitest";
import { commonPasswords } from "../../scripts/generate/common-passwords.ts";
import { createCommonPasswords } from "../../src/account/common-passwords.ts";

const list = commonPasswords();

/** What the binding for static assets does, with this list. */
function assetsOf(answers: readonly (() => Promise<Response>)[]): {
  readonly assets: Fetcher;
  readonly asked: () => number;
} {
  let asked = 0;
  const fetch = () => answers[asked++]?.() ?? Promise.reject(new Error("asked too often"));
  // Of the binding only `fetch` is used.
  return { assets: { fetch } as unknown as Fetcher, asked: () => asked };
}
const good = async () => new Response(`${list}\n`);

it("has the commonest first, those that are long enough, each once and in lower case", () => {
  const passwords = list.split("\n");
  expect(passwords.slice(0, 3)).toEqual(["password", "12345678", "123456789"]);
  expect(passwords.length).toBeGreaterThan(10_000);
  expect(new Set(passwords).size).toBe(passwords.length);
  expect(passwords.filter((password) => [...password].length < 8 || password !== password.toLowerCase())).toEqual([]);
});

it("is read once, and knows whole passwords in any case: first, last, and none that is only a part of one", async () => {
  const { assets, asked } = assetsOf([good]);
  const isCommon = createCommonPasswords();
  const last = list.slice(list.lastIndexOf("\n") + 1);
  expect(await isCommon(assets, "PassWord")).toBe(true);
  expect(await isCommon(assets, last)).toBe(true);
  expect(await isCommon(assets, "23456789\n")).toBe(false);
  expect(await isCommon(assets, "asswor")).toBe(false);
  expect(await isCommon(assets, "correct horse battery staple")).toBe(false);
  expect(asked()).toBe(1);
});

it("that cannot be read says nothing of any password, and is read at the next try", async () => {
  const { assets } = assetsOf([
    async () => new Response(null, { status: 404 }),
    () => Promise.reject(new Error("the network is down")),
    good,
  ]);
  const isCommon = createCommonPasswords();
  expect(await isCommon(assets, "iloveyou")).toBeUndefined();
  expect(await isCommon(assets, "iloveyou")).toBeUndefined();
  expect(await isCommon(assets, "iloveyou")).toBe(true);
});
