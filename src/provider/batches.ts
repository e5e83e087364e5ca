/** How missing units become calls: grouped by equal options and equal missing targets, cut to the provider's limits. */
import { PROVIDER_CHARACTERS, PROVIDER_ELEMENTS } from "../bounds.ts";
import type { ProviderCall } from "./wire.ts";

/** A unit as far as the provider is concerned. */
export interface ProviderUnit {
  readonly text: string;
  readonly from: string | undefined;
  readonly to: string;
  readonly textType: "plain" | "html";
  readonly toScript: "Latn" | undefined;
}

/** A call, and the unit behind each of its texts (rows) and targets (columns). */
export interface Batch<U extends ProviderUnit> {
  readonly call: ProviderCall;
  readonly units: readonly (readonly U[])[];
}

function grouped<T>(items: readonly T[], key: (item: T) => string): T[][] {
  return [...Map.groupBy(items, key).values()];
}

const optionsOf = (unit: ProviderUnit) => JSON.stringify([unit.from, unit.textType, unit.toScript]);

/** One text with the units of its missing targets. */
type Row<U> = readonly U[];

/** Rows cut so that texts times targets stay within the provider's bound; a long text goes to a few targets at a time. */
function cutTargets<U extends ProviderUnit>(row: Row<U>): Row<U>[] {
  const length = row[0]?.text.length ?? 0;
  const fitting = Math.max(1, Math.floor(PROVIDER_CHARACTERS / Math.max(1, length)));
  const parts: Row<U>[] = [];
  for (let at = 0; at < row.length; at += fitting) parts.push(row.slice(at, at + fitting));
  return parts;
}

function cutElements<U extends ProviderUnit>(rows: readonly Row<U>[]): Row<U>[][] {
  const parts: Row<U>[][] = [];
  let part: Row<U>[] = [];
  let characters = 0;
  for (const row of rows) {
    const cost = (row[0]?.text.length ?? 0) * row.length;
    if (part.length > 0 && (part.length === PROVIDER_ELEMENTS || characters + cost > PROVIDER_CHARACTERS)) {
      parts.push(part);
      part = [];
      characters = 0;
    }
    part.push(row);
    characters += cost;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}

/** The calls that fetch these units, each unit exactly once. */
export function batchesOf<U extends ProviderUnit>(units: readonly U[]): Batch<U>[] {
  const batches: Batch<U>[] = [];
  for (const alike of grouped(units, optionsOf)) {
    // A call takes one `toScript`, and targets differ in whether they have it: those go one target at a time.
    const perTarget = alike[0]?.toScript === undefined ? [alike] : grouped(alike, ({ to }) => to);
    const rows = perTarget.flatMap((some) => grouped(some, ({ text }) => text)).flatMap(cutTargets);
    for (const same of grouped(rows, (row) => JSON.stringify(row.map(({ to }) => to)))) {
      for (const part of cutElements(same)) {
        const [first] = part[0] ?? [];
        if (first === undefined) continue;
        const { from, textType, toScript } = first;
        const targets = (part[0] ?? []).map(({ to }) => to);
        batches.push({
          call: { texts: part.map((row) => row[0]?.text ?? ""), from, targets, textType, toScript },
          units: part,
        });
      }
    }
  }
  return batches;
}
