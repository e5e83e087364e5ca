/** The commands of README.md and docs/, run in order as they stand against `npm run dev` from nothing, and the answers that they show. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answersOf, readDocument, run, type Served, startServing } from "./served.ts";

const START_MS = 120_000;
const REVISIONS = 2 ** 32;
let served: Served;

beforeAll(async () => {
  served = await startServing();
}, START_MS);

afterAll(() => served.stop());

describe("README.md", () => {
  test("shows the first five minutes", () => {
    const { blocks, shown } = readDocument("README.md");
    expect(blocks).toHaveLength(4);
    const [translated, refreshed, again] = answersOf(blocks, served);
    expect(translated).toEqual(shown[0]);
    const first = refreshed as { refresh_token: string };
    expect(first.refresh_token).toMatch(/^v1\.[a-z0-9]+\.[\w-]{22}\.2\./);
    expect(again).toMatchObject({ refresh_token: first.refresh_token });
  });

  test("and the demo, with real words, from the isolate the second time", () => {
    const demo = () =>
      run(process.execPath, [
        "scripts/demo.ts",
        ...["--url", served.address, "--file", join(served.folder, "demo.json")],
        ...["--from", "en", "--to", "es,ja", "bread", "train station", "passport"],
      ]);
    for (const shown of [demo(), demo()]) {
      for (const word of ["pan", "パン", "estación de tren", "駅", "pasaporte", "パスポート"])
        expect(shown).toContain(word);
      expect(shown.match(/phrasebook/g)?.length).toBeGreaterThanOrEqual(6);
    }
  });
});

test("docs/sync.md shows what every request answers", () => {
  const { blocks, shown } = readDocument("docs/sync.md");
  expect([blocks.length, shown.length]).toEqual([6, 4]);
  // Stamps of this account, as those of the document: they differ in what stands before the revision.
  const asShown = (answer: unknown): unknown =>
    JSON.parse(JSON.stringify(answer), (name, value) =>
      (name === "rev" || name === "cursor") && typeof value === "number"
        ? 4096 * REVISIONS + (value % REVISIONS)
        : value,
    );
  const [listed, pushed, repeated, refused, deletion, tombstone] = answersOf(blocks, served).map(asShown);
  expect([listed, pushed, repeated, tombstone]).toEqual(shown);
  expect(refused).toMatchObject({ code: "resync_required" });
  expect(deletion).toMatchObject({ results: [{ status: "applied" }] });
});

test("docs/owning.md tells an owner's whole life", { timeout: 30_000 }, () => {
  const { blocks } = readDocument("docs/owning.md");
  expect(blocks).toHaveLength(8);
  const answers = answersOf(blocks, served);
  const [joined, used, recovered, registered, exported] = answers;
  expect(joined).toMatchObject({ joined: { moved: 0, equal: 0, renamed: 0, left: 0 } });
  expect(used).toMatchObject({ status: "used", device: { name: "New" } });
  const { account_id } = joined as { account_id: string };
  expect(recovered).toMatchObject({ account_id });
  expect(registered).toMatchObject({ email: expect.stringMatching(/^traveller-/) });
  expect(exported).toMatchObject({ account: { id: account_id } });
  expect(answers).toHaveLength(5);
});

test("starting says what was made and where it serves, and warns of nothing", () => {
  expect(served.said()).toContain(`Serving on ${served.address}`);
  expect(served.said()).not.toMatch(/warn|deprecat|⚠|▲/i);
});
