/**
 * Values between Salesforce and the canonical types, both ways. The bus and REST spell the same value differently (a date is
 * milliseconds there and text here), so reading starts from what arrived. A value keeps all that Salesforce holds of it and
 * gets the kind of the canonical field; whether it fits that field's length or scale is the core's to judge.
 */
import { project, type FieldType, type Value } from '@concord/core';
import { storedOf, type PlannedAccess } from '@concord/contracts';

type Mapped = Pick<PlannedAccess, 'type' | 'nativeType' | 'storedType' | 'conversions'>;
type OwnType = Pick<PlannedAccess, 'type' | 'nativeType'>;

/** Thrown for a value that its type cannot mean; the caller names the field. */
class ValueError extends Error {
  constructor(value: unknown, kind: string) {
    super(`${typeof value} value cannot be read as ${kind}`);
    this.name = 'ValueError';
  }
}

/** `raw` is what a decoded event or a REST row holds. */
export function fromNative(raw: unknown, access: Mapped, canonical: FieldType): Value {
  const { type, codec } = storedOf(access);
  const own = { type, nativeType: access.nativeType };
  const held = project(type, raw === null || raw === undefined ? null : nativeValue(raw, own));
  return toKind(codec === null ? held : codec.read(held), canonical.kind);
}

function nativeValue(raw: unknown, { type, nativeType }: OwnType): Value {
  switch (type.kind) {
    case 'timestamp':
      return new Date(millisecondsOf(raw)).toISOString();
    case 'date':
      return typeof raw === 'string' ? raw.slice(0, 10) : new Date(millisecondsOf(raw)).toISOString().slice(0, 10);
    case 'time':
      return typeof raw === 'string' ? raw.replace(/Z$/, '') : timeText(millisecondsOf(raw));
    case 'integer':
    case 'decimal':
    case 'double':
      if (!Number.isFinite(Number(raw))) throw new ValueError(raw, nativeType);
      return String(raw);
    case 'boolean':
      return typeof raw === 'boolean' ? raw : raw === 'true';
    case 'bytes':
      return Buffer.isBuffer(raw) ? raw.toString('base64') : textOf(raw, nativeType);
    default:
      return textOf(raw, nativeType);
  }
}

function textOf(raw: unknown, nativeType: string): string {
  if (typeof raw === 'string') return raw;
  if (typeof raw === 'number' || typeof raw === 'boolean' || typeof raw === 'bigint') return raw.toString();
  throw new ValueError(raw, nativeType);
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

const FINEST_TIMESTAMP: FieldType = { kind: 'timestamp', fractionDigits: 6 };

function toKind(value: Value, kind: FieldType['kind']): Value {
  if (value === null) return null;
  switch (kind) {
    case 'integer':
    case 'decimal':
    case 'double':
      return project({ kind }, typeof value === 'boolean' ? Number(value) : value);
    case 'boolean':
      return typeof value === 'boolean' ? value : value === 'true';
    case 'date':
      return String(value).slice(0, 10);
    case 'timestamp':
      return project(FINEST_TIMESTAMP, String(value).length === 10 ? `${value}T00:00:00Z` : value);
    default:
      return String(value);
  }
}

/** What to put into a row for Salesforce. */
export function toNative(value: Value, access: Mapped): unknown {
  const { type, codec } = storedOf(access);
  return nativeOf(codec === null ? value : codec.write(value), type);
}

function nativeOf(value: Value, type: FieldType): unknown {
  const held = project(type, value);
  if (held === null) return null;
  switch (type.kind) {
    case 'decimal':
    case 'double':
    case 'integer':
      return numberOf(held);
    case 'boolean':
      return typeof held === 'boolean' ? held : held === 'true';
    case 'date':
      return held;
    case 'timestamp':
      return new Date(millisecondsOf(String(held).length === 10 ? `${held}T00:00:00Z` : held)).toISOString();
    case 'time':
      return `${String(held).replace(/Z$/, '')}Z`;
    default:
      // Sent whole: cutting a text is Salesforce's to refuse, not ours to do silently.
      return String(value);
  }
}

/** As a JSON number when a double names it exactly, else as text, which Salesforce parses itself. */
function numberOf(value: Exclude<Value, null>): number | string {
  const text = project({ kind: 'decimal' }, String(value));
  const double = Number(text);
  return project({ kind: 'decimal' }, String(double)) === text ? double : String(value);
}
