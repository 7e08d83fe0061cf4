/**
 * Which cells of the core's decision tables the histories have reached. A cell is one way in which something can be
 * decided: a decision in a kind of system, an answer of a policy to a kind of conflict, an outcome, a command. The tables
 * are total by type, so a new decision, policy or kind of system shows as cells that nobody has reached yet. What cannot
 * be reached is listed with its reason in `impossible.ts`.
 */
import type { ConflictKind, Decision, Operation, PolicyName, TargetEdit } from '@concord/core';
import { impossible, isRare, notDrawn } from './impossible.ts';
import { KINDS } from './options.ts';
import type { SystemKind, WorldOptions } from './options.ts';

export type CellCounts = Record<string, number>;

/** Whether a decision is one on a system, or on what a person said. */
const DECISIONS: Record<Decision['type'], 'system' | 'person' | 'either'> = {
  duplicate_dropped: 'system',
  change_ignored: 'system',
  row_held: 'system',
  rows_released: 'system',
  observed: 'system',
  echoed: 'system',
  learned: 'system',
  existence_learned: 'system',
  existence_agreed: 'system',
  existence_fast_forwarded: 'system',
  fast_forwarded: 'system',
  derived: 'system',
  derived_superseded: 'system',
  agreed: 'system',
  conflict_resolved: 'system',
  merged: 'system',
  computed: 'either',
  review_opened: 'system',
  review_updated: 'system',
  review_closed: 'either',
  review_resolved: 'person',
  resolution_refused: 'person',
  loop_detected: 'system',
  override_reported: 'system',
  command_issued: 'system',
  outcome_recorded: 'system',
  outcome_dropped: 'system',
  record_absorbed: 'person',
  absorb_refused: 'person',
  record_merged: 'person',
  change_forwarded: 'system',
  copy_detached: 'system',
};
const POLICIES: Record<PolicyName, 'field' | 'record' | 'existence'> = {
  last_write_wins: 'field',
  field_level_priority: 'field',
  source_priority: 'field',
  max: 'field',
  min: 'field',
  counter: 'field',
  set_union: 'field',
  set_delta: 'field',
  paired: 'field',
  manual: 'field',
  record_ownership: 'record',
  loop_prevention: 'record',
  delete_wins: 'existence',
  update_wins: 'existence',
};
const CONFLICTS: Record<ConflictKind, 'field' | 'existence'> = {
  update_update: 'field',
  create_create: 'field',
  update_delete: 'existence',
  delete_update: 'existence',
};
const RESULTS = ['applied', 'stale', 'rejected', 'waiting'] as const;
const OPERATIONS: Record<Operation, true> = { create: true, update: true, delete: true };
const TREATMENTS: Record<TargetEdit, true> = { overwritten: true, kept: true, reported: true };
const DUPLICATES = ['position_seen', 'before_snapshot', 'snapshot_outdated'] as const;

export class Coverage {
  readonly #counts = new Map<string, number>();

  get counts(): CellCounts {
    return Object.fromEntries(this.#counts);
  }

  observerOf({ systems }: WorldOptions): (decision: Decision) => void {
    const kinds = new Map(systems.map(({ name, kind }) => [name, kind]));
    return (decision) => {
      for (const cell of cellsOf(decision, kinds.get(decision.system))) {
        this.#counts.set(cell, (this.#counts.get(cell) ?? 0) + 1);
      }
    };
  }
}

function cellsOf(decision: Decision, kind: SystemKind | undefined): readonly string[] {
  const own = `decision: ${decision.type}${kind === undefined ? '' : `, ${kind}`}`;
  switch (decision.type) {
    case 'conflict_resolved':
      return [own, `conflict: ${decision.kind} by ${decision.policy}, ${decision.winner} wins`];
    case 'override_reported':
      return [own, `override: ${decision.treatment}, ${decision.derived ? 'by automation' : 'by a user'}`];
    case 'command_issued':
      return [own, `command: ${decision.command.operation}, ${kind}`];
    case 'outcome_recorded':
      return [own, `outcome: ${decision.result}, ${kind}`];
    case 'duplicate_dropped':
      return [own, `duplicate: ${decision.reason}`];
    default:
      return [own];
  }
}

function allCells(): readonly string[] {
  const decisions = namesOf(DECISIONS).flatMap((type) => [
    ...(DECISIONS[type] === 'system' ? [] : [`decision: ${type}`]),
    ...(DECISIONS[type] === 'person' ? [] : KINDS.map((kind) => `decision: ${type}, ${kind}`)),
  ]);
  const conflicts = namesOf(CONFLICTS).flatMap((conflict) =>
    namesOf(POLICIES)
      .filter((policy) => (POLICIES[policy] === 'existence') === (CONFLICTS[conflict] === 'existence'))
      .flatMap((policy) => ['incoming', 'canonical'].map((side) => `conflict: ${conflict} by ${policy}, ${side} wins`)),
  );
  const overrides = namesOf(TREATMENTS).flatMap((treatment) =>
    ['by a user', 'by automation'].map((author) => `override: ${treatment}, ${author}`),
  );
  const ofKinds = KINDS.flatMap((kind) => [
    ...namesOf(OPERATIONS).map((operation) => `command: ${operation}, ${kind}`),
    ...RESULTS.map((result) => `outcome: ${result}, ${kind}`),
  ]);
  return [...decisions, ...conflicts, ...overrides, ...ofKinds, ...DUPLICATES.map((reason) => `duplicate: ${reason}`)];
}

function namesOf<Name extends string>(record: Record<Name, unknown>): readonly Name[] {
  return Object.keys(record) as Name[];
}

export type CoverageReport = {
  readonly reached: readonly (readonly [cell: string, count: number])[];
  readonly unreached: readonly string[];
  /** Not reached for a reason that is known. */
  readonly impossible: readonly (readonly [cell: string, reason: string])[];
  readonly notDrawn: readonly (readonly [cell: string, reason: string])[];
  /** What was reached although it was thought impossible, or is in no table: the tables are wrong. */
  readonly surprising: readonly string[];
};

export function reportCoverage(counts: CellCounts): CoverageReport {
  const cells = allCells();
  const reached = cells.flatMap((cell) => (counts[cell] === undefined ? [] : [[cell, counts[cell]] as const]));
  const rest = cells.filter((cell) => counts[cell] === undefined);
  const known = new Set(cells);
  const isListed = (cell: string): boolean => impossible(cell) !== null || notDrawn(cell) !== null;
  return {
    reached,
    unreached: rest.filter((cell) => !isListed(cell) && !isRare(cell)),
    impossible: withReason(rest, impossible),
    notDrawn: withReason(rest, notDrawn),
    surprising: Object.keys(counts).filter((cell) => !known.has(cell) || isListed(cell)),
  };
}

function withReason(
  cells: readonly string[],
  reasonOf: (cell: string) => string | null,
): readonly (readonly [cell: string, reason: string])[] {
  return cells.flatMap((cell) => {
    const reason = reasonOf(cell);
    return reason === null ? [] : [[cell, reason] as const];
  });
}
