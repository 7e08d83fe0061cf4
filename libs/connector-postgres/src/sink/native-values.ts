/** Canonical values as texts that Postgres reads, and the SQL around them. All parameters are arrays of text. */
import type { FieldType, Value } from '@concord/core';
import { parseTypeName } from '../catalogue/types.ts';

export type SinkColumn = { readonly name: string; readonly type: FieldType; readonly nativeType: string };

export function nativeText(type: FieldType, value: Value | undefined): string | null {
  if (value === null || value === undefined) return null;
  const text = typeof value === 'string' ? value : String(value);
  const isTime = type.kind === 'date' || type.kind === 'timestamp';
  return isTime && /^-\d/.test(text) ? beforeChrist(text) : text;
}

/** ISO 8601 counts a year 0, Postgres does not: `-0043-03-15` is `0044-03-15 BC`. */
function beforeChrist(text: string): string {
  const end = text.indexOf('-', 1);
  const year = String(Number(text.slice(1, end)) + 1).padStart(4, '0');
  return `${year}${text.slice(end)} BC`;
}

/**
 * A value to be written. The cast leaves the column's length and scale to the assignment, where a text that is too long is an
 * error; an explicit cast would cut it without a word.
 */
export function writtenValue(parameter: string, { type, nativeType }: SinkColumn): string {
  if (type.kind === 'bytes') return `decode(${parameter}, 'base64')`;
  const { name } = parseTypeName(nativeType);
  return `${parameter}::${name === 'character' ? 'bpchar' : name}`;
}

/** Whether a column still holds what is expected of it, in the column's own precision. */
export function guard(column: string, parameter: string, { type, nativeType }: SinkColumn): string {
  if (type.kind === 'bytes') return `${column} IS NOT DISTINCT FROM decode(${parameter}, 'base64')`;
  // The type json has no equality; two texts with other spaces are the same document anyway.
  if (type.kind === 'json') return `${column}::jsonb IS NOT DISTINCT FROM ${parameter}::jsonb`;
  return `${column} IS NOT DISTINCT FROM ${parameter}::${nativeType}`;
}
