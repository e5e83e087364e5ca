/** The circuit's rule by itself, under a clock that the test moves. */
import { beforeEach, describe, expect, test } from "vitest";
import { type Admitted, type CallHealth, type Circuit, createCircuit } from "../../src/provider/circuit.ts";

let circuit: Circuit;
beforeEach(() => {
  circuit = createCircuit();
});

const admitted = (now: number) => circuit.admit(now).admitted;

/** A call that must be admitted. */
function begun(now: number): Admitted {
  const admission = circuit.admit(now);
  if (!admission.admitted) throw new Error(`The circuit is open at ${now}`);
  return admission;
}

/** Calls that are admitted at a time, one after the other, and end as given. */
function calls(now: number, ...healths: readonly CallHealth[]): void {
  for (const health of healths) begun(now).note(health, now);
}

const FOUR = ["failed", "failed", "failed", "failed"] as const;

/** A circuit that opened at 0. */
function opened(): void {
  calls(0, ...FOUR, "failed");
}

describe("opens", () => {
  test("at the fifth failure in a row, not at the fourth", () => {
    calls(0, ...FOUR);
    calls(1, "failed");
    expect(circuit.admit(1)).toEqual({ admitted: false, retryAfterMs: 10_000 });
  });

  test("not where a success is among the failures", () => {
    calls(0, ...FOUR, "good", ...FOUR);
    calls(0, "failed");
    expect(admitted(0)).toBe(false);
  });

  test("at once where the provider refuses us", () => {
    calls(0, "refuses_us");
    expect(admitted(9999)).toBe(false);
  });

  test("again at the first failure of a probe, however few failures opened it", () => {
    calls(0, "refuses_us");
    calls(10_000, "failed");
    expect(circuit.admit(10_000)).toEqual({ admitted: false, retryAfterMs: 10_000 });
  });

  test("at the fifth failure, whatever calls told nothing in between", () => {
    calls(0, "unknown", "unknown", "unknown", "unknown", "unknown", "unknown");
    calls(0, ...FOUR, "unknown", "failed");
    expect(admitted(0)).toBe(false);
  });

  test("for all calls that were running already, when the fifth of them fails", () => {
    const running = Array.from({ length: 6 }, () => begun(0));
    for (const call of running.slice(1)) call.note("failed", 100);
    running[0]?.note("failed", 200);
    expect(circuit.admit(200)).toEqual({ admitted: false, retryAfterMs: 10_000 });
  });
});

describe("once open", () => {
  beforeEach(opened);

  test("refuses for ten seconds, saying how long it still does, and then lets one probe through", () => {
    expect(circuit.admit(1)).toEqual({ admitted: false, retryAfterMs: 9999 });
    expect(circuit.admit(9999)).toEqual({ admitted: false, retryAfterMs: 1 });
    expect(admitted(10_000)).toBe(true);
    expect(circuit.admit(10_000)).toEqual({ admitted: false, retryAfterMs: 10_000 });
    expect(circuit.admit(12_000)).toEqual({ admitted: false, retryAfterMs: 8000 });
  });

  test("closes when the probe succeeds, and counts failures from the beginning", () => {
    calls(10_000, "good");
    calls(10_001, ...FOUR);
    expect(admitted(10_001)).toBe(true);
  });

  test("stays open for ten seconds more when the probe fails", () => {
    begun(10_000).note("failed", 10_500);
    expect(admitted(20_499)).toBe(false);
    expect(admitted(20_500)).toBe(true);
  });

  test("lets the next one probe where a probe told nothing", () => {
    calls(10_000, "unknown", "unknown", "good");
    expect(admitted(10_000)).toBe(true);
    expect(admitted(10_000)).toBe(true);
  });

  test("waits ten seconds for a probe that never reports, then sends another", () => {
    expect(admitted(10_000)).toBe(true);
    expect(admitted(19_999)).toBe(false);
    expect(admitted(20_000)).toBe(true);
    expect(admitted(20_000)).toBe(false);
  });
});

describe("a call from before it opened", () => {
  let before: Admitted;
  beforeEach(() => {
    before = begun(0);
    opened();
  });

  test("closes it by succeeding late", () => {
    before.note("good", 5000);
    expect(admitted(5000)).toBe(true);
  });

  test.each(["unknown", "failed", "refuses_us"] as const)("lets no second probe through by ending %s", (health) => {
    expect(admitted(10_000)).toBe(true);
    before.note(health, 10_001);
    expect(admitted(10_001)).toBe(false);
  });
});

test("a probe that reports after another was sent in its place does not let a third through", () => {
  opened();
  const late = begun(10_000);
  expect(admitted(20_000)).toBe(true);
  late.note("unknown", 20_001);
  expect(admitted(20_001)).toBe(false);
});
