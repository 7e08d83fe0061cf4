/** A command as the row that Salesforce is sent. Every row carries the stamp by which its echo is known. */
import type { TargetCommand, TargetOutcome } from '@concord/connector-kit';
import { SYNC_ID_FIELD, SYNC_STAMP_FIELD } from '../connection.ts';
import { comparisonOf, type Comparison } from '../guard/comparison.ts';
import type { EntityBinding } from '../normalize/binding.ts';
import { stampText } from '../normalize/stamp.ts';
import { toNative } from '../normalize/values.ts';
import type { Row } from '../rest/rest-client.ts';

export type Write = {
  readonly command: TargetCommand;
  readonly object: string;
  readonly stamp: string;
  /** Without Id and sync id, which depend on how the row is sent. */
  readonly row: Row;
  readonly comparison: Comparison;
  /** It was sent before and no answer came, so that call may still be on its way. */
  readonly wasInDoubt: boolean;
  /** The record's id in Salesforce, as the command or a look-up tells. */
  readonly nativeId: string | null;
};

export function writeOf(command: TargetCommand, binding: EntityBinding): Write {
  const stamp = stampText(command);
  const isCreate = command.operation === 'create';
  const row: Record<string, unknown> = { [SYNC_STAMP_FIELD]: stamp };
  if (isCreate) Object.assign(row, { [SYNC_ID_FIELD]: command.recordId }, binding.filter);
  for (const { canonical, access } of binding.fields) {
    const value = command.values[canonical];
    // A new record has nulls by itself, and some fields refuse to be sent one.
    if (value === undefined || !access.write || (isCreate && value === null)) continue;
    row[access.native] = toNative(value, access);
  }
  const { object } = binding;
  const comparison = comparisonOf(command, binding);
  return { command, object, stamp, row, comparison, nativeId: command.nativeId, wasInDoubt: false };
}

type Told = Pick<TargetOutcome, 'result'> &
  Partial<Pick<TargetOutcome, 'staleFields' | 'nativeId' | 'code' | 'reason'>>;

export function outcomeOf({ entity, recordId, sequence }: TargetCommand, told: Told): TargetOutcome {
  return { entity, recordId, sequence, staleFields: [], nativeId: null, code: null, reason: null, ...told };
}
