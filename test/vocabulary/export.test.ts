/** The vocabulary as a download: its headers, whole at the edges of its pages, streamed, and broken off where the session ends. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { SessionId } from "../../src/auth/ids.ts";
import { exportEntries } from "../../src/vocabulary/export.ts";
import { aroundDb } from "../bindings.ts";
import { startWorker } from "../worker.ts";
import { type Carrier, csvOf, newCarrier } from "./import-client.ts";

let phone: Carrier;
beforeEach(async () => {
  phone = await newCarrier();
});

const end = (sessionId: string) =>
  env.DB.prepare("UPDATE sessions SET revoked_at = 1 WHERE id = ?1").bind(sessionId).run();

/** An export without an app around it, and how many batches it has asked for. */
async function streamOf({ tokens }: Carrier, clock: () => number = Date.now) {
  let batches = 0;
  const db = aroundDb(env.DB, (make) => {
    batches += 1;
    return make();
  });
  const stream = await exportEntries(db, tokens.session_id as SessionId, "csv", clock);
  if (stream === undefined) throw new Error("The session is over");
  return { reader: stream.getReader(), batches: () => batches };
}
const textOf = ({ value }: { value?: Uint8Array | undefined }) => new TextDecoder().decode(value);

describe("an export", () => {
  test.each([
    ["json", "application/json", "vocabulary.json"],
    ["csv", "text/csv; charset=utf-8", "vocabulary.csv"],
    ["anki", "text/plain; charset=utf-8", "vocabulary.txt"],
  ] as const)("as %s has its type, a name for the file, and is stored nowhere", async (format, type, name) => {
    const { headers } = await phone.exported(format);
    expect(headers.get("Content-Type")).toBe(type);
    expect(headers.get("Content-Disposition")).toBe(`attachment; filename="${name}"`);
    expect(headers.get("Cache-Control")).toBe("no-store");
  });
  test("is JSON where no format is said, and refused for one that is not known", async () => {
    const { access_token } = phone.tokens;
    const plain = await phone.worker.get("/v1/vocabulary/export", access_token);
    expect(await plain.text()).toBe('{"entries":[]}\n');
    expect((await phone.worker.get("/v1/vocabulary/export?format=xlsx", access_token)).status).toBe(400);
  });
  test("has no deleted entries and none of another account, and its entries by id", async () => {
    const other = await newCarrier(phone.worker);
    await other.imports(csvOf(1, { from: 9 }));
    await phone.imports(csvOf(1, { from: 2 }));
    await phone.imports(csvOf(2));
    const headers = { Authorization: `Bearer ${phone.tokens.access_token}` };
    await phone.worker.request("/v1/vocabulary/entry-00001", { method: "DELETE", headers });
    expect((await phone.entries()).map(({ id }) => id)).toEqual(["entry-00000", "entry-00002"]);
  });
  test("needs a session that is live", async () => {
    expect((await phone.worker.get("/v1/vocabulary/export")).status).toBe(401);
    await end(phone.tokens.session_id);
    expect((await phone.exported("csv")).status).toBe(401);
  });
  test("is 503 where D1 fails before its first byte", async () => {
    let broken = false;
    const db = aroundDb(env.DB, (make) => (broken ? Promise.reject(new Error("Network connection lost")) : make()));
    const cut = await newCarrier(startWorker({ env: { DB: db } }));
    broken = true;
    expect((await cut.exported("csv")).status).toBe(503);
  });
});

describe("an export of several pages", () => {
  test.each([999, 1000, 1001])("of %i entries has each once, in every format", async (count) => {
    await phone.imports(csvOf(count));
    const ids = (await phone.entries()).map(({ id }) => id);
    expect(ids).toHaveLength(count);
    expect(new Set(ids).size).toBe(count);
    for (const [format, head] of [
      ["csv", 1],
      ["anki", 5],
    ] as const)
      expect((await phone.file(format)).trimEnd().split(/\r?\n/)).toHaveLength(count + head);
  });

  test("reads a page when it is asked for, so that nothing piles up", async () => {
    await phone.imports(csvOf(5000));
    const { reader, batches } = await streamOf(phone);
    await reader.read();
    // The page that was read before the first byte, and at most two ahead.
    expect(batches()).toBeLessThanOrEqual(3);
    let pieces = 1;
    let longest = 0;
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      pieces += 1;
      longest = Math.max(longest, next.value.byteLength);
    }
    expect([pieces, batches()]).toEqual([6, 6]);
    expect(longest).toBeLessThan(200_000);
  });

  test("breaks off where the session ends, so that no half looks whole", async () => {
    await phone.imports(csvOf(4500));
    const { reader } = await streamOf(phone);
    expect(textOf(await reader.read())).toContain("entry-00000");
    await end(phone.tokens.session_id);
    const rest = async () => {
      let text = "";
      for (let next = await reader.read(); !next.done; next = await reader.read()) text += textOf(next);
      return text;
    };
    await expect(rest()).rejects.toThrow("The session ended");
  });

  test("breaks off where the session expires meanwhile", async () => {
    await phone.imports(csvOf(3500));
    let now = Date.now();
    const { reader } = await streamOf(phone, () => now);
    await reader.read();
    now += 31 * 86_400_000;
    const rest = async () => {
      for (let next = await reader.read(); !next.done; next = await reader.read());
    };
    await expect(rest()).rejects.toThrow("The session ended");
  });
});
