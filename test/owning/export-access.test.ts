/** Who gets the account's export: after a step-up, or by a signed link that was made after one. */
import { describe, expect, test } from "vitest";
import { startEdge } from "../auth/edge.ts";
import { told } from "../control/isolates.ts";
import { wholeAccount } from "./erase-world.ts";

const PATH = "/v1/account/export";

async function setUp() {
  const edge = startEdge();
  const whole = await wholeAccount(edge);
  const download = async () => (await edge.get(PATH, whole.phone.access_token)).json<object>();
  return { edge, ...whole, download };
}

describe("it is given", () => {
  test("to a token of a sign-in or step-up 300 s ago, and refused at 301 s", async () => {
    const { edge, phone, phoneApp } = await setUp();
    const got = (token: string) => told(edge.get(PATH, token));
    edge.advance(300_000);
    expect(await got(phone.access_token)).toBe("200");
    edge.advance(1000);
    expect(await got(phone.access_token)).toBe("401 insufficient_user_authentication");
    const { access_token } = await edge.refreshed(phone.refresh_token, { ...phoneApp });
    expect(await got(access_token)).toBe("200");
  });

  test("without the password, where the account has one", async () => {
    const { download, email } = await setUp();
    expect(await download()).toMatchObject({ account: { email } });
  });

  test("to nobody whose session has ended, or who has no token", async () => {
    const { edge, phone, lost } = await setUp();
    expect(await told(edge.get(PATH, lost.access_token))).toBe("401 invalid_token");
    await edge.revoke(phone.refresh_token);
    expect(await told(edge.get(PATH, phone.access_token))).toBe("401 invalid_token");
    expect(await told(edge.get(PATH))).toBe("401 missing_token");
  });

  test.each([
    "?link",
    "?link=",
    "?%6Cink=x",
    "?link=x&link=y",
    "?Link=x",
    "?a=1&link=x",
    "?;link=x",
    "?LINK",
    "?+link=x",
  ])("to no token that is too old, with %s behind the path", async (query) => {
    const { edge, phone } = await setUp();
    edge.advance(301_000);
    expect((await edge.get(PATH + query, phone.access_token)).status).toBe(401);
  });
});

describe("a link to it", () => {
  async function linkTo(path = PATH) {
    const it = await setUp();
    const asked = (token = it.phone.access_token) => it.edge.post("/v1/links", { path }, token);
    const link = async () => (await (await asked()).json<{ url: string }>()).url;
    return { ...it, asked, link, opened: async (url: string) => told(it.edge.request(url)) };
  }

  test("is made within 300 s of a step-up, and not at 301 s", async () => {
    const { edge, phone, phoneApp, asked } = await linkTo();
    edge.advance(300_000);
    expect(await told(asked())).toBe("200");
    edge.advance(1000);
    expect(await told(asked())).toBe("401 insufficient_user_authentication");
    expect(await told(edge.post("/v1/links", { path: "/v1/vocabulary/export" }, phone.access_token))).toBe("200");
    const { access_token } = await edge.refreshed(phone.refresh_token, { ...phoneApp });
    expect(await told(asked(access_token))).toBe("200");
  });

  test("opens the same document for five minutes, however old the step-up is by then", async () => {
    const { edge, link, opened, download } = await linkTo();
    const document = await download();
    edge.advance(299_000);
    const url = await link();
    expect(await (await edge.request(url)).json()).toEqual(document);
    edge.advance(299_000);
    expect(await opened(url)).toBe("200");
    edge.advance(1000);
    expect(await opened(url)).toBe("401 invalid_token");
  });

  test("is dead with the session, and with the account", async () => {
    const { edge, link, opened, erase, proving, tablet } = await linkTo();
    const url = await link();
    expect(await opened(url)).toBe("200");
    const theirs = (await (await edge.post("/v1/links", { path: PATH }, tablet.access_token)).json<{ url: string }>())
      .url;
    await edge.revoke(tablet.refresh_token);
    expect(await opened(theirs)).toBe("401 invalid_token");
    await erase(await proving());
    expect(await opened(url)).toBe("401 invalid_token");
  });

  test("to the vocabulary's export does not open it", async () => {
    const { link, opened } = await linkTo("/v1/vocabulary/export");
    expect(await opened((await link()).replace("/v1/vocabulary/export", PATH))).toBe("401 invalid_token");
  });
});
