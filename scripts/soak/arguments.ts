/**
 * What `npm run soak` can be told, and the server that it needs: a local one, without rate limits, since all of its
 * clients share one address, and with limits of the day that the translations reach before the end.
 */
import { parseArgs } from "node:util";

/** A soak, as it was asked for. */
export interface SoakOptions {
  /** The edge and the Azure emulator beside it. */
  readonly url: string;
  readonly azureUrl: string;
  readonly sessions: number;
  readonly rounds: number;
  readonly minutes: number;
  readonly devices: number;
  /** Translate requests a second. */
  readonly rate: number;
  /** The server's DAILY_CHARACTERS_TOTAL and NEW_ACCOUNT_CHARACTERS. */
  readonly charactersTotal: number;
  readonly charactersPerDevice: number;
  readonly seed: number;
}

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/** Whole numbers with their bounds: the load stays what one machine can carry. */
const NUMBERS = {
  sessions: { default: 200, least: 0, most: 5000, means: "sessions that race their refreshes; 0 leaves these out" },
  rounds: { default: 10, least: 2, most: 1000, means: "races of each session" },
  minutes: { default: 10, least: 0, most: 600, means: "minutes of translations; 0 leaves these out" },
  devices: { default: 1000, least: 1, most: 5000, means: "devices that translate" },
  rate: { default: 50, least: 1, most: 1000, means: "translate requests a second" },
  "characters-total": { default: 250_000, least: 1, most: 1e12, means: "the server's DAILY_CHARACTERS_TOTAL" },
  "characters-per-device": { default: 1000, least: 1, most: 1e12, means: "the server's NEW_ACCOUNT_CHARACTERS" },
  seed: { default: 1, least: 0, most: 2 ** 31, means: "of all that is left to chance" },
} as const;

const DEFAULT_URL = "http://localhost:8787";
const DEFAULT_AZURE_URL = "http://127.0.0.1:8790";

/** The server was not started as a soak needs it, or the arguments cannot be followed; the message says what to do. */
export class SoakMisuse extends Error {}

/** How to start the server for these options. */
export function serverCommand({ url, charactersTotal, charactersPerDevice }: SoakOptions): string {
  const vars = [
    "RATE_LIMITS:off",
    "DAILY_ENROLMENTS_PER_IP:100000",
    "DAILY_ENROLMENTS_TOTAL:100000",
    `DAILY_CHARACTERS_TOTAL:${charactersTotal}`,
    `NEW_ACCOUNT_CHARACTERS:${charactersPerDevice}`,
    "NEW_ACCOUNT_CHARACTERS_PER_IP:1000000000",
    "NEW_ACCOUNT_SHARE:1",
  ];
  const { port } = new URL(url);
  const elsewhere = url === DEFAULT_URL || port === "" ? "" : `--port ${port} `;
  return `npm run dev:azure -- ${elsewhere}--persist-to .wrangler/soak --var ${vars.join(" ")}`;
}

/** What can be told, and the server that it needs. */
export function usage(): string {
  const numbers = Object.entries(NUMBERS).map(
    ([name, { default: unlessGiven, means }]) => `  --${name} ${unlessGiven}`.padEnd(34) + means,
  );
  return `npm run soak -- [options, here with their defaults]

  --url ${DEFAULT_URL}     the edge
  --azure ${DEFAULT_AZURE_URL}   the Azure emulator beside it
${numbers.join("\n")}

The server is started for it with:

  ${serverCommand(readSoakOptions([]))}`;
}

function localOrigin(name: string, text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || !LOOPBACK.includes(url.hostname)) {
    throw new SoakMisuse(`--${name} ${text} is no address on this machine: a soak is for a local server only.`);
  }
  return url.origin;
}

function wholeNumber(name: keyof typeof NUMBERS, given: string | undefined): number {
  const { default: unlessGiven, least, most } = NUMBERS[name];
  const value = given === undefined ? unlessGiven : Number(given);
  if (given?.trim() === "" || !Number.isInteger(value) || value < least || value > most) {
    throw new SoakMisuse(`--${name} is a whole number from ${least} to ${most}.`);
  }
  return value;
}

/** Reads the command line. Throws `SoakMisuse`. */
export function readSoakOptions(args: string[]): SoakOptions {
  const option = { type: "string" } as const;
  const known = {
    url: option,
    azure: option,
    ...Object.fromEntries(Object.keys(NUMBERS).map((name) => [name, option])),
  };
  let values: Readonly<Record<string, string | undefined>>;
  try {
    ({ values } = parseArgs({ args, options: known }));
  } catch (error) {
    throw new SoakMisuse(error instanceof Error ? error.message : String(error));
  }
  const number = (name: keyof typeof NUMBERS) => wholeNumber(name, values[name]);
  return {
    url: localOrigin("url", values.url ?? DEFAULT_URL),
    azureUrl: localOrigin("azure", values.azure ?? DEFAULT_AZURE_URL),
    sessions: number("sessions"),
    rounds: number("rounds"),
    minutes: number("minutes"),
    devices: number("devices"),
    rate: number("rate"),
    charactersTotal: number("characters-total"),
    charactersPerDevice: number("characters-per-device"),
    seed: number("seed"),
  };
}
