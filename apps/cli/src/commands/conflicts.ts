/** `concord conflicts`: every true concurrent edit, both values, who won and why. Newest first. */
import { showTime, showValue, type Value } from '@concord/core';
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
  readonly winner: string;
  readonly recorded_at: Date;
};

export async function conflicts(context: Context, { limit, before }: ConflictsOptions): Promise<number> {
  const { output } = context;
  const beforeId = before === undefined ? undefined : BigInt(before);
  const rows = (await context.withStore((store) => store.reports.conflicts({ limit, beforeId }))) as ConflictRow[];
  output.data({ conflicts: rows });
  output.print(rows.length === 0 ? 'No conflicts on record.' : conflictTable(rows));
  if (rows.length === limit) output.note(`more: --before ${rows.at(-1)?.id}`);
  return exitCodes.fine;
}

export function conflictTable(rows: readonly ConflictRow[]): string {
  const head = ['id', 'when', 'record', 'field', 'kind', 'one side', 'other side', 'winner', 'by'];
  return textTable([head, ...rows.map(conflictCells)], '');
}

function conflictCells(row: ConflictRow): string[] {
  const isReviewed = row.policy === 'manual' || row.policy === 'loop_prevention';
  const standing = row.winner === 'incoming' ? row.incoming_system : row.canonical_system;
  const winner = isReviewed ? 'a person decides' : standing;
  return [
    row.id,
    showTime(row.recorded_at.getTime()),
    `${row.entity} ${row.record_id}`,
    row.field,
    row.kind,
    `${row.incoming_system}: ${showValue(row.incoming_value)}`,
    `${row.canonical_system}: ${showValue(row.canonical_value)}`,
    winner === '' ? 'canonical' : winner,
    row.policy,
  ];
}
