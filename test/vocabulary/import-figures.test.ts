/** What `GET /v1/account` says of the vocabulary, after files came in, entries were changed, and some were deleted. */
import { beforeEach, expect, test } from "vitest";
import { type Carrier, csvOf, newCarrier } from "./import-client.ts";

const LIMITS = { entriesLimit: 10_000, bytesLimit: 4_194_304 };

let phone: Carrier;
beforeEach(async () => {
  phone = await newCarrier();
});

async function vocabulary(): Promise<{ entries: number; bytes: number }> {
  const answer = await phone.worker.get("/v1/account", phone.tokens.access_token);
  return (await answer.json<{ vocabulary: { entries: number; bytes: number } }>()).vocabulary;
}
/** What the entries take, as the export has them: UTF-8 bytes of each one's JSON without its id. */
async function bytesKept(): Promise<number> {
  const contents = (await phone.entries()).map(({ id: _, ...content }) => JSON.stringify(content));
  return new TextEncoder().encode(contents.join("")).byteLength;
}

test("a new account keeps nothing, and its limits are told", async () => {
  expect(await vocabulary()).toEqual({ entries: 0, bytes: 0, ...LIMITS });
});

test("an import counts by entries and by bytes, not by characters", async () => {
  await phone.imports(csvOf(3, { note: "パン" }));
  const bytes = await bytesKept();
  expect(await vocabulary()).toEqual({ entries: 3, bytes, ...LIMITS });
  await phone.imports(csvOf(3, { note: "パ" }));
  expect(await vocabulary()).toEqual({ entries: 3, bytes: bytes - 9, ...LIMITS });
});

test("neither a dry run nor a file that is refused counts", async () => {
  await phone.imports(csvOf(3), { dryRun: "true" });
  await phone.imports(`${csvOf(3)}x\r\n`);
  expect(await vocabulary()).toEqual({ entries: 0, bytes: 0, ...LIMITS });
});

test("what is deleted counts no more, and what comes back does", async () => {
  await phone.imports(csvOf(2));
  const before = await vocabulary();
  const headers = { Authorization: `Bearer ${phone.tokens.access_token}` };
  await phone.worker.request("/v1/vocabulary/entry-00001", { method: "DELETE", headers });
  expect(await vocabulary()).toEqual({ entries: 1, bytes: before.bytes / 2, ...LIMITS });
  await phone.imports(csvOf(2));
  expect(await vocabulary()).toEqual(before);
});

test("what another account keeps does not count", async () => {
  await (await newCarrier(phone.worker)).imports(csvOf(5));
  expect(await vocabulary()).toMatchObject({ entries: 0 });
});
