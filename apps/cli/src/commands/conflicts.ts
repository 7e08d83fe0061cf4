/**
 * `concord conflicts`: what waits for a person, with every system's wish side by side, and every true concurrent edit with
 * both values, who won and why. Newest first.
 */
import { showTime, showValue, type Value } from '@concord/core';
import type { OpenReview, Store } from '@concord/store';
import { exitCodes } from '../output/failure.ts';
import { textTable } from '../output/table.ts';
import type { Context } from './context.ts';

export type ConflictsOptions = { readonly limit: number; readonly before: string | undefined };

/** A row of the store's conflict table. */
export type ConflictRow = {
  readonly id: string;
  readonly record_id: string;
  readonly entity: string;
  readonly field: string;
  readonly kind: string;
  readonly policy: string;
  readonly incoming_system: string;
  readonly incoming_value: Value;
  readonly incoming_at: Date;
  readonly canonical_system: string;
  readonly canonical_value: Value;
  readonly canonical_at: Date;
  /** A side; `open` while a person is awaited, and then how that ended. */
  readonly winner: string;
  readonly decided_by: string | null;
  readonly decided_value: Value;
  readonly recorded_at: Date;
};

export async function conflicts(context: Context, { limit, before }: ConflictsOptions): Promise<number> {
  const { output } = context;
  const beforeId = before === undefined ? undefined : BigInt(before);
  const read = async ({ reports }: Store) => ({
    // What waits is on the first page only.
    reviews: beforeId === undefined ? await reports.reviews(limit) : [],
    rows: (await reports.conflicts({ limit, beforeId })) as ConflictRow[],
  });
  const { reviews, rows } = await context.withStore(read);
  output.data({ reviews, conflicts: rows });
  if (reviews.length > 0) output.print(`Waiting for a person\n${reviewTable(reviews)}\n\n${HOW_TO_DECIDE}\n`);
  output.print(rows.length === 0 ? 'No conflicts on record.' : conflictTable(rows));
  if (rows.length === limit) output.note(`more: --before ${rows.at(-1)?.id}`);
  return exitCodes.fine;
}

const HOW_TO_DECIDE = '  Decide: concord conflicts resolve <review> --choose <system>, or --value <json>';

export function reviewTable(reviews: readonly OpenReview[]): string {
  const systems = [...new Set(reviews.flatMap(systemsOf))].toSorted();
  const head = ['review', 'since', 'record', 'field', 'kind', ...systems, 'until then'];
  return textTable([head, ...reviews.map((review) => reviewCells(review, systems))]);
}

/** Those that wish something, and the one whose value stands. */
function systemsOf({ candidates, canonical_system: canonical }: OpenReview): string[] {
  return [...Object.keys(candidates), ...(canonical === '' ? [] : [canonical])];
}

function reviewCells(review: OpenReview, systems: readonly string[]): string[] {
  return [
    review.id,
    showTime(review.opened_at.getTime()),
    `${review.entity} ${review.known_as ?? review.record_id}`,
    review.field,
    review.kind,
    ...systems.map((system) => wishOf(review, system)),
    showValue(review.canonical_value),
  ];
}

function wishOf(review: OpenReview, system: string): string {
  const candidate = review.candidates[system];
  if (candidate !== undefined) return `${showValue(candidate.value)} (${showTime(candidate.at)})`;
  if (system !== review.canonical_system) return '';
  return `${showValue(review.canonical_value)} (${showTime(review.canonical_at.getTime())})`;
}

export function conflictTable(rows: readonly ConflictRow[]): string {
  const head = ['id', 'when', 'record', 'field', 'kind', 'one side', 'other side', 'winner', 'by'];
  return textTable([head, ...rows.map(conflictCells)], '');
}

function conflictCells(row: ConflictRow): string[] {
  return [
    row.id,
    showTime(row.recorded_at.getTime()),
    `${row.entity} ${row.record_id}`,
    row.field,
    row.kind,
    `${row.incoming_system}: ${showValue(row.incoming_value)}`,
    `${row.canonical_system}: ${showValue(row.canonical_value)}`,
    winnerText(row),
    row.policy,
  ];
}

function winnerText(row: ConflictRow): string {
  switch (row.winner) {
    case 'open':
      return 'a person decides';
    case 'person':
      return `${row.decided_by ?? 'a person'}: ${showValue(row.decided_value)}`;
    case 'agreed':
      return 'both agreed';
    case 'deleted':
    case 'detached':
      return `the record was ${row.winner}`;
    default: {
      const system = row.winner === 'incoming' ? row.incoming_system : row.canonical_system;
      return system === '' ? 'canonical' : system;
    }
  }
}
