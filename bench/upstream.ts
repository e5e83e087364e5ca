/**
 * What the phrasebook and the caches save: upstream calls and characters of the soak's mix, for each thousand requests,
 * beside what the same requests would be without them, one call each with all of their characters.
 */
import { createClient } from "../scripts/client/client.ts";
import { makeCredentials } from "../scripts/client/credentials.ts";
import { memoryStore } from "../scripts/client/store.ts";
import { translate } from "../scripts/client/translate.ts";
import { createMix, type MixRequest } from "../scripts/soak/mix.ts";
import { forEachAtOnce } from "../scripts/soak/pool.ts";
import { seededRandom } from "../scripts/soak/random.ts";
import type { Edge } from "./edge.ts";

const THOUSANDS = 5;
const DEVICES = 1000;
const AT_ONCE = 16;

const charactersOf = ({ texts, to }: MixRequest) => texts.reduce((sum, text) => sum + text.length, 0) * to.length;

/** Sends the mix from cold caches on, and prints a table. */
export async function reportUpstream({ edgePort, azure }: Edge): Promise<void> {
  const baseUrl = `http://127.0.0.1:${edgePort}`;
  const client = createClient({ baseUrl, store: memoryStore(makeCredentials()), fetch, now: Date.now });
  const mix = await createMix(client, DEVICES, seededRandom(1));

  console.log("\n| 1,000 requests of the mix | calls | without the edge | characters | without the edge |");
  console.log("| --- | ---: | ---: | ---: | ---: |");
  for (let thousand = 1; thousand <= THOUSANDS; thousand += 1) {
    const requests = Array.from({ length: 1000 }, () => mix.next());
    const before = structuredClone(azure());
    await forEachAtOnce(requests, AT_ONCE, async ({ texts, from, to }) => {
      await translate(client, texts, from, to);
    });
    const { calls, characters } = azure();
    const direct = requests.reduce((sum, request) => sum + charactersOf(request), 0);
    console.log(
      `| ${thousand} | ${calls - before.calls} | ${requests.length} | ${characters - before.characters} | ${direct} |`,
    );
  }
}
