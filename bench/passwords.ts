// What a password costs: milliseconds of CPU for one sign-in by email, with its hashing and without; and whether the time
// of a refusal tells an unknown email from a wrong password. Requests of the two kinds alternate, so that a machine that is
// busy with something else slows both alike; the bounds are generous, since one isolate on one machine is all there is.

import { NOBODYS_PASSWORD } from "../src/auth/password.ts";
import { APP_GRANT, EMAIL_GRANT } from "../src/auth/token-request.ts";
import { cpuMicroseconds, findRuntime } from "./cpu.ts";
import { type Edge, startEdge } from "./edge.ts";

const ROUNDS = 40;
const EMAIL = "traveller@example.com";
/** Standard errors between the two kinds that chance explains: more is one time in some ten thousand. */
const CHANCE = 4;
/** A difference of the medians that nobody could measure over a network, as a part of them. */
const NEGLIGIBLE = 0.02;

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
const newApp = () => ({
  app_id: crypto.randomUUID(),
  app_secret: Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url"),
});

/** Asks for tokens, from an address of its own unless one is given. */
function ask(edge: Edge, body: object, address: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${edge.edgePort}/oauth/token`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "CF-Connecting-IP": address },
    body: JSON.stringify({ ...newApp(), ...body }),
  });
}

/** An account with an email, whose stored password is none that anybody has. */
async function register(edge: Edge): Promise<void> {
  const answer = await ask(edge, { grant_type: APP_GRANT }, "198.51.100.1");
  // The token route's own answer.
  const { account_id } = (await answer.json()) as { account_id: string };
  const sql = "UPDATE accounts SET email = ?2, password = ?3 WHERE id = ?1";
  await edge.db.prepare(sql).bind(account_id, EMAIL, NOBODYS_PASSWORD).run();
}

/** What one request took, in milliseconds. `cpu` is that of the runtime, where it can be read. */
interface Took {
  readonly wall: number;
  readonly cpu: number;
}

async function timed(runtime: number | undefined, status: number, request: () => Promise<Response>): Promise<Took> {
  const cpuBefore = runtime === undefined ? Number.NaN : cpuMicroseconds(runtime);
  const from = performance.now();
  const answer = await request();
  await answer.arrayBuffer();
  const wall = performance.now() - from;
  if (answer.status !== status) throw new Error(`Answered ${answer.status} where ${status} was due`);
  const cpu = runtime === undefined ? Number.NaN : (cpuMicroseconds(runtime) - cpuBefore) / 1000;
  return { wall, cpu };
}

/** The rank sum of Mann and Whitney, in standard errors from what chance has in the middle. */
function standardErrorsApart(a: readonly number[], b: readonly number[]): number {
  const above = a.reduce((sum, one) => sum + b.filter((other) => one > other).length, 0);
  const expected = (a.length * b.length) / 2;
  return (above - expected) / Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12);
}

/** Prints one measure of both kinds; whether it tells them apart. */
function tellsApart(name: string, unknown: readonly number[], wrong: readonly number[]): boolean {
  const [one, other] = [median(unknown), median(wrong)];
  const errors = standardErrorsApart(unknown, wrong);
  const difference = (one - other) / other;
  console.log(
    `${name}: unknown email ${one.toFixed(1)} ms, wrong password ${other.toFixed(1)} ms; ${(difference * 100).toFixed(1)} % apart, ${errors.toFixed(1)} standard errors`,
  );
  return Math.abs(errors) > CHANCE && Math.abs(difference) > NEGLIGIBLE;
}

const edge = await startEdge();
try {
  await register(edge);
  const runtime = findRuntime();
  let addresses = 0;
  const newAddress = () => `10.0.${addresses >> 8}.${addresses++ & 255}`;
  const guess = (email: string, address: string) => () =>
    ask(edge, { grant_type: EMAIL_GRANT, email, password: "a wrong password" }, address);
  const refused = (email: string) => timed(runtime, 400, guess(email, newAddress()));
  const early = guess(EMAIL, "198.51.100.2");
  await early();
  // For as long as this runs, whoever asks from there asks too early, and nothing is hashed.
  await edge.db.prepare("UPDATE failures SET last_at = last_at + 86400000").run();

  const unknown: Took[] = [];
  const wrong: Took[] = [];
  const throttled: Took[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const kinds = [
      async () => unknown.push(await refused(`nobody-${round}@example.com`)),
      async () => wrong.push(await refused(EMAIL)),
    ];
    for (const kind of round % 2 === 0 ? kinds : kinds.reverse()) await kind();
    throttled.push(await timed(runtime, 429, early));
  }
  const cpuOf = (all: readonly Took[]) => median(all.map(({ cpu }) => cpu));
  const hashing = cpuOf([...unknown, ...wrong]) - cpuOf(throttled);
  console.log(`A refused sign-in: ${cpuOf(wrong).toFixed(0)} ms of CPU, of which hashing ${hashing.toFixed(0)} ms`);
  const apart = (["wall", "cpu"] as const).map((measure) =>
    tellsApart(
      measure === "wall" ? "Time" : "CPU",
      unknown.map((one) => one[measure]),
      wrong.map((one) => one[measure]),
    ),
  );
  if (apart.includes(true)) process.exitCode = 1;
} finally {
  await edge.close();
}
