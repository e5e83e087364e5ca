/**
 * `npm run bench:vocabulary`: what sync costs in D1: a full account of 10,000 entries pulled on a new phone, and pushes of 500. Rows are D1's own
 * count. Times are of the local simulator, as a ratio to a bare read through the same door in the same run, since alone
 * they say nothing about production. The stores run as in the Worker; routes, tokens and the network are left out.
 */
import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import type { AccountId, SessionId } from "../src/auth/ids.ts";
import { CHANGES_PER_PUSH, ENTRIES_PER_ACCOUNT, ITEMS_PER_PAGE } from "../src/bounds.ts";
import { type Change, readChange } from "../src/vocabulary/entry.ts";
import { readPage } from "../src/vocabulary/pull-store.ts";
import { pushChanges } from "../src/vocabulary/push-store.ts";
import { accountTag, stampPrefix } from "../src/vocabulary/stamp.ts";
import { itemOf } from "../src/vocabulary/sync.ts";

const ROUNDS = 7;
const BARE_READS = 200;
const YEAR_MS = 365 * 86_400_000;

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

/** Rows and statements since the last look. */
const counted = { read: 0, written: 0, batches: 0 };

/** The database, with what each batch reads and writes counted. */
function counting(db: D1Database): D1Database {
  return new Proxy(db, {
    get(target, name) {
      if (name !== "batch") {
        const member: unknown = Reflect.get(target, name);
        return typeof member === "function" ? member.bind(target) : member;
      }
      return async (statements: D1PreparedStatement[]) => {
        const answers = await target.batch(statements);
        counted.batches += 1;
        for (const { meta } of answers) {
          counted.read += meta.rows_read;
          counted.written += meta.rows_written;
        }
        return answers;
      };
    },
  });
}

async function migrate(db: D1Database): Promise<void> {
  for (const name of (await readdir("migrations")).sort()) {
    const sql = (await readFile(`migrations/${name}`, "utf8")).replaceAll(/--[^\n]*/g, "");
    const statements = sql.split(";").map((statement) => statement.trim());
    for (const statement of statements) if (statement !== "") await db.prepare(statement).run();
  }
}

interface Owner {
  readonly sessionId: SessionId;
  readonly tag: number;
}

/** An account with one device and one session. */
async function newOwner(db: D1Database): Promise<Owner> {
  // Ids as the Worker makes them, which does it with what Node has not got yet.
  const accountId = randomBytes(16).toString("base64url") as AccountId;
  const sessionId = randomBytes(16).toString("base64url") as SessionId;
  const now = Date.now();
  await db.batch([
    db.prepare("INSERT INTO accounts (id, created_at) VALUES (?1, ?2)").bind(accountId, now),
    db
      .prepare("INSERT INTO devices (id, account_id, app_id, created_at, last_seen_at) VALUES (?1, ?1, ?2, ?3, ?3)")
      .bind(accountId, crypto.randomUUID(), now),
    db
      .prepare(
        `INSERT INTO sessions (id, account_id, device_id, generation, secret_hash, rotated_at, signed_in_at, idle_expires_at, absolute_expires_at)
         VALUES (?1, ?2, ?2, 1, '', ?3, ?3, ?4, ?4)`,
      )
      .bind(sessionId, accountId, now, now + YEAR_MS),
  ]);
  return { sessionId, tag: accountTag(accountId) };
}

/** Entries as travellers keep them, of about 300 bytes. */
function entries(from: number, count: number, note: string): readonly Change[] {
  return Array.from({ length: count }, (_, index) => {
    const read = readChange({
      id: `entry-${String(from + index).padStart(6, "0")}`,
      text: `Where is platform ${from + index}, please?`,
      language: "en",
      translation: `¿Dónde está el andén ${from + index}, por favor?`,
      translationLanguage: "es",
      category: "transport",
      tags: ["station", "trip 2026"],
      favourite: index % 7 === 0,
      note,
      practice: { due: 1_790_000_000 + index, level: index % 6 },
      base: 0,
    });
    if (!read.ok) throw new Error(`The bench's own entry is not good: ${read.code}`);
    return read.change;
  });
}

interface Cost {
  readonly ms: number;
  readonly bytes: number;
}

async function pushOf(db: D1Database, { sessionId, tag }: Owner, changes: readonly Change[]): Promise<Cost> {
  const from = performance.now();
  const report = await pushChanges(db, {
    ...{ sessionId, tag, since: 0, changes, atomic: false, apply: true },
    now: Date.now(),
  });
  const ms = performance.now() - from;
  if (report === undefined) throw new Error("The bench's session is over");
  return { ms, bytes: Buffer.byteLength(JSON.stringify({ changes })) };
}

/** The whole account, page after page. */
async function pullAll(db: D1Database, { sessionId, tag }: Owner): Promise<Cost> {
  const from = performance.now();
  let bytes = 0;
  let items = 0;
  for (let after = 0; ; ) {
    const read = await readPage(db, sessionId, after, ITEMS_PER_PAGE + 1, Date.now());
    if (read === undefined) throw new Error("The bench's session is over");
    const shown = read.rows.slice(0, ITEMS_PER_PAGE);
    const prefix = stampPrefix(read.figures.epoch, tag);
    bytes += Buffer.byteLength(JSON.stringify(shown.map((row) => itemOf(prefix, row))));
    items += shown.length;
    after = shown.at(-1)?.rev ?? after;
    if (read.rows.length <= ITEMS_PER_PAGE) break;
  }
  if (items !== ENTRIES_PER_ACCOUNT) throw new Error(`The pull told ${items} entries`);
  return { ms: performance.now() - from, bytes };
}

async function bareRead(db: D1Database): Promise<number> {
  const took: number[] = [];
  for (let index = 0; index < BARE_READS; index += 1) {
    const from = performance.now();
    await db.prepare("SELECT epoch FROM deployment").first();
    took.push(performance.now() - from);
  }
  return median(took);
}

async function report(name: string, bare: number, rounds: number, work: (round: number) => Promise<Cost>) {
  Object.assign(counted, { read: 0, written: 0, batches: 0 });
  const costs: Cost[] = [];
  for (let round = 0; round < rounds; round += 1) costs.push(await work(round));
  const each = Object.values(counted).map((count) => Math.round(count / rounds));
  const ms = median(costs.map((cost) => cost.ms));
  const kilobytes = (median(costs.map((cost) => cost.bytes)) / 1000).toFixed(0);
  console.log(
    `| ${name} | ${each[2]} | ${each[0]} | ${each[1]} | ${kilobytes} | ${ms.toFixed(1)} | ${(ms / bare).toFixed(1)} |`,
  );
}

const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    modules: true,
    script: "export default { fetch: () => new Response() };",
    compatibilityDate: "2026-11-01",
    d1Databases: ["DB"],
  }),
);
try {
  // The same interface, from Miniflare's own types.
  const db = counting((await miniflare.getD1Database("DB")) as unknown as D1Database);
  await migrate(db);
  const full = await newOwner(db);
  for (let from = 0; from < ENTRIES_PER_ACCOUNT; from += CHANGES_PER_PUSH)
    await pushOf(db, full, entries(from, CHANGES_PER_PUSH, "Seen at the station."));
  await bareRead(db);
  const bare = await bareRead(db);
  console.log("| request | batches | rows read | rows written | kB | ms | times a bare read |");
  console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
  console.log(`| a bare read | | 1 | 0 | | ${bare.toFixed(2)} | 1 |`);
  await report("pull 10,000 entries on a new phone", bare, ROUNDS, () => pullAll(db, full));
  const fresh = await Promise.all(Array.from({ length: ROUNDS }, () => newOwner(db)));
  const pushing = (note: string) => (round: number) =>
    pushOf(db, fresh[round] ?? full, entries(0, CHANGES_PER_PUSH, note));
  await report("push 500 new entries", bare, ROUNDS, pushing("New."));
  await report("push the same 500 again", bare, ROUNDS, pushing("New."));
  await report("push 500 edits into a full account", bare, ROUNDS, (round) => {
    const edits = entries(0, CHANGES_PER_PUSH, `Seen on day ${round}.`);
    return pushOf(
      db,
      full,
      edits.map((edit) => ({ ...edit, base: "upsert" })),
    );
  });
} finally {
  await miniflare.dispose();
}
