/** What Salesforce's answer for one row means for its command. */
import type { TargetOutcome } from '@concord/connector-kit';
import { reactionOfRow } from '../errors.ts';
import { isGuardRefusal } from '../guard/guard.ts';
import type { RowError, RowResult } from '../rest/rest-client.ts';
import { outcomeOf, type Write } from './writes.ts';

export type RowVerdict =
  | { readonly kind: 'settled'; readonly outcome: TargetOutcome }
  /** Refused for a passing reason; `outcome` holds if it does not pass. */
  | { readonly kind: 'again'; readonly outcome: TargetOutcome }
  /** Refused by the guard: somebody saved the record between the reading and the writing, maybe another field of it. */
  | { readonly kind: 'contended'; readonly outcome: TargetOutcome };

/** The record that the row names is in the recycle bin or beyond. */
const GONE: ReadonlySet<string> = new Set(['ENTITY_IS_DELETED', 'NOT_FOUND']);

const CODES: Readonly<Record<string, string>> = {
  DUPLICATE_VALUE: 'sink.constraint',
  DUPLICATES_DETECTED: 'sink.constraint',
  DUPLICATE_EXTERNAL_ID: 'sink.constraint',
  FIELD_CUSTOM_VALIDATION_EXCEPTION: 'sink.constraint',
  REQUIRED_FIELD_MISSING: 'sink.constraint',
  STRING_TOO_LONG: 'sink.constraint',
  INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: 'sink.constraint',
  INVALID_CROSS_REFERENCE_KEY: 'sink.reference_missing',
};

export function verdictOf(write: Write, result: RowResult): RowVerdict {
  const { command } = write;
  if (result.success) return settled(write, { result: 'applied', nativeId: result.id ?? write.nativeId });
  const error = result.errors[0] ?? { code: 'UNKNOWN_EXCEPTION', message: 'no reason given', fields: [] };
  if (isGone(error)) {
    if (command.operation === 'delete') return settled(write, { result: 'applied', nativeId: write.nativeId });
    if (command.operation === 'update') return settled(write, { result: 'stale', ...toldBy(error) });
  }
  if (isGuardRefusal(error)) {
    return {
      kind: 'contended',
      outcome: outcomeOf(command, { result: 'rejected', ...toldBy(error), code: 'sink.contended' }),
    };
  }
  const outcome = outcomeOf(command, { result: 'rejected', ...toldBy(error) });
  return { kind: reactionOfRow(error.code) === 'retry' ? 'again' : 'settled', outcome };
}

export function settled(write: Write, told: Parameters<typeof outcomeOf>[1]): RowVerdict {
  return { kind: 'settled', outcome: outcomeOf(write.command, told) };
}

/** A row whose own id is unknown gets the same code as a missing parent, but without naming a field. */
function isGone({ code, fields }: RowError): boolean {
  return GONE.has(code) || (code === 'INVALID_CROSS_REFERENCE_KEY' && fields.length === 0);
}

function toldBy({ code, message, fields }: RowError): { code: string; reason: string } {
  const place = fields.length === 0 ? '' : ` (${fields.join(', ')})`;
  return { code: CODES[code] ?? 'sink.rejected', reason: `${code}: ${message}${place}` };
}
