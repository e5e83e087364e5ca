/**
 * The world of the simulated devices: one account on the real Worker and database, a network that loses, repeats and
 * delays, cron, and an operator who restores. It records all that the server wrote, to judge the end by. One thing
 * happens at a time: that the Worker's own statements race is for other tests.
 */
import { env } from "cloudflare:workers";
import { partsOf } from "../../src/vocabulary/stamp.ts";
import { newApp, startWorker } from "../worker.ts";
import { databaseOf, type Revisions, type Snapshot } from "./device-database.ts";
import { type Device, edit, type Fields, newDevice, remove, shown, sync, type Wire } from "./devices.ts";
import { joinAccount, newPhone, type WirePage, type WirePush, type WireRefusal } from "./phone.ts";

/** What the network does to a request. `late`: a copy of it arrives once more, some time later. */
export type Fault = "none" | "request lost" | "answer lost" | "twice" | "late";

/** One thing that the server wrote. */
export interface Write {
  readonly id: string;
  readonly fields: Fields;
  readonly deleted: boolean;
  /** The installation that asked for it. */
  readonly life: object;
  /** That installation was told. */
  acknowledged: boolean;
  /** A restore went back behind it. */
  undone: boolean;
}

/** What a traveller saw of an entry on deleting it, and which fields they had changed themselves. */
interface Removal {
  readonly id: string;
  readonly life: object;
  readonly saw: Fields;
  readonly changed: readonly string[];
}

/** A device with its place in the world. */
interface Inhabitant {
  device: Device;
  /** The installation; another one after a reinstall. */
  life: object;
  token: string;
  /** Its sync that is going on. */
  running: AsyncGenerator<undefined> | undefined;
  /** What becomes of its next request. */
  fault: Fault;
}

/** Every run enrols three devices. */
const ENROLMENTS = { DAILY_ENROLMENTS_PER_IP: "10000" };

/** Isolates of one deployment do not agree on the time either. */
const ISOLATE_SKEW_MS = [0, 20_000, -20_000];

class Lost extends Error {}

/** Makes a world with three devices of one account. `seen` gets what the devices were answered. */
export async function newWorld(seen: Set<string>) {
  await env.DB.prepare("UPDATE deployment SET epoch = 1").run();
  const apps = ISOLATE_SKEW_MS.map(() => newApp());
  const workers = ISOLATE_SKEW_MS.map((skew) => startWorker({ env: ENROLMENTS, clock: () => Date.now() + skew }));
  const at = <T>(list: readonly T[], index: number): T => {
    const found = list[index];
    if (found === undefined) throw new Error("There are three devices");
    return found;
  };
  const owner = await newPhone(at(workers, 0), at(apps, 0));
  const account = owner.tokens.account_id;
  const others = [1, 2].map((index) => joinAccount(at(workers, index), account, at(apps, index)));
  const inhabitants = [owner, ...(await Promise.all(others))].map(
    ({ tokens }): Inhabitant => ({
      device: newDevice(),
      life: {},
      token: tokens.access_token,
      running: undefined,
      fault: "none",
    }),
  );
  const writes: Write[] = [];
  /** Entries whose tombstone was purged at some time. */
  const purged = new Set<string>();
  /** What a traveller wrote last into each field of an entry, by installation. */
  const edited = new Map<object, Map<string, Fields>>();
  const removals: Removal[] = [];
  /** Writes over what their writer had not seen. */
  const blind: string[] = [];
  const database = databaseOf(account);
  let restores = 0;
  let copies: (() => Promise<unknown>)[] = [];
  let snapshot: (Snapshot & { readonly writes: number }) | undefined;

  function record(changes: readonly Fields[], { results }: WirePush, life: object): readonly (Write | undefined)[] {
    return changes.map(({ id, base: _, deleted, ...fields }, index) => {
      const status = results[index]?.status;
      // Where it is there already, that is what is acknowledged now: an entry's own, a deletion whoever did it.
      if (status === "unchanged")
        return writes.findLast((write) => write.id === id && (deleted ? write.deleted : write.life === life));
      if (status !== "applied") return undefined;
      const write = { id: String(id), fields, deleted: deleted === true, life, acknowledged: false, undone: false };
      writes.push(write);
      return write;
    });
  }

  function notice(changes: readonly Fields[], { results }: WirePush, before: Revisions): void {
    for (const [index, { id, base }] of changes.entries()) {
      const { epoch, revision } = partsOf(Number(base));
      const seen = epoch === before.epoch ? revision : 0;
      if (results[index]?.status === "applied" && seen < (before.revisions.get(String(id)) ?? 0))
        blind.push(String(id));
    }
  }

  /** The network between one installation and its isolate. */
  function wireOf(index: number): Wire {
    const one = at(inhabitants, index);
    const worker = at(workers, index);
    const { life } = one;

    async function through<T extends { readonly status: number }>(ask: (token: string) => Promise<T>): Promise<T> {
      const { fault, token } = one;
      one.fault = "none";
      if (fault === "request lost") throw new Lost();
      const answer = await ask(token);
      if (fault === "twice") await ask(token);
      if (fault === "late") copies.push(() => ask(token));
      if (fault === "answer lost") throw new Lost();
      if (answer.status !== 401) return answer;
      one.token = (await worker.signIn(at(apps, index))).access_token;
      throw new Lost();
    }

    return {
      async pull(query) {
        const path = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
        const response = await through((token) => worker.get(`/v1/vocabulary/sync?${path}`, token));
        const answer = await response.json<WirePage | WireRefusal>();
        if ("status" in answer) seen.add(answer.reason ?? "bad page");
        return answer;
      },
      async push(body) {
        const { answer, recorded } = await through(async (token) => {
          const before = await database.revisions();
          const response = await worker.post("/v1/vocabulary/sync", body, token);
          const pushed = await response.json<WirePush>();
          if (response.status === 200) notice(body.changes, pushed, before);
          const taken = response.status === 200 ? record(body.changes, pushed, life) : [];
          return { status: response.status, answer: pushed, recorded: taken };
        });
        for (const { status } of answer.results) seen.add(status);
        for (const write of recorded) if (write !== undefined) write.acknowledged = true;
        return answer;
      },
    };
  }

  return {
    inhabitants,
    writes,
    purged,
    removals,
    blind,
    hasRestored: () => restores > 0,
    /** Whether the installation that asked for a write had an edit of the entry that was not acknowledged. */
    wasPending({ id, life }: Write, before: readonly Write[]): boolean {
      const updatedAt = edited.get(life)?.get(id)?.updatedAt;
      const acknowledged = before.filter((write) => write.id === id && write.life === life && write.acknowledged);
      return updatedAt !== undefined && acknowledged.every(({ fields }) => fields.updatedAt !== updatedAt);
    },
    /** What the installations that are there wrote into an entry. */
    editsOf: (id: string) =>
      inhabitants.flatMap(({ life }) => {
        const fields = edited.get(life)?.get(id);
        return fields === undefined ? [] : [{ life, fields }];
      }),
    /** Whether the installation that asked for a write is still there. */
    isThere: ({ life }: Write) => inhabitants.some((one) => one.life === life),
    /** What the server holds, tombstones aside. */
    held: () => database.entries(),

    /** A traveller adds or changes an entry. */
    edit(index: number, id: string, fields: Fields): void {
      const { device, life } = at(inhabitants, index);
      const ofLife = edited.get(life) ?? new Map<string, Fields>();
      edited.set(life, ofLife.set(id, { ...ofLife.get(id), ...fields }));
      edit(device, id, fields);
    },

    /** A traveller deletes an entry. */
    remove(index: number, id: string): void {
      const { device, life } = at(inhabitants, index);
      const held = device.entries.get(id);
      if (held !== undefined) removals.push({ id, life, saw: shown(held), changed: Object.keys(held.edits) });
      remove(device, id);
    },

    /** One request of a device's sync, which begins where none is going on. Whether that sync is over. */
    async step(index: number, fault: Fault): Promise<boolean> {
      const one = at(inhabitants, index);
      one.fault = fault;
      one.running ??= sync(one.device, wireOf(index));
      try {
        const { done } = await one.running.next();
        if (done) one.running = undefined;
        return done === true;
      } catch (error) {
        if (!(error instanceof Lost)) throw error;
        one.running = undefined;
        return false;
      }
    },

    /** The oldest late copy arrives. */
    deliver: () => copies.shift()?.(),

    /** The app is installed anew, and has nothing but its credentials. */
    reinstall(index: number): void {
      Object.assign(at(inhabitants, index), { device: newDevice(), life: {}, running: undefined });
    },

    /** Half a year after the older part of the tombstones; no copy of a request is on its way for so long. */
    async purge(part: number): Promise<void> {
      copies = [];
      for (const id of await database.purge(part)) purged.add(id);
    },

    /** A point in time to which the database may be restored. */
    async keep(): Promise<void> {
      snapshot = { ...(await database.keep()), writes: writes.length };
    },

    /** The database goes back to the point kept last. */
    async restore(): Promise<void> {
      if (snapshot === undefined) return;
      await database.restore(snapshot);
      for (const write of writes.slice(snapshot.writes)) write.undone = true;
      snapshot = undefined;
      restores += 1;
    },
  };
}

export type World = Awaited<ReturnType<typeof newWorld>>;
