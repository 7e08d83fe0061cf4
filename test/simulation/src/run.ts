/** Many histories one after another, and what is worth knowing about them together. */
import { Coverage } from './coverage.ts';
import type { CellCounts } from './coverage.ts';
import { runHistory } from './history.ts';
import type { Violation } from './auditor.ts';

export type Failure = { readonly seed: number; readonly violations: readonly Violation[] };

export type Histories = {
  readonly seeds: number;
  readonly failures: readonly Failure[];
  readonly cells: CellCounts;
  /** The longest way to rest after the last edit or fault, as a part of what is allowed. */
  readonly restShare: number;
};

export function runHistories(first: number, count: number): Histories {
  const failures: Failure[] = [];
  const coverage = new Coverage();
  let longest = 0;
  for (let seed = first; seed < first + count; seed++) {
    const { violations, restShare } = runHistory(seed, { observe: (options) => coverage.observerOf(options) });
    longest = Math.max(longest, restShare);
    if (violations.length > 0) failures.push({ seed, violations });
  }
  return { seeds: count, failures, cells: coverage.counts, restShare: longest };
}

export const NO_HISTORIES: Histories = { seeds: 0, failures: [], cells: {}, restShare: 0 };

export function together(left: Histories, right: Histories): Histories {
  const cells = { ...left.cells };
  for (const [cell, count] of Object.entries(right.cells)) cells[cell] = (cells[cell] ?? 0) + count;
  return {
    seeds: left.seeds + right.seeds,
    failures: [...left.failures, ...right.failures],
    cells,
    restShare: Math.max(left.restShare, right.restShare),
  };
}
