/** How much of a body is read: the limit by Content-Length and by what really comes. */
import { describe, expect, test } from "vitest";
import { readFormOrJson, readJson } from "../../src/body.ts";
import { TOKEN_BODY_BYTES, TRANSLATE_BODY_BYTES } from "../../src/bounds.ts";
import { startWorker } from "../worker.ts";

const worker = startWorker();
const { access_token: TOKEN } = await worker.signIn();
const JSON_TYPE = { "Content-Type": "application/json" };

/** A body that comes in chunks of 1,000 bytes, and what became of it. */
function chunked(chunks: number, head = "") {
  const seen = { pulled: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (seen.pulled === chunks) return controller.close();
        const text = seen.pulled === 0 ? head.padEnd(1000, " ") : " ".repeat(1000);
        controller.enqueue(new TextEncoder().encode(text));
        seen.pulled += 1;
      },
      cancel() {
        seen.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { body, seen };
}

const asJson = (body: BodyInit, headers: Record<string, string> = {}) =>
  new Request("http://localhost:8787/", { method: "POST", headers: { ...JSON_TYPE, ...headers }, body });

describe("a body with Content-Length", () => {
  test("over the limit is refused unread", async () => {
    const { body, seen } = chunked(3, "{}");
    const request = asJson(body, { "Content-Length": "2001" });
    expect(await readJson(request, 2000)).toMatchObject({ ok: false, failure: { code: "payload_too_large" } });
    expect(seen.pulled).toBe(0);
  });

  test("at the limit is read", async () => {
    const text = "{}".padEnd(2000, " ");
    expect(await readJson(asJson(text, { "Content-Length": "2000" }), 2000)).toEqual({ ok: true, value: {} });
  });
});

describe("a body without Content-Length", () => {
  test("is cut off as soon as it is over the limit", async () => {
    const { body, seen } = chunked(1000, "{}");
    const result = await readJson(asJson(body), 2000);
    expect(result).toEqual({
      ok: false,
      failure: { code: "payload_too_large", detail: "The body may hold at most 2000 bytes." },
    });
    expect(seen).toEqual({ pulled: 3, cancelled: true });
  });

  test("is read whole at the limit, in whatever pieces", async () => {
    const { body, seen } = chunked(2, '{"text":"é"}');
    // é is two bytes, so the first piece is one byte longer than 1,000.
    expect(await readJson(asJson(body), 2001)).toEqual({ ok: true, value: { text: "é" } });
    expect(seen).toEqual({ pulled: 2, cancelled: false });
  });

  test("may be cut within a character", async () => {
    const bytes = new TextEncoder().encode('{"text":"駅"}');
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    expect(await readJson(asJson(body), 100)).toEqual({ ok: true, value: { text: "駅" } });
  });

  test("is limited as a form too", async () => {
    const { body, seen } = chunked(1000, "a=b");
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    const request = new Request("http://localhost:8787/", { method: "POST", headers, body });
    expect(await readFormOrJson(request, 2000)).toMatchObject({ failure: { code: "payload_too_large" } });
    expect(seen.cancelled).toBe(true);
  });
});

describe("the routes' limits", () => {
  test.each([
    ["/v1/translate", TRANSLATE_BODY_BYTES, TOKEN],
    ["/oauth/token", TOKEN_BODY_BYTES, undefined],
    ["/oauth/revoke", TOKEN_BODY_BYTES, undefined],
  ])("%s takes %i bytes and not one more", async (path, limit, token) => {
    const send = (bytes: number) =>
      worker.request(path, {
        method: "POST",
        headers: { ...JSON_TYPE, ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) },
        body: "{}".padEnd(bytes, " "),
      });
    expect((await send(limit)).status).toBe(400);
    const refused = await send(limit + 1);
    expect(refused.status).toBe(413);
    expect(await refused.text()).toContain(`at most ${limit} bytes`);
  });

  test("10,000 characters fit, each written as an escape of six bytes", async () => {
    const body = `{"text":"${"\\u99c5".repeat(10_000)}","to":"ja","from":"ja"}`;
    const headers = { ...JSON_TYPE, Authorization: `Bearer ${TOKEN}` };
    const response = await worker.request("/v1/translate", { method: "POST", headers, body });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ translations: [{ results: [{ source: "same" }] }] });
  });

  test("a body that nobody may send is not read: who is calling is asked first", async () => {
    const { body, seen } = chunked(1000);
    const response = await worker.request("/v1/translate", { method: "POST", headers: JSON_TYPE, body });
    expect(response.status).toBe(401);
    expect(seen.pulled).toBe(0);
  });
});
