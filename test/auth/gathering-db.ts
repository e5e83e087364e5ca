/**
 * The real local D1 behind one round trip for many: the statements that concurrent callers run within a turn of the
 * event loop go out as one batch. For tests that run statements by the thousand; no statement is changed or answered here.
 */

interface Waiting {
  readonly statement: D1PreparedStatement;
  readonly answered: PromiseWithResolvers<D1Result>;
}

/** Gathers the statements that are run with `all` or `first`; nothing else of a database is there. */
export function gatheringDb(db: D1Database): D1Database {
  let waiting: Waiting[] = [];

  async function send(): Promise<void> {
    const sent = waiting;
    waiting = [];
    try {
      const results = await db.batch(sent.map(({ statement }) => statement));
      for (const [n, { answered }] of sent.entries()) {
        const result = results[n];
        if (result === undefined) answered.reject(new Error("The batch has no answer for this statement"));
        else answered.resolve(result);
      }
    } catch (error) {
      for (const { answered } of sent) answered.reject(error);
    }
  }

  function run(statement: D1PreparedStatement): Promise<D1Result> {
    const answered = Promise.withResolvers<D1Result>();
    if (waiting.length === 0) setTimeout(send, 0);
    waiting.push({ statement, answered });
    return answered.promise;
  }

  function gathered(statement: D1PreparedStatement): D1PreparedStatement {
    return new Proxy(statement, {
      get(target, name) {
        if (name === "bind") return (...values: unknown[]) => gathered(target.bind(...values));
        if (name === "all") return () => run(target);
        if (name === "first") return async () => (await run(target)).results[0] ?? null;
        throw new Error(`${String(name)} is not gathered`);
      },
    });
  }

  return new Proxy(db, {
    get(target, name) {
      if (name === "prepare") return (sql: string) => gathered(target.prepare(sql));
      throw new Error(`${String(name)} is not gathered`);
    },
  });
}
