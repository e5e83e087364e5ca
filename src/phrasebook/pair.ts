// From two language tags of a request to the pair that they mean, or to the failure that says which of them is at fault.
import { type Failed, type Failure, type Fault, failed } from "../errors.ts";
import { foldLanguage } from "../translate/languages.ts";
import type { Edition, Phrasebook } from "./phrasebook.ts";
import type { PhrasebookIo } from "./versions.ts";

/** Two tags as they were sent, and where: for the paths of faults. */
export interface AskedPair {
  readonly from: string;
  readonly to: string;
  readonly place: "path" | "query";
}

const NOTHING_SEEDED: Failure = {
  code: "not_in_phrasebook",
  detail: "This service's database holds no phrasebook; its operator seeds it with `npm run dev` or `npm run deploy`.",
};

/** The pair with its concepts. Throws `StorageUnavailable` where it must be read and D1 does not answer. */
export async function openPair(
  phrasebook: Phrasebook,
  { from, to, place }: AskedPair,
  io: PhrasebookIo,
): Promise<{ readonly ok: true; readonly edition: Edition } | Failed<Failure>> {
  const [source, target] = [foldLanguage(from), foldLanguage(to)];
  const faults = (isFrom: boolean, isTo: boolean, message: string): Fault[] => [
    ...(isFrom ? [{ path: `${place}.from`, message }] : []),
    ...(isTo ? [{ path: `${place}.to`, message }] : []),
  ];
  if (source === undefined || target === undefined) {
    const errors = faults(source === undefined, target === undefined, "is not a supported language");
    return failed({ code: "unsupported_language", detail: "GET /v1/languages lists the languages.", errors });
  }
  const edition = await phrasebook.edition(source, target, io);
  if (edition === undefined) return failed(NOTHING_SEEDED);
  const [lacksFrom, lacksTo] = [edition.from.byConcept.size === 0, edition.to.byConcept.size === 0];
  if (!lacksFrom && !lacksTo) return { ok: true, edition };
  return failed({
    code: "not_in_phrasebook",
    detail: "GET /v1/phrasebook/languages lists the languages of the phrasebook.",
    errors: faults(lacksFrom, lacksTo, "is not a language of the phrasebook"),
  });
}
