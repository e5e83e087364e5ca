/** Calls of a binding that are held back until a test lets them go: so that it is the test that says who comes first. */
import type { Around } from "../bindings.ts";

/** A gate, open at first. */
export interface Gate {
  readonly around: Around;
  /** Holds back the calls from now on whose SQL contains the given text. */
  close(sql: string): void;
  /** Makes the calls that were held back, and all from now on. */
  open(): void;
  /** How many calls are held back. */
  held(): number;
}

/** Makes a gate. */
export function createGate(): Gate {
  let holding: string | undefined;
  let waiting: (() => void)[] = [];
  return {
    async around(make, { args }) {
      if (holding !== undefined && String(args[0]).includes(holding))
        await new Promise<void>((resolve) => waiting.push(resolve));
      return make();
    },
    close(sql) {
      holding = sql;
    },
    open() {
      holding = undefined;
      for (const go of waiting) go();
      waiting = [];
    },
    held: () => waiting.length,
  };
}
