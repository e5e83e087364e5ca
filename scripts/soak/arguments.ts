/**
 * What `npm run soak` can be told, and the server that it needs: a local one, without rate limits, since all of its
 * clients share one address, and with day's limits that the translations reach before the end.
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
  sessions: { default: 200, least: 0, most: 5000 },
  rounds: { default: 10, least: 2, most: 1000 },
  minutes: { default: 10, least: 0, most: 600 },
  devices: { default: 1000, least: 1, most: 5000 },
  rate: { default: 50, least: 1, most: 1000 },
  "characters-total": { default: 250_000, least: 1, most: 1e12 },
  "characters-per-device": { default: 1000, least: 1, most: 1e12 },
  seed: { default: 1, least: 0, most: 2 ** 31 },
} as const;

/** The server was not started as a soak needs it, or the arguments cannot be followed; the message says what to do. */
export class SoakMisuse extends Error {}

/** How to start the server for these options. */
export function serverCommand({ charactersTotal, charactersPerDevice }: SoakOptions): string {
  const vars = [
    "RATE_LIMITS:off",
    "DAILY_ENROLMENTS_PER_IP:100000",
    "DAILY_ENROLMENTS_TOTAL:100000",
    `DAILY_CHARACTERS_TOTAL:${charactersTotal}`,
    `NEW_ACCOUNT_CHARACTERS:${charactersPerDevice}`,
    "NEW_ACCOUNT_CHARACTERS_PER_IP:1000000000",
    "NEW_ACCOUNT_SHARE:1",
  ];
  return `npm run dev:azure -- --persist-to .wrangler/soak --var ${vars.join(" ")}`;
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
    url: localOrigin("url", values.url ?? "http://localhost:8787"),
    azureUrl: localOrigin("azure", values.azure ?? "http://127.0.0.1:8790"),
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
