/**
 * `npm run soak`: minutes of what production brings, over HTTP against a running local server: racing refreshes on a bad
 * network with thieves among them, then a mix of translations while the provider keeps failing. Prints what happened;
 * exits with 1 where anything went against the contract, with 2 where the server was not started for it.
 */
import { ClientError } from "./client/failure.ts";
import { readSoakOptions, SoakMisuse, type SoakOptions, serverCommand, usage } from "./soak/arguments.ts";
import { seededRandom } from "./soak/random.ts";
import { type SoakReport, soakRefreshes } from "./soak/refreshes.ts";
import { soakTranslations } from "./soak/translations.ts";

/** Violations that are printed; the rest are counted. */
const PRINTED_MOST = 20;

function print(title: string, { lines, violations }: SoakReport): void {
  console.log(`${title}: ${violations.length === 0 ? "kept" : `${violations.length} VIOLATIONS`}`);
  for (const line of lines) console.log(`  ${line}`);
  for (const violation of violations.slice(0, PRINTED_MOST)) console.log(`  ! ${violation}`);
}

async function soak(options: SoakOptions): Promise<boolean> {
  const random = seededRandom(options.seed);
  let kept = true;
  if (options.sessions > 0) {
    const report = await soakRefreshes(options, random);
    print("Refreshes", report);
    kept &&= report.violations.length === 0;
  }
  if (options.minutes > 0) {
    const report = await soakTranslations(options, random);
    print("Translations", report);
    kept &&= report.violations.length === 0;
  }
  return kept;
}

/** What to do about an error that is the set-up's; `undefined` where it is not. */
function misuseOf(error: unknown): string | undefined {
  if (error instanceof SoakMisuse) return error.message;
  if (!(error instanceof ClientError)) return undefined;
  const { failure } = error;
  if (failure.kind === "unreachable") return `No answer from ${failure.baseUrl}.`;
  return failure.kind === "unavailable" ? `The server refuses to sign devices in: ${failure.code}.` : undefined;
}

async function main(args: string[]): Promise<number> {
  if (args.includes("--help")) {
    console.log(usage());
    return 0;
  }
  let options: SoakOptions | undefined;
  try {
    options = readSoakOptions(args);
    return (await soak(options)) ? 0 : 1;
  } catch (error) {
    const misuse = misuseOf(error);
    if (misuse === undefined) throw error;
    console.error(misuse);
    if (options !== undefined) console.error(`Start the server for it with:\n\n  ${serverCommand(options)}\n`);
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
