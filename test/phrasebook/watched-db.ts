// The real local D1, watched: it counts the statements that are run, and can be made to hold their answers back until
// told, as a database that hangs does. Nothing is answered in D1's place.

/** The database to hand on, and what steers it. */
export interface WatchedDb {
  readonly db: D1Database;
  /** Statements run so far. */
  reads(): number;
  /** Holds the answers of statements run from now on; the function returned lets them go. */
  hold(): () => void;
  /** Statements run from now on are answered at once; what is held stays held. */
  pass(): void;
}

/** Watches a database. */
export function watchDb(real: D1Database): WatchedDb {
  let reads = 0;
  let gate: Promise<void> = Promise.resolve();

  function watch(statement: D1PreparedStatement): D1PreparedStatement {
    return new Proxy(statement, {
      get(target, name) {
        if (name === "bind") return (...values: unknown[]) => watch(target.bind(...values));
        if (name === "first") {
          return async () => {
            reads += 1;
            const held = gate;
            const row = await target.first();
            await held;
            return row;
          };
        }
        throw new Error(`the phrasebook is not known to use ${String(name)}`);
      },
    });
  }

  return {
    db: new Proxy(real, {
      get(target, name) {
        if (name === "prepare") return (sql: string) => watch(target.prepare(sql));
        throw new Error(`the phrasebook is not known to use ${String(name)}`);
      },
    }),
    reads: () => reads,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    pass() {
      gate = Promise.resolve();
    },
  };
}
