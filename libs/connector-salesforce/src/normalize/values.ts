/**
 * Values between Salesforce and the canonical types, both ways. The bus and REST spell the same value differently (a date is
 * milliseconds there and text here), so reading starts from what arrived; the result is always in the canonical field's type.
 */
import type { FieldType, Value } from '@concord/core';
import type { PlannedAccess } from '@concord/contracts';
import { decimalText, normalizeDecimal } from './decimal.ts';

type Mapped = Pick<PlannedAccess, 'type' | 'nativeType'>;

/** Thrown for a value that its type cannot mean; the caller names the field. */
export class ValueError extends Error {
  constructor(value: unknown, kind: string) {
    super(`${typeof value} value cannot be read as ${kind}`);
    this.name = 'ValueError';
  }
}

/** `raw` is what a decoded event or a REST row holds. */
export function fromNative(raw: unknown, access: Mapped, canonical: FieldType): Value {
  if (raw === null || raw === undefined) return null;
  return coerce(nativeValue(raw, access), canonical);
}

function nativeValue(raw: unknown, { type, nativeType }: Mapped): Value {
  switch (type.kind) {
    case 'timestamp':
      return new Date(millisecondsOf(raw)).toISOString();
    case 'date':
      return typeof raw === 'string' ? raw.slice(0, 10) : new Date(millisecondsOf(raw)).toISOString().slice(0, 10);
    case 'time':
      return typeof raw === 'string' ? raw.replace(/Z$/, '') : timeText(millisecondsOf(raw));
    case 'decimal':
      return typeof raw === 'number' ? decimalText(raw, type.scale) : normalizeDecimal(String(raw), type.scale);
    case 'boolean':
      return typeof raw === 'boolean' ? raw : raw === 'true';
    case 'integer':
    case 'double':
      return Number(raw);
    case 'bytes':
      return Buffer.isBuffer(raw) ? raw.toString('base64') : String(raw);
    default:
      if (typeof raw === 'object') throw new ValueError(raw, nativeType);
      return String(raw);
  }
}

/** REST writes the offset without a colon (+0000), which Date does not accept. */
function millisecondsOf(raw: unknown): number {
  const text = typeof raw === 'string' ? raw.replace(/([+-]\d\d)(\d\d)$/, '$1:$2') : null;
  const milliseconds = text === null ? Number(raw) : Date.parse(text);
  if (Number.isNaN(milliseconds)) throw new ValueError(raw, 'a moment');
  return milliseconds;
}

function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(11, 23);
}

/** From the type that Salesforce has to the type that the canonical field has. */
function coerce(value: Value, { kind, ...rest }: FieldType): Value {
  if (value === null) return null;
  switch (kind) {
    case 'integer':
      return integerOf(normalizeDecimal(String(value), 0));
    case 'decimal':
      return normalizeDecimal(String(value), (rest as { scale?: number }).scale);
    case 'double':
      return Number(value);
    case 'boolean':
      return typeof value === 'boolean' ? value : value === 'true';
    case 'date':
      return String(value).slice(0, 10);
    case 'timestamp':
      return String(value).length === 10 ? `${value}T00:00:00.000Z` : value;
    default:
      return String(value);
  }
}

function integerOf(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

/** What to put into a row for Salesforce. */
export function toNative(value: Value, { type }: Mapped): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case 'decimal':
    case 'double':
    case 'integer':
      return numberOf(value);
    case 'boolean':
      return typeof value === 'boolean' ? value : value === 'true';
    case 'date':
      return String(value).slice(0, 10);
    case 'timestamp':
      return new Date(millisecondsOf(String(value).length === 10 ? `${value}T00:00:00Z` : value)).toISOString();
    case 'time':
      return `${String(value).replace(/Z$/, '')}Z`;
    default:
      return String(value);
  }
}

/** As a JSON number when a double names it exactly, else as text, which Salesforce parses itself. */
function numberOf(value: Exclude<Value, null>): number | string {
  const text = normalizeDecimal(String(value));
  const double = Number(text);
  return normalizeDecimal(String(double)) === text ? double : text;
}
