/** The bodies of the OAuth endpoints: their bound, encoding and content type. Their parameters are another file's. */
import { describe, expect, it } from "vitest";
import { APP_GRANT } from "../../src/auth/token-request.ts";
import { newApp } from "../worker.ts";
import { errorOf, type OAuthErrorBody, startEdge } from "./edge.ts";

const edge = startEdge();
const JSON_TYPE = "application/json";
const FORM_TYPE = "application/x-www-form-urlencoded";

/** RFC 6749 section 5.2: what `error_description` may hold. */
const DESCRIPTION = /^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/;

async function refusal(response: Response): Promise<readonly (number | string)[]> {
  expect(response.headers.get("Cache-Control")).toBe("no-store");
  expect((await response.clone().json<OAuthErrorBody>()).error_description).toMatch(DESCRIPTION);
  return errorOf(response);
}

const send = (path: string, type: string | undefined, body: BodyInit) =>
  edge.request(path, { method: "POST", body, headers: type === undefined ? {} : { "Content-Type": type } });

const appGrant = () => JSON.stringify({ grant_type: APP_GRANT, ...newApp() });
const padded = (bytes: number) => {
  const text = appGrant();
  return text + " ".repeat(bytes - text.length);
};

describe.each(["/oauth/token", "/oauth/revoke"])("POST %s", (path) => {
  it.each([JSON_TYPE, FORM_TYPE])("refuses more than 8 KiB of %s with 413, before it is read whole", async (type) => {
    expect(await refusal(await send(path, type, "x".repeat(8193)))).toEqual([413, "invalid_request"]);
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(1024).fill(0x20));
      },
    });
    expect(await refusal(await send(path, type, endless))).toEqual([413, "invalid_request"]);
    expect(pulled).toBeLessThan(16);
  });

  it.each([undefined, "text/plain", "multipart/form-data; boundary=x", "application/jsonp", "application/xml"])(
    "refuses the content type %s with 415",
    async (type) => {
      const body = new TextEncoder().encode(appGrant());
      expect(await refusal(await send(path, type, body))).toEqual([415, "invalid_request"]);
    },
  );

  it.each(["", "{", '{"grant_type":}', "{'a': 1}", '{"a": 1} x', '{"tokän": "x'])(
    "answers bad JSON (%j) with 400, and says where",
    async (text) => {
      const response = await send(path, JSON_TYPE, text);
      const { error_description } = await response.clone().json<OAuthErrorBody>();
      expect(error_description).toMatch(text === "" ? /empty/ : /position \d+/);
      expect(await refusal(response)).toEqual([400, "invalid_request"]);
    },
  );

  it.each([JSON_TYPE, FORM_TYPE])("answers %s that is not UTF-8 with 400", async (type) => {
    const bytes = new Uint8Array([...new TextEncoder().encode('{"token":"'), 0xff, 0x22, 0x7d]);
    expect(await refusal(await send(path, type, bytes))).toEqual([400, "invalid_request"]);
  });

  it("answers half of a surrogate pair with 400, and does not repeat where it stood", async () => {
    const response = await send(path, JSON_TYPE, '{"Hunter2\\"ü": "\\ud800"}');
    expect(await response.clone().text()).not.toContain("Hunter2");
    expect(await refusal(response)).toEqual([400, "invalid_request"]);
  });

  it("answers other methods with 405 and what is allowed", async () => {
    const response = await edge.get(path);
    expect(response.headers.get("Allow")).toBe("POST");
    expect(await refusal(response)).toEqual([405, "invalid_request"]);
  });
});

it("a body of exactly 8 KiB is read", async () => {
  expect((await send("/oauth/token", JSON_TYPE, padded(8192))).status).toBe(200);
  expect((await send("/oauth/token", JSON_TYPE, padded(8193))).status).toBe(413);
});

it("content types may have parameters and any case", async () => {
  for (const type of ["application/json; charset=utf-8", "Application/JSON"]) {
    expect((await send("/oauth/token", type, appGrant())).status).toBe(200);
  }
  const form = new URLSearchParams({ grant_type: APP_GRANT, ...newApp() }).toString();
  expect((await send("/oauth/token", `${FORM_TYPE};charset=UTF-8`, form)).status).toBe(200);
});

it("tokens are never kept by a cache", async () => {
  expect((await send("/oauth/token", JSON_TYPE, appGrant())).headers.get("Cache-Control")).toBe("no-store");
});
